"""``python -m vault keys | migrate | serve | work``: the service's processes."""

import argparse
import signal
import sys
import threading
from contextlib import nullcontext
from types import FrameType

from anchor.errors import AnchorError
from vault.errors import VaultError
from vault.keyring import make_keys
from vault.settings import Settings, read_settings
from vault.worker import Worker


def main(arguments: list[str] | None = None) -> int:
    """Run one command; 0 if it ended well, 1 with a plain sentence if it did not."""
    parser = argparse.ArgumentParser(prog="python -m vault", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("keys", help="make the vault's keys, where they are missing")
    commands.add_parser("migrate", help="bring the database to this version's schema")
    serve = commands.add_parser("serve", help="answer HTTP")
    serve.add_argument("--host", default="127.0.0.1")
    serve.add_argument("--port", type=int, default=8000)
    serve.add_argument(
        "--embedded", action="store_true", help="make keys and schema first, and work in the same process"
    )
    commands.add_parser("work", help="sequence the log, release earnings, anchor")
    options = parser.parse_args(arguments)
    try:
        _run(options, read_settings())
    except (VaultError, AnchorError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _run(options: argparse.Namespace, settings: Settings) -> None:
    match options.command:
        case "keys":
            make_keys(settings.folder)
        case "migrate":
            _migrate(settings)
        case "serve":
            _serve(settings, options)
        case "work":
            _work(Worker.of(settings))


def _migrate(settings: Settings) -> None:
    from vault.migrations import migrate  # noqa: PLC0415 - no other command needs Alembic

    settings.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    migrate(settings.database_url)


def _serve(settings: Settings, options: argparse.Namespace) -> None:
    import uvicorn  # noqa: PLC0415 - no other command answers HTTP

    from vault.app import create_app  # noqa: PLC0415

    if options.embedded:
        make_keys(settings.folder)
        _migrate(settings)
    with Worker.of(settings).beside() if options.embedded else nullcontext():
        uvicorn.run(
            create_app(settings), host=options.host, port=options.port, log_level="warning", access_log=False
        )


def _work(worker: Worker) -> None:
    stop = threading.Event()

    def end(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, end)
    worker.run(stop)


if __name__ == "__main__":
    sys.exit(main())
