"""A scenario: one operation with its inputs, and what comes of it.

Bytes are written as lower-case hex. ``outputs`` is empty where the operation must
be refused.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from planetvault.sealing.envelope import Envelope, GrantedField
from planetvault.sealing.grant_key import GrantKeyCommitment
from planetvault.sealing.item import SealedItem
from planetvault.sealing.layout import write_time
from planetvault.sealing.tree import AccountRoot, CollectionKey


@dataclass(frozen=True, slots=True)
class Scenario:
    """One file: its name says what is special, ``what`` says it in a sentence."""

    name: str
    what: str
    operation: str
    inputs: Mapping[str, Any]
    outputs: Mapping[str, Any] = field(default_factory=dict)

    @property
    def expect(self) -> str:
        """``ok`` or ``refused``."""
        return "ok" if self.outputs else "refused"

    def file(self) -> bytes:
        """The JSON that is written to tests/vectors/sealing."""
        content = {
            "name": self.name,
            "what": self.what,
            "operation": self.operation,
            "expect": self.expect,
            "inputs": written(self.inputs),
            "outputs": written(self.outputs),
        }
        return json.dumps(content, indent=2, ensure_ascii=False).encode() + b"\n"


def written(value: Any) -> Any:
    """A value as JSON: bytes become hex, wherever they stand."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, Mapping):
        return {written(name): written(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [written(inner) for inner in value]
    return value


def root_of(root: AccountRoot) -> dict[str, Any]:
    """An account root key."""
    return {"account_id": root.account_id, "generation": root.generation, "key": root.key}


def collection_of(collection: CollectionKey) -> dict[str, Any]:
    """One epoch of a collection key."""
    return {
        "collection_id": collection.collection_id,
        "kind": collection.kind,
        "epoch": collection.epoch,
        "generation": collection.generation,
        "key": collection.key,
        "names": collection.names,
    }


def sealed_of(sealed: SealedItem) -> dict[str, Any]:
    """A sealed item as the vault stores it."""
    return {
        "item_id": sealed.item_id,
        "version": sealed.version,
        "key": sealed.key,
        "fields": dict(sealed.fields),
    }


def commitment_of(commitment: GrantKeyCommitment) -> dict[str, Any]:
    """What the grant says about its key."""
    return {"shares": list(commitment.shares), "key": commitment.key}


def envelope_of(envelope: Envelope) -> dict[str, Any]:
    """An opened envelope; the time in seconds since 1970, UTC."""
    return {
        "item_id": envelope.item_id,
        "version": envelope.version,
        "sealed_at": int.from_bytes(write_time(envelope.sealed_at)),
        "kind": envelope.kind,
        "fields": [granted_of(granted) for granted in envelope.fields],
    }


def granted_of(granted: GrantedField) -> dict[str, Any]:
    """One field of an envelope."""
    return {
        "name": granted.name,
        "field_id": granted.field_id,
        "key": granted.key,
        "sha256": granted.sha256,
    }


def flipped(blob: bytes, position: int) -> bytes:
    """The same bytes with the lowest bit of one changed."""
    changed = bytearray(blob)
    changed[position] ^= 1
    return bytes(changed)
