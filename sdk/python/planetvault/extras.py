"""What the extras bring, and what to say where one is missing."""

import os
import sys
from importlib.util import find_spec
from typing import NoReturn

CLI = ("typer", "rich")
SERVER = ("fastapi", "uvicorn", "sqlalchemy", "alembic", "pydantic_settings", "structlog")
USAGE = 2


def require(modules: tuple[str, ...], extra: str, otherwise: str) -> None:
    """Go on if these modules are installed; else say which extra brings them, and end."""
    missing = [name for name in modules if find_spec(name) is None]
    if missing:
        sys.stderr.write(f"This needs {', '.join(missing)}: install planetvault[{extra}]. {otherwise}\n")
        sys.exit(USAGE)


def run_vault(command: str, arguments: list[str]) -> NoReturn:
    """Become the vault's process: ``python -m vault <command> …``."""
    require(SERVER, "server", "It runs a vault; owners and partners do without.")
    os.execv(sys.executable, [sys.executable, "-m", "vault", command, *arguments])  # noqa: S606 - no shell
