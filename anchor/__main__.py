"""``python -m anchor verify FILE… --trust TRUST``: the stranger's check, offline.

Exit codes: 0 if every file proves what it claims, 1 if one does not, 2 if the
command itself could not be carried out.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from anchor.errors import AnchorError, FormatError
from anchor.records.tlog_proof import PROOF_BYTES_MAX
from anchor.records.trust import TRUST_BYTES_MAX, Trust, read_trust
from anchor.verdict import as_json, in_words
from anchor.verify import verify

PROVED, REFUSED, USAGE = 0, 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code."""
    options = _parser().parse_args(arguments)
    try:
        verdicts = check(options.files, options.trust)
    except (OSError, AnchorError) as error:
        sys.stderr.write(f"cannot check: {reason(error)}\n")
        return USAGE
    for verdict in verdicts:
        sys.stdout.write(as_line(verdict) if options.json else f"{verdict['file']}\n{verdict['words']}\n\n")
    return exit_code(verdicts)


def check(files: Sequence[Path], trust_file: Path) -> list[dict[str, Any]]:
    """A verdict for each file: ``proved``, what it says in ``words``, and the facts of ``as_json``.

    Raises:
        OSError: if a file can't be read.
        FormatError: if the trust file is malformed, or a file is longer than any proof.
    """
    trust = read_trust(_read(trust_file, TRUST_BYTES_MAX))
    read = [(path, _read(path, PROOF_BYTES_MAX)) for path in files]
    return [_verdict(path, raw, trust) for path, raw in read]


def exit_code(verdicts: Sequence[dict[str, Any]]) -> int:
    """0 if everything was proved, else 1."""
    return PROVED if all(verdict["proved"] for verdict in verdicts) else REFUSED


def as_line(verdict: dict[str, Any]) -> str:
    """A verdict as one line of JSON, without the words."""
    facts = {name: value for name, value in verdict.items() if name != "words"}
    return json.dumps(facts, ensure_ascii=False) + "\n"


def reason(error: OSError | AnchorError) -> str:
    """Why a check could not be carried out."""
    if isinstance(error, OSError):
        return f"{error.filename}: {error.strerror}"
    return str(error)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m anchor", description="Check Planet Vault proofs, offline."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    check = commands.add_parser("verify", help="check proof files against a trust file")
    check.add_argument("files", nargs="+", type=Path, metavar="FILE", help="a proof file")
    check.add_argument("--trust", required=True, type=Path, help="the trust file: whom you believe")
    check.add_argument("--json", action="store_true", help="write one JSON object per file")
    return parser


def _read(path: Path, most: int) -> bytes:
    with path.open("rb") as file:
        raw = file.read(most + 1)
    if len(raw) > most:
        raise FormatError(f"{path.name} has more than {most} bytes")
    return raw


def _verdict(path: Path, raw: bytes, trust: Trust) -> dict[str, Any]:
    try:
        verified = verify(raw, trust)
    except AnchorError as error:
        reason = {"proved": False, "error": type(error).__name__, "reason": str(error)}
        return {"file": str(path), **reason, "words": f"NOT PROVED: {error}"}
    words = in_words(verified, trust)
    return {"file": str(path), "proved": True, **as_json(verified, trust), "words": words}


if __name__ == "__main__":
    sys.exit(main())
