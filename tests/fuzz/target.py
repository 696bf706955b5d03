"""Fuzz one parser: ``python -m tests.fuzz.target NAME [libFuzzer's arguments]``."""

import sys

import atheris

with atheris.instrument_imports(include=["anchor", "planetvault", "vault"]):
    from tests.fuzz.targets import TARGETS


def main() -> None:
    """Run until the time is over, or something is found."""
    target = TARGETS[sys.argv[1]]

    def once(raw: bytes) -> None:
        try:
            target.run(raw)
        except target.refusals:
            return

    atheris.Setup([sys.argv[0], *sys.argv[2:]], once)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
