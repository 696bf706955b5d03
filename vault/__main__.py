"""A vault's processes: ``python -m vault keys | migrate | serve | work | check-config | resume | backup``.

``openapi`` writes the description of the HTTP interface, ``sign-app`` signs the packaged app.

They exit with 0 if all went well, 1 with a plain sentence if not, 2 if they were called
wrongly; ``backup restore`` with 3 if it restored a database that must not be written to.
"""

import argparse
import os
import signal
import sys
import threading
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType

from anchor.errors import AnchorError
from anchor.note import NoteKey
from vault.errors import VaultError
from vault.keyring import make_keys, read_key
from vault.rotation import rotate
from vault.settings import Settings, read_settings
from vault.worker import Worker
from vault.worker.metrics import watched

DONE, FAILED, NOT_TO_BE_WRITTEN = 0, 1, 3


def main(arguments: list[str] | None = None) -> int:
    """Run one command; the exit code, as above."""
    options = _parser().parse_args(arguments)
    try:
        return _run(options, read_settings())
    except (VaultError, AnchorError) as error:
        sys.stderr.write(f"{error}\n")
        return FAILED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m vault", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    keys = commands.add_parser("keys", help="make the vault's keys, where they are missing")
    keys.add_argument(
        "--rotate-log", action="store_true", help="give the log another key; stop the worker first"
    )
    commands.add_parser("migrate", help="bring the database to this version's schema")
    serve = commands.add_parser("serve", help="answer HTTP")
    serve.add_argument("--host", default="127.0.0.1")
    serve.add_argument("--port", type=int, default=8000)
    serve.add_argument(
        "--embedded", action="store_true", help="make keys and schema first, and work in the same process"
    )
    sign = commands.add_parser("sign-app", help="sign the packaged app, as the one who releases it")
    sign.add_argument("key", type=Path, metavar="KEY", help="a file with 32 bytes in hexadecimal")
    sign.add_argument("--name", default="planetvault.example/app", help="what the key is called")
    commands.add_parser("openapi", help="write the description of the HTTP interface")
    commands.add_parser("work", help="sequence the log, release earnings, anchor")
    check = commands.add_parser("check-config", help="show the settings, and look at what they name")
    check.add_argument("--quiet", action="store_true", help="show only what is wrong")
    resume = commands.add_parser("resume", help="let a halted log grow again")
    resume.add_argument("--yes", action="store_true", help="you know why it was halted, and it is over")
    _add_backup(commands.add_parser("backup", help="make, check and restore backups"))
    return parser


def _add_backup(backup: argparse.ArgumentParser) -> None:
    actions = backup.add_subparsers(dest="action", required=True)
    create = actions.add_parser("create", help="copy the database and its objects, while the vault works")
    create.add_argument(
        "--with-keys", action="store_true", help="the vault's keys too: then guard it as you do them"
    )
    verify = actions.add_parser("verify", help="read a backup from end to end")
    restore = actions.add_parser("restore", help="bring a backup into an empty database")
    restore.add_argument("--without-objects", action="store_true", help="though the store lacks objects")
    for action in (create, verify, restore):
        action.add_argument("file", type=Path, metavar="FILE")
        action.add_argument(
            "--objects", type=Path, metavar="FOLDER", help="where the bytes of large files are, or shall be"
        )


def _run(options: argparse.Namespace, settings: Settings) -> int:
    match options.command:
        case "keys":
            make_keys(settings.folder)
            if options.rotate_log:
                sys.stdout.write(f"{rotate(settings, datetime.now(UTC)).verifier.vkey}\n")
        case "migrate":
            _migrate(settings)
        case "serve":
            _serve(settings, options)
        case "sign-app" | "openapi":
            _release(options, settings)
        case "work":
            _work(settings)
        case "check-config":
            return _check(settings, quiet=options.quiet)
        case "resume":
            _resume(settings, sure=options.yes)
        case "backup":
            return _backup(options, settings)
    return DONE


def _migrate(settings: Settings) -> None:
    from vault.migrations import migrate  # noqa: PLC0415 - no other command needs Alembic

    settings.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    migrate(settings.database_url)


def _serve(settings: Settings, options: argparse.Namespace) -> None:
    from vault.app import create_app  # noqa: PLC0415 - no other command answers HTTP
    from vault.serving import serve  # noqa: PLC0415
    from vault.web.signed import verify_packaged  # noqa: PLC0415

    if not verify_packaged(settings.app_key):
        sys.stderr.write("this vault was built without its app; all else works (make app)\n")
    if options.embedded:
        make_keys(settings.folder)
        _migrate(settings)
    with Worker.of(settings).beside() if options.embedded else nullcontext():
        app, proxies = create_app(settings), settings.proxies.split()
        serve(app, options.host, options.port, drain_seconds=settings.drain_seconds, proxies=proxies)


def _release(options: argparse.Namespace, settings: Settings) -> None:
    """What goes out with a release: the app's signature, or the description of the interface."""
    if options.command == "sign-app":
        _sign_app(options)
    else:
        _describe(settings)


def _sign_app(options: argparse.Namespace) -> None:
    from vault.web.signed import sign_packaged  # noqa: PLC0415 - who releases an app runs no vault

    key = NoteKey(options.name, read_key(options.key))
    sign_packaged(key)
    sys.stdout.write(f"{key.verifier.vkey}\n")


def _describe(settings: Settings) -> None:
    from vault.app import create_app  # noqa: PLC0415 - no other command but serve needs the routes
    from vault.openapi import written  # noqa: PLC0415

    sys.stdout.write(written(create_app(settings)))


def _work(settings: Settings) -> None:
    worker = Worker.of(settings)
    stop = threading.Event()

    def end(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, end)
    with watched(worker.metrics, settings.worker_metrics_host, settings.worker_metrics_port):
        worker.run(stop)


def _check(settings: Settings, *, quiet: bool) -> int:
    from vault.configuration import check, effective  # noqa: PLC0415 - no other command looks at everything

    if not quiet:
        sys.stdout.writelines(f"{line}\n" for line in effective(settings))
    findings = check(settings)
    for one in findings:
        if not (quiet and one.good):
            sys.stdout.write(f"{'good' if one.good else 'WRONG':5} {one.name:9} {one.words}\n")
    return DONE if all(one.good for one in findings) else FAILED


def _resume(settings: Settings, *, sure: bool) -> None:
    from vault.resumption import resume  # noqa: PLC0415 - a rare day

    reasons = resume(settings, sure=sure)
    sys.stdout.writelines(f"was halted: {reason}\n" for reason in reasons)
    sys.stdout.write("the log may grow again\n" if reasons else "this log is not halted\n")


def _backup(options: argparse.Namespace, settings: Settings) -> int:
    from vault.backup import flow as backup  # noqa: PLC0415 - no other command needs it

    os.umask(0o077)
    file, beside, why_not = options.file, options.objects, ""
    match options.action:
        case "create":
            now, keys = datetime.now(UTC), options.with_keys
            manifest = backup.create(settings, file, now, beside=beside, with_keys=keys, tell=_tell_objects)
        case "verify":
            manifest = backup.verify(file, beside, _tell_objects)
        case _:
            without = options.without_objects
            manifest, why_not = backup.restore(
                settings, file, beside=beside, without_objects=without, tell=_tell_objects
            )
    keys_are = "with its keys" if manifest.with_keys else "without its keys, kept elsewhere"
    in_store = options.action == "restore" and not options.without_objects
    place = f"in {beside}" if beside else "in the store" if in_store else "named, and not looked at"
    sys.stdout.write(
        f"{manifest.origin} as of {manifest.made}, schema {manifest.schema}, "
        f"{manifest.entries} log entries, {manifest.objects} objects {place}, {keys_are}\n"
    )
    if why_not:
        sys.stderr.write(f"restored, and not to be written to: {why_not}\n")
        return NOT_TO_BE_WRITTEN
    return DONE


def _tell_objects(done: int, count: int) -> None:
    sys.stderr.write(f"{done} of {count} objects\n")


if __name__ == "__main__":
    sys.exit(main())
