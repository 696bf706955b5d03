"""An envelope: the keys of just the granted fields, for one grant and one item version.

The owner's device writes one envelope per standing grant whenever it writes an
item. It holds, for each granted field, its name, its id, its key and the hash of
its ciphertext, so that a partner opens exactly what the owner sealed, and learns
nothing of the fields beside it. Specification: docs/spec/envelope.md.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256

from planetvault.sealing import contexts
from planetvault.sealing.errors import InputError, OpenError
from planetvault.sealing.grant_key import GrantKey
from planetvault.sealing.item import (
    ItemKey,
    open_field_value,
    verify_field_name,
    verify_hashes,
    verify_read_names,
)
from planetvault.sealing.layout import (
    LayoutReader,
    whole_second,
    write_count,
    write_integer,
    write_text,
    write_time,
)
from planetvault.sealing.padding import pad, unpad
from planetvault.sealing.seal import KEY_BYTES, unseal
from planetvault.sealing.sealer import FRESH, Sealer
from planetvault.sealing.tree import CollectionKey

HASH_BYTES = sha256().digest_size


@dataclass(frozen=True, slots=True)
class GrantedField:
    """One field a partner may open: its name, its id, its key, the hash of its ciphertext."""

    name: str = field(repr=False)
    field_id: bytes
    key: bytes = field(repr=False)
    sha256: bytes


@dataclass(frozen=True, slots=True)
class Envelope:
    """The granted fields of one item version. ``sealed_at`` is in UTC, in whole seconds."""

    item_id: bytes
    version: int
    sealed_at: datetime
    kind: str
    fields: tuple[GrantedField, ...]


def make_envelope(
    collection: CollectionKey,
    item_key: ItemKey,
    hashes: Mapping[bytes, bytes],
    names: Iterable[str],
    *,
    sealed_at: datetime,
) -> Envelope:
    """Collect the keys of the named fields of one item version.

    Args:
        collection: gives the field ids.
        item_key: gives the field keys.
        hashes: field id → SHA-256 of the ciphertext, from the item's manifest.
        names: the fields the grant covers and the item has.
        sealed_at: now, in UTC; fractions of a second are cut.

    Raises:
        InputError: if no field is named, or one that the item does not have.
    """
    ordered = sorted(set(map(verify_field_name, names)), key=str.encode)
    ids = [(name, collection.field_id(name)) for name in ordered]
    if not ids or any(field_id not in hashes for _, field_id in ids):
        raise InputError("an envelope names at least one field, each one of the item's")
    granted = (GrantedField(name, i, item_key.field_key(i), hashes[i]) for name, i in ids)
    second = whole_second(sealed_at)
    return Envelope(item_key.item_id, item_key.version, second, collection.kind, tuple(granted))


def seal_envelope(key: GrantKey, envelope: Envelope, sealer: Sealer = FRESH) -> bytes:
    """Seal an envelope under its grant's key."""
    place = contexts.envelope(key.grant_id, envelope.item_id, envelope.version)
    return sealer.seal(key.key, place, pad(_write(envelope)))


def open_envelope(key: GrantKey, item_id: bytes, version: int, blob: bytes) -> Envelope:
    """Open the envelope of one item version, as the partner.

    Raises:
        OpenError: whatever the reason, another version's envelope included.
    """
    place = contexts.envelope(key.grant_id, item_id, version)
    return _read(item_id, version, unpad(unseal(key.key, place, blob)))


def open_granted(envelope: Envelope, blobs: Mapping[bytes, bytes]) -> dict[str, bytes]:
    """Open the field ciphertexts that came with an envelope: name → value.

    Args:
        envelope: opened with the grant key.
        blobs: field id → ciphertext, for every field of the envelope and no other.

    Raises:
        OpenError: if one is missing, one too many, or one is not the owner's.
    """
    verify_hashes(blobs, {granted.field_id: granted.sha256 for granted in envelope.fields})
    return {granted.name: _open_field(envelope, granted, blobs) for granted in envelope.fields}


def _open_field(envelope: Envelope, granted: GrantedField, blobs: Mapping[bytes, bytes]) -> bytes:
    place = envelope.item_id, granted.field_id, envelope.version
    return open_field_value(granted.key, *place, blobs[granted.field_id])


def _write(envelope: Envelope) -> bytes:
    start = [
        write_integer(envelope.version),
        write_time(envelope.sealed_at),
        write_text(envelope.kind),
        write_count(len(envelope.fields)),
    ]
    return b"".join(start + [_write_field(granted) for granted in envelope.fields])


def _write_field(granted: GrantedField) -> bytes:
    return write_text(granted.name) + granted.field_id + granted.key + granted.sha256


def _read(item_id: bytes, version: int, octets: bytes) -> Envelope:
    reader = LayoutReader(octets)
    if reader.integer() != version:
        raise OpenError
    sealed_at, kind = reader.time(), reader.text()
    fields = tuple(_read_field(reader) for _ in range(reader.count()))
    reader.end()
    names = verify_read_names([granted.name for granted in fields])
    if not names or len({granted.field_id for granted in fields}) != len(names):
        raise OpenError
    return Envelope(item_id, version, sealed_at, kind, fields)


def _read_field(reader: LayoutReader) -> GrantedField:
    name, field_id = reader.text(), reader.take(contexts.ID_BYTES)
    return GrantedField(name, field_id, reader.take(KEY_BYTES), reader.take(HASH_BYTES))
