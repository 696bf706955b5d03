"""What foreign programs are given: one log, its files, and a tampered twin of each file."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from anchor.encoding import to_base64
from anchor.keys import SigningKey
from anchor.log import Log, MemoryLogStore
from anchor.merkle import leaf_hash
from anchor.note import NoteKey, WitnessKey, add_signatures
from anchor.records.checkpoint import Checkpoint
from anchor.records.tlog_proof import TlogProof
from anchor.tiles import tile_path, tile_width
from anchor.witness import Request

SIZE, INDEX = 1000, 617
LOG_KEY = NoteKey("vault.example/log", SigningKey(b"l" * 32))
WITNESSES = [WitnessKey(f"witness.example/w{n}", SigningKey(bytes([n]) * 32)) for n in range(1, 4)]


def entry(number: int, mark: int = 4) -> bytes:
    """The 33 bytes of one entry."""
    return bytes([mark]) + sha256(b"%d" % number).digest()


def make_log(mark: int = 4) -> tuple[Log, MemoryLogStore]:
    """A log of 3,000 entries; another mark makes another history."""
    store = MemoryLogStore()
    log = Log(LOG_KEY.name, store)
    log.append([entry(number, mark) for number in range(3 * SIZE)])
    return log, store


@dataclass(frozen=True)
class Material:
    """A folder with ``good`` and ``bad`` beside each other."""

    folder: Path

    def __getitem__(self, name: str) -> str:
        return str(self.folder / name)


def write_material(folder: Path) -> Material:
    """Checkpoint, proof file, policy, tiles and facts; their twins have one thing wrong each."""
    log, store = make_log()
    good = log.checkpoint(SIZE, LOG_KEY)
    text = Checkpoint(LOG_KEY.name, SIZE, log.root(SIZE)).text
    note = add_signatures(good, [key.cosign(text, time=datetime.now(UTC)) for key in WITNESSES])
    proof = bytes(TlogProof(index=INDEX, path=log.inclusion(INDEX, SIZE), checkpoint=note))
    _write(folder / "good.checkpoint", note)
    _write(folder / "bad.checkpoint", note.replace(b"\n1000\n", b"\n1001\n"))
    _write(folder / "good.tlog-proof", proof)
    _write(folder / "bad.tlog-proof", proof.replace(b"index 617", b"index 616"))
    _write(folder / "policy.txt", _policy().encode())
    facts = {
        "log": LOG_KEY.verifier.vkey,
        "witnesses": [key.verifier.vkey for key in WITNESSES],
        "size": SIZE,
        "root": log.root(SIZE).hex(),
        "leaf": leaf_hash(entry(INDEX)).hex(),
        "other_leaf": leaf_hash(entry(INDEX + 1)).hex(),
        "index": INDEX,
        "path": [one.hex() for one in log.inclusion(INDEX, SIZE)],
    }
    _write(folder / "facts.json", json.dumps(facts).encode())
    for tile, data in store.tiles():
        for size in (SIZE, 3 * SIZE):
            if width := tile_width(tile, size):
                step = len(data) // tile_width(tile, 3 * SIZE)
                _write(folder / "good" / tile_path(tile, width), data[: step * width])
                _write(folder / "bad" / tile_path(tile, width), data[: step * width])
    spoiled = folder / "bad" / "tile/0/001"
    spoiled.write_bytes(bytes(32) + spoiled.read_bytes()[32:])
    return Material(folder)


def request(old: int, new: int, mark: int = 4) -> bytes:
    """What a log asks a witness; another mark is a fork."""
    log, _ = make_log(mark)
    return bytes(Request(old, log.consistency(old, new) if old else (), log.checkpoint(new, LOG_KEY)))


def path_of(old: int, new: int) -> list[str]:
    """A consistency proof, in base64."""
    return [to_base64(one) for one in make_log()[0].consistency(old, new)]


def _policy() -> str:
    lines = [f"log {LOG_KEY.verifier.vkey}"]
    lines += [f"witness w{n} {key.verifier.vkey}" for n, key in enumerate(WITNESSES, 1)]
    return "\n".join([*lines, "group two 2 w1 w2 w3", "quorum two", ""])


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
