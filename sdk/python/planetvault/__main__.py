"""The command ``planetvault``: check proofs, run a vault, see a demonstration.

::

    planetvault verify FILE… --trust TRUST     is this proof a proof? offline
    planetvault check-bundle FILE              is this export whole, and all of it signed? offline
    planetvault check-app URL --hash HASH      is this the app that others are given? asks the vault
    planetvault audit FILE                     what it earned, worked out again from signed records; offline
    planetvault keys | migrate | serve | work  run a vault (needs the extra [server])
    planetvault chain key|genesis|deploy|appoint   begin a chain to anchor on, or the contract on one
    planetvault witness make|serve|evidence    cosign logs that others run
    planetvault monitor URL --trust T --state F    follow a log, and keep what contradicts it
    planetvault sandbox                        a test vault with owners who answer at once
    planetvault demo                           a vault, owners and partners on this machine

``verify`` is the same as ``python -m anchor verify``, which needs no extra. The vault
runs as a process of its own: this package never imports it.
"""

from planetvault.extras import CLI, require


def main() -> None:
    """Run the command."""
    require(CLI, "cli", "`python -m anchor verify` works without it.")
    from planetvault.command import app  # noqa: PLC0415 - needs the extra, so not before the line above

    app()


if __name__ == "__main__":
    main()
