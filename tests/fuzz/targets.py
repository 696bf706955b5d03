"""Every parser of bytes from outside, what it may refuse with, and examples to begin from.

A target takes any bytes. It reads them or raises one of the errors it documents; anything
else is a find. Where reading has an inverse, what was read is written again and must be the
same bytes: then no two texts mean the same.
"""

import io
import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from planetvault.errors import PlanetVaultError
from planetvault.importers import ImporterError, read_export
from planetvault.sealing.blob import read_blob_reference
from planetvault.sealing.errors import OpenError
from planetvault.sealing.padding import pad, unpad

from anchor.chain.header import read_header
from anchor.chain.rlp import read_rlp, write_rlp
from anchor.errors import AnchorError
from anchor.note import Note, NoteSignature, VerifierKey
from anchor.records.checkpoint import Checkpoint
from anchor.records.proof import read_proof
from anchor.records.shape import read_json
from anchor.records.signed import Record, unverified
from anchor.records.tlog_proof import TlogProof
from anchor.records.trust import read_trust
from anchor.tiles import parse_tile_path, read_bundle, tile_path, write_bundle
from anchor.witness import Request
from tests.vectors.record_scenarios.accepted import KINDS
from vault.blobs.rules import read_range
from vault.errors import VaultError

TESTS = Path(__file__).parents[1]
EXPORT_BYTES_MAX = 1 << 16
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Target:
    """One parser: ``run`` raises ``refusals`` or nothing; ``seeds`` are good inputs."""

    run: Callable[[bytes], object]
    refusals: tuple[type[Exception], ...]
    seeds: Callable[[], Iterator[bytes]]


def _proofs() -> Iterator[bytes]:
    for path in sorted((TESTS / "vectors/proofs").glob("*.tlog-proof")):
        yield path.read_bytes()


def _trusts() -> Iterator[bytes]:
    yield (TESTS / "vectors/proofs/trust.json").read_bytes()


def _records() -> Iterator[bytes]:
    for path in sorted((TESTS / "vectors/records").glob("*.json")):
        scenario = json.loads(path.read_bytes())
        if isinstance(scenario.get("jws"), str):
            yield str(scenario["jws"]).encode()


def _exports() -> Iterator[bytes]:
    for path in sorted((TESTS / "sdk/importers/golden").rglob("*")):
        if path.is_file() and path.stat().st_size < EXPORT_BYTES_MAX:
            yield path.read_bytes()


def _notes() -> Iterator[bytes]:
    for proof in _proofs():
        with suppress(AnchorError):
            yield TlogProof.parse(proof).checkpoint


def _these(*seeds: bytes) -> Callable[[], Iterator[bytes]]:
    return lambda: iter(seeds)


def _text(parse: Callable[[str], object]) -> Callable[[bytes], object]:
    return lambda raw: parse(raw.decode("utf-8", "replace"))


def _same(parse: Callable[[bytes], T], write: Callable[[T], bytes]) -> Callable[[bytes], object]:
    def run(raw: bytes) -> T:
        read = parse(raw)
        if write(read) != raw:
            raise AssertionError("what was read is written as other bytes")
        return read

    return run


def _tile(path: str) -> None:
    tile, width = parse_tile_path(path)
    if tile_path(tile, width) != path:
        raise AssertionError("two paths lead to one tile")


def _any_record(raw: bytes) -> None:
    for kind in KINDS.values():
        with suppress(AnchorError):
            _again(raw, kind)


def _again(raw: bytes, kind: type[Record]) -> None:
    unverified(raw, kind)


def _export(raw: bytes) -> int:
    reading = read_export(
        io.BytesIO(raw), owner_secret=bytes(32), imported_at=datetime(2027, 3, 1, tzinfo=UTC)
    )
    return sum(1 for _ in reading)


FLOOR = (AnchorError,)
TARGETS: dict[str, Target] = {
    "note": Target(_same(Note.parse, bytes), FLOOR, _notes),
    "note-line": Target(_text(NoteSignature.parse), FLOOR, _these("— vault.example/log AAAAAAAA".encode())),
    "verifier-key": Target(_text(VerifierKey.parse), FLOOR, _these(b"a.example/log+01020304+AQID")),
    "checkpoint": Target(
        Checkpoint.parse, FLOOR, _these(b"a.example/log\n5\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n")
    ),
    "tlog-proof": Target(_same(TlogProof.parse, bytes), FLOOR, _proofs),
    "proof": Target(read_proof, FLOOR, _proofs),
    "trust": Target(read_trust, FLOOR, _trusts),
    "json": Target(read_json, FLOOR, _these(b'{"v":1,"a":[null,true,"x"]}')),
    "records": Target(_any_record, FLOOR, _records),
    "tile-path": Target(_text(_tile), FLOOR, _these(b"tile/0/x001/234.p/5", b"tile/entries/000")),
    "bundle": Target(_same(read_bundle, write_bundle), FLOOR, _these(write_bundle([b"a", b"bc"]))),
    "witness-request": Target(Request.parse, FLOOR, _these(b"old 0\n\na.example/log\n1\nAAA=\n")),
    "rlp": Target(_same(read_rlp, write_rlp), FLOOR, _these(write_rlp([b"a", [b"", b"bc" * 40]]))),
    "block-header": Target(read_header, FLOOR, _these(write_rlp([bytes(32)] * 15))),
    "blob-reference": Target(read_blob_reference, (OpenError,), _these(bytes(88) + b"\0\1a\0\1b")),
    "padding": Target(_same(unpad, pad), (OpenError,), _these(pad(b"value"))),
    "range": Target(_text(lambda text: read_range(text, 1000)), (VaultError,), _these(b"bytes=0-9")),
    "export": Target(_export, (ImporterError, PlanetVaultError), _exports),
}
