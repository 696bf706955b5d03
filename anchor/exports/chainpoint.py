"""A Chainpoint proof, version 4 (JSON-LD): operations from the record's hash to the log's root.

``eth`` anchors mean that the transaction of this name holds the value: ours does, in its call data.
An anchor on a development chain is left out, since a reader would take it for one that counts.
"""

import json
import uuid
from typing import Any

from anchor.exports.included import Included
from anchor.records.shape import write_time

LEAF, NODE, HASH = {"l": "00"}, {"l": "01"}, {"op": "sha-256"}


def to_chainpoint(included: Included) -> bytes:
    """The proof as JSON."""
    ops: list[dict[str, Any]] = [{"l": included.entry[:1].hex()}, LEAF, HASH]
    for step in included.steps():
        ops += [{"l" if step.left else "r": step.sibling.hex()}, NODE, HASH]
    anchor = included.anchor
    if anchor is not None and not anchor.development:
        ops.append({"anchors": [{"type": "eth", "anchor_id": anchor.transaction.hex()}]})
    told = {
        "@context": "https://w3id.org/chainpoint/v4",
        "type": "Chainpoint",
        "hash": included.hash.hex(),
        "proof_id": str(_id_of(included)),
        "hash_received": write_time(included.received),
        "branches": [{"label": "evm_anchor_branch" if anchor else "log_branch", "ops": ops}],
    }
    return json.dumps(told, indent=1).encode() + b"\n"


def _id_of(included: Included) -> uuid.UUID:
    """A version 1 id, as the schema wants it, made of time and hash and nothing of this machine."""
    ticks = int(included.received.timestamp()) * 10**7 + 0x01B21DD213814000
    low, middle, high = ticks & 0xFFFFFFFF, ticks >> 32 & 0xFFFF, ticks >> 48 & 0x0FFF
    clock = int.from_bytes(included.hash[:2]) & 0x3FFF
    node = int.from_bytes(included.hash[2:8]) | 1 << 40  # a node that is no network card (RFC 9562 §6.10)
    return uuid.UUID(fields=(low, middle, high | 0x1000, clock >> 8 | 0x80, clock & 0xFF, node))
