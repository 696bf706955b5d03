"""The command ``planetvault``: check proofs, run a vault, see a demonstration.

::

    planetvault verify FILE… --trust TRUST     is this proof a proof? offline
    planetvault check-bundle FILE              is this export whole, and all of it signed? offline
    planetvault keys | migrate | serve | work  run a vault (needs the extra [server])
    planetvault witness make|serve|evidence    cosign logs that others run
    planetvault monitor URL --trust T --state F    follow a log, and keep what contradicts it
    planetvault demo                           a vault, owners and partners on this machine

``verify`` is the same as ``python -m anchor verify``, which needs no extra. The vault
runs as a process of its own: this package never imports it.
"""

import os
import sys
from importlib.util import find_spec
from typing import NoReturn

CLI = ("typer", "rich")
SERVER = ("fastapi", "uvicorn", "sqlalchemy", "alembic", "pydantic_settings", "structlog")
USAGE = 2


def main() -> None:
    """Run the command."""
    _require(CLI, "cli", "`python -m anchor verify` works without it.")
    from planetvault.command import app  # noqa: PLC0415 - needs the extra, so not before the line above

    app()


def run_vault(command: str, arguments: list[str]) -> NoReturn:
    """Become the vault's process: ``python -m vault <command> …``."""
    _require(SERVER, "server", "It runs a vault; owners and partners do without.")
    os.execv(sys.executable, [sys.executable, "-m", "vault", command, *arguments])  # noqa: S606 - no shell


def _require(modules: tuple[str, ...], extra: str, otherwise: str) -> None:
    missing = [name for name in modules if find_spec(name) is None]
    if missing:
        sys.stderr.write(f"This needs {', '.join(missing)}: install planetvault[{extra}]. {otherwise}\n")
        sys.exit(USAGE)


if __name__ == "__main__":
    main()
