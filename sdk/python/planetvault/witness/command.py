"""``planetvault witness``: make a witness, run it, look at the forks it saw."""

import argparse
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from anchor.errors import AnchorError
from anchor.note import VerifierKey
from anchor.witness import Witness
from planetvault.witness.server import WitnessServer
from planetvault.witness.store import SqliteWitnessStore, make_witness, read_key

DONE, FORKED, USAGE = 0, 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code."""
    options = _parser().parse_args(arguments)
    commands = {"make": _make, "serve": _serve, "evidence": _evidence}
    try:
        return commands[options.command](options)
    except (OSError, AnchorError) as error:
        sys.stderr.write(f"witness: {error}\n")
        return USAGE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="planetvault witness", description="Cosign logs that others run.")
    commands = parser.add_subparsers(dest="command", required=True)
    make = commands.add_parser("make", help="make a key and its database, once; prints the vkey")
    make.add_argument("name", help="what the witness is called, as in witness.example/w1")
    serve = commands.add_parser("serve", help="answer logs")
    serve.add_argument("--log", action="append", required=True, metavar="VKEY", help="a log to watch")
    serve.add_argument("--host", default="127.0.0.1")
    serve.add_argument("--port", type=int, default=8090)
    evidence = commands.add_parser(
        "evidence", help="write the forks this witness saw; exits 1 if there are any"
    )
    evidence.add_argument("--into", type=Path, required=True, metavar="FOLDER")
    for command in (make, serve, evidence):
        command.add_argument("--folder", type=Path, required=True, help="where key and database are")
    return parser


def _make(options: argparse.Namespace) -> int:
    sys.stdout.write(make_witness(options.folder, options.name).verifier.vkey + "\n")
    return DONE


def _serve(options: argparse.Namespace) -> int:
    key = read_key(options.folder)
    logs = [VerifierKey.parse(vkey) for vkey in options.log]
    store = SqliteWitnessStore(options.folder, key)
    server = WitnessServer((options.host, options.port), Witness(key, logs, store))
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: threading.Thread(target=server.shutdown).start())
    sys.stdout.write(f"http://{options.host}:{server.server_address[1]}\n")
    sys.stdout.flush()
    server.serve_forever()
    server.server_close()
    store.close()
    return DONE


def _evidence(options: argparse.Namespace) -> int:
    store = SqliteWitnessStore(options.folder, read_key(options.folder))
    found = store.evidence()
    store.close()
    options.into.mkdir(parents=True, exist_ok=True)
    for number, (origin, evidence, time) in enumerate(found, 1):
        (options.into / f"{number}.cosigned").write_bytes(evidence.before)
        (options.into / f"{number}.request").write_bytes(evidence.request)
        sys.stdout.write(f"{number} {time} {origin}\n")
    return FORKED if found else DONE


if __name__ == "__main__":
    sys.exit(main())
