"""``python -m anchor verify FILE… --trust TRUST``: the stranger's check, offline.

``python -m anchor export FILE --trust TRUST --format ots`` writes a proved file in the words of others.

``--explain`` shows each step with its hashes. ``--rpc URL`` asks a node of the chain whether
the anchored root stands there; it needs httpx2, and is the one thing here that asks a network.

Exit codes: 0 if every file proves what it claims, 1 if one does not, 2 if the
command itself could not be carried out.
"""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

from anchor import evidence_verdict
from anchor.chain.finality import Finality
from anchor.chain.port import HASH_BYTES
from anchor.chain.standing import Standing
from anchor.errors import AnchorError, FormatError, ProofError
from anchor.evidence import VerifiedEvidence, verify_evidence
from anchor.explained import explained
from anchor.exports.formats import FORMATS, Format, included_of
from anchor.exports.opentimestamps import to_opentimestamps
from anchor.records.anchored import Anchor
from anchor.records.evidence_proof import holds_evidence
from anchor.records.tlog_proof import PROOF_BYTES_MAX
from anchor.records.trust import TRUST_BYTES_MAX, ChainTrust, Trust, read_trust
from anchor.verdict import as_json, in_words, standing_in_words
from anchor.verify import Verified, verify

PROVED, REFUSED, USAGE = 0, 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code."""
    options = _parser().parse_args(arguments)
    if options.command == "export":
        return export(options.file, options.trust, options.format, options.continued)
    try:
        ask = asking(options.rpc, options.finality) if options.rpc else None
        verdicts = check(options.files, options.trust, explain=options.explain, ask=ask, blocks=options.block)
    except (OSError, AnchorError) as error:
        sys.stderr.write(f"cannot check: {reason(error)}\n")
        return USAGE
    for verdict in verdicts:
        sys.stdout.write(as_line(verdict) if options.json else f"{verdict['file']}\n{verdict['words']}\n\n")
    return exit_code(verdicts)


Ask = Callable[[Anchor, ChainTrust], Standing]


def asking(url: str, finality: str) -> Ask:
    """Ask the chain behind ``url``, by the reader's own rule of finality.

    Raises:
        FormatError: if httpx2 is missing, or there is no such rule.
    """
    rule = Finality.parse(finality)
    try:
        node = import_module("anchor.chain.evm_standing")
    except ImportError as error:
        raise FormatError("asking a chain needs httpx2, which is not installed") from error
    return lambda anchor, trusted: node.ask(url, rule, anchor, trusted)


def check(
    files: Sequence[Path],
    trust_file: Path,
    *,
    explain: bool = False,
    ask: Ask | None = None,
    blocks: Sequence[bytes] = (),
) -> list[dict[str, Any]]:
    """A verdict for each file: ``proved``, what it says in ``words``, and the facts of ``as_json``.

    ``blocks`` are hashes of blocks the reader believes, besides those of the trust file.
    With ``ask``, what is not on the chain is not proved, and neither is a file without an anchor.

    Raises:
        OSError: if a file can't be read.
        FormatError: if the trust file is malformed, or a file is longer than any proof.
    """
    trust = _believing(read_trust(_read(trust_file, TRUST_BYTES_MAX)), blocks)
    read = [(path, _read(path, PROOF_BYTES_MAX)) for path in files]
    return [_verdict(path, raw, trust, ask, explain=explain) for path, raw in read]


def export(file: Path, trust_file: Path, form: Format, continued: Path | None) -> int:
    """Write a proof file to standard output in another format, if it is proved; the exit code."""
    try:
        trust = read_trust(_read(trust_file, TRUST_BYTES_MAX))
        raw = _read(file, PROOF_BYTES_MAX)
        before = _read(continued, PROOF_BYTES_MAX) if continued else None
    except (OSError, AnchorError) as error:
        sys.stderr.write(f"cannot export: {reason(error)}\n")
        return USAGE
    try:
        included = included_of(raw, trust)
        written = to_opentimestamps(included, before) if form == "ots" else FORMATS[form](included)
    except AnchorError as error:
        sys.stderr.write(f"NOT PROVED, so not exported: {error}\n")
        return REFUSED
    sys.stdout.buffer.write(written)
    return PROVED


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
    check.add_argument("--explain", action="store_true", help="show each step with its hashes")
    check.add_argument(
        "--block",
        action="append",
        default=[],
        type=_hash,
        metavar="HASH",
        help="a block of the chain you believe",
    )
    check.add_argument("--rpc", metavar="URL", help="ask this node whether the anchored root stands there")
    check.add_argument(
        "--finality", default="tag:finalized", metavar="RULE", help="when a block is final to you"
    )
    check.add_argument("--json", action="store_true", help="write one JSON object per file")
    other = commands.add_parser("export", help="write a proof file in another format, to standard output")
    other.add_argument("file", type=Path, metavar="FILE", help="a proof file")
    other.add_argument("--trust", required=True, type=Path, help="the trust file: whom you believe")
    other.add_argument("--format", required=True, choices=[*FORMATS], help="see docs/spec/exports.md")
    other.add_argument(
        "--continue",
        dest="continued",
        type=Path,
        metavar="OTS",
        help="with ots: a timestamp of the root, to go on with",
    )
    return parser


def _read(path: Path, most: int) -> bytes:
    with path.open("rb") as file:
        raw = file.read(most + 1)
    if len(raw) > most:
        raise FormatError(f"{path.name} has more than {most} bytes")
    return raw


def _believing(trust: Trust, blocks: Sequence[bytes]) -> Trust:
    if not blocks:
        return trust
    if trust.chain is None:
        raise FormatError("the trust file names no chain that a block could be of")
    return replace(trust, chain=replace(trust.chain, blocks=(*trust.chain.blocks, *blocks)))


def _hash(text: str) -> bytes:
    value = bytes.fromhex(text.removeprefix("0x"))
    if len(value) != HASH_BYTES:
        raise ValueError("a block's hash has 32 bytes")
    return value


def _verdict(path: Path, raw: bytes, trust: Trust, ask: Ask | None, *, explain: bool) -> dict[str, Any]:
    try:
        if holds_evidence(raw):
            return {"file": str(path), "proved": True, **_evidence(raw, trust, ask)}
        verified = verify(raw, trust)
        standing = _standing(verified, trust, ask) if ask else None
    except AnchorError as error:
        reason = {"proved": False, "error": type(error).__name__, "reason": str(error)}
        return {"file": str(path), **reason, "words": f"NOT PROVED: {error}"}
    words = in_words(verified, trust)
    facts = {"file": str(path), "proved": True, **as_json(verified, trust)}
    if standing:
        words += f"\n{standing_in_words(standing)}"
        facts["chain"] = {
            "block": standing.block.number,
            "time": standing.block.time,
            "final": standing.final,
        }
    if explain:
        words += f"\n{explained(raw, verified, trust)}"
    return facts | {"words": words}


def _evidence(raw: bytes, trust: Trust, ask: Ask | None) -> dict[str, Any]:
    verified = verify_evidence(raw, trust)
    words = evidence_verdict.in_words(verified, trust)
    if ask:
        words += f"\n{standing_in_words(_standing(verified, trust, ask))}"
    return {**evidence_verdict.as_json(verified, trust), "words": words}


def _standing(verified: Verified | VerifiedEvidence, trust: Trust, ask: Ask) -> Standing:
    if verified.anchor is None or trust.chain is None:
        raise ProofError("no anchor goes with this proof, so there is nothing to ask the chain for")
    return ask(verified.anchor.record, trust.chain)


if __name__ == "__main__":
    sys.exit(main())
