"""The same entry in the formats of others, and a twin of each with one thing wrong."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from anchor.exports.chainpoint import to_chainpoint
from anchor.exports.cose import to_cose
from anchor.exports.included import Included
from anchor.exports.merkletools import to_merkletools
from anchor.exports.opentimestamps import ATTESTATION, MAGIC, SHA256, VERSION, to_opentimestamps
from anchor.merkle import leaf_hash
from anchor.records.anchored import Anchor
from tests.foreign.material import INDEX, LOG_KEY, SIZE, entry, make_log

BITCOIN_TAG = bytes.fromhex("0588960d73d71901")
HEIGHT = 123_456
"""A block that only the node of the test has; its Merkle root is the hash of our root."""


def included() -> Included:
    """Entry 617 of 1,000, whose file is its number in decimal."""
    log, _ = make_log()
    root = log.root(SIZE)
    anchor = Anchor(
        log=LOG_KEY.name,
        size=SIZE,
        root=root,
        chain_id=1,
        chain="A chain that is no development chain",
        development=False,
        contract=bytes(20),
        transaction=sha256(b"transaction").digest(),
        block=17,
        block_hash=sha256(b"block").digest(),
        finality="depth:2",
        time=datetime(2027, 3, 14, tzinfo=UTC),
        salt=bytes(32),
    )
    return Included(
        file=b"%d" % INDEX,
        entry=entry(INDEX),
        index=INDEX,
        size=SIZE,
        path=log.inclusion(INDEX, SIZE),
        root=root,
        checkpoint=log.checkpoint(SIZE, LOG_KEY),
        received=datetime(2027, 3, 14, 9, 26, 53, tzinfo=UTC),
        anchor=anchor,
    )


def root_timestamp(root: bytes) -> bytes:
    """What a stock client would have brought of a file with this root, once Bitcoin had it: one block."""
    payload = _number(HEIGHT)
    attested = ATTESTATION + BITCOIN_TAG + _number(len(payload)) + payload
    return MAGIC + VERSION + SHA256 + sha256(root).digest() + attested


def _number(value: int) -> bytes:
    groups = [value & 0x7F]
    while value := value >> 7:
        groups.append(value & 0x7F)
    return bytes(group | 0x80 for group in groups[:-1]) + bytes(groups[-1:])


def files() -> Iterator[tuple[str, bytes, bytes]]:
    """Name, good, twin."""
    ours = included()
    ots = to_opentimestamps(ours, root_timestamp(ours.root))
    sibling = ours.path[3]
    other = bytes([sibling[0] ^ 1]) + sibling[1:]
    yield "entry.ots", ots, ots.replace(sibling, other)
    told = to_chainpoint(ours)
    yield "entry.chainpoint.json", told, told.replace(sibling.hex().encode(), other.hex().encode())
    told = to_merkletools(ours)
    yield "entry.merkletools.json", told, told.replace(sibling.hex().encode(), other.hex().encode())
    cose = to_cose(ours, LOG_KEY)
    yield "entry.cose", cose, cose.replace(sibling, other)
    facts = {
        "entry": ours.entry.hex(),
        "leaf": leaf_hash(ours.entry).hex(),
        "root": ours.root.hex(),
        "index": ours.index,
        "size": ours.size,
        "path": [one.hex() for one in ours.path],
        "key": LOG_KEY.key.public.hex(),
        "height": HEIGHT,
        "bitcoin_root": sha256(ours.root).hexdigest(),
    }
    twin = facts | {"entry": entry(INDEX + 1).hex()}
    yield "entry.facts.json", json.dumps(facts).encode(), json.dumps(twin).encode()


def write_exported(folder: Path) -> None:
    """``good`` and ``bad`` in front of each name."""
    (folder / "entry").write_bytes(included().file)
    for name, good, twin in files():
        (folder / f"good.{name}").write_bytes(good)
        (folder / f"bad.{name}").write_bytes(twin)
