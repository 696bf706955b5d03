"""An item, sealed field by field, and opened only as a whole.

Each version of an item has a new random item key, sealed under the collection
key; each field of that version is sealed under a key derived from it. So a field
can be granted alone, a new version needs nothing the server stores, and whoever
held an old key holds nothing of the new version.

Field names, their number of rows and the item's label are in one more field, the
head. The server sees ids, padded sizes and versions. It could still leave out,
add or mix fields: that is why a signed manifest lists every field id with the
hash of its ciphertext, and why opening asks for that list. Specification:
docs/spec/item.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from hmac import compare_digest
from itertools import pairwise

from planetvault.sealing import contexts
from planetvault.sealing.errors import InputError, OpenError
from planetvault.sealing.layout import LayoutReader, write_count, write_integer, write_text
from planetvault.sealing.padding import pad, unpad
from planetvault.sealing.seal import KEY_BYTES, kdf, unseal, verify_key
from planetvault.sealing.sealer import FRESH, Sealer
from planetvault.sealing.tree import CollectionKey

HEAD = "@head"  # names of this form are ours: an owner's field can't start with "@"
FIELDS_MAX = 255  # and the head
NAME_BYTES_MAX = 128


@dataclass(frozen=True, slots=True)
class SealedItem:
    """One version of an item as the vault stores it: nothing in it can be read there.

    ``key`` is the sealed item key, ``fields`` maps field ids (16 bytes) to ciphertexts.
    """

    item_id: bytes
    version: int
    key: bytes = field(repr=False)
    fields: Mapping[bytes, bytes] = field(repr=False)

    def hashes(self) -> dict[bytes, bytes]:
        """Field id → SHA-256 of its ciphertext: what the owner's device signs."""
        return {field_id: sha256(blob).digest() for field_id, blob in self.fields.items()}

    def key_hash(self) -> bytes:
        """SHA-256 of the sealed item key: signed beside the others."""
        return sha256(self.key).digest()


@dataclass(frozen=True, slots=True)
class Item:
    """One version of an item, opened. ``fields`` maps names to plain bytes."""

    item_id: bytes
    version: int
    kind: str
    label: str = field(repr=False)
    rows: int
    fields: Mapping[str, bytes] = field(repr=False)


@dataclass(frozen=True, slots=True)
class ItemKey:
    """The key of one version of an item."""

    item_id: bytes
    version: int
    key: bytes = field(repr=False)

    def field_key(self, field_id: bytes) -> bytes:
        """The key of one field in this version, 32 bytes; it is never stored."""
        return kdf(self.key, contexts.field(self.item_id, field_id, self.version))


def verify_field_name(name: str) -> str:
    """Return ``name`` if an owner's field may be called that.

    Raises:
        InputError: if it is empty, longer than 128 bytes or starts with ``@``.
    """
    if not name or name.startswith("@") or len(write_text(name)) - 2 > NAME_BYTES_MAX:
        raise InputError("a field name has 1 to 128 bytes and does not start with '@'")
    return name


def verify_read_names(names: list[str]) -> list[str]:
    """Return ``names`` if we would have written that list: valid, ascending, none twice.

    Raises:
        OpenError: if not.
    """
    octets = [name.encode() for name in names]
    ascending = all(earlier < later for earlier, later in pairwise(octets))
    if not ascending or not all(0 < len(o) <= NAME_BYTES_MAX and o[:1] != b"@" for o in octets):
        raise OpenError
    return names


def new_item_id(sealer: Sealer = FRESH) -> bytes:
    """A new item id: 16 random bytes, never derived from content."""
    return sealer.random(contexts.ID_BYTES)


def seal_item(
    collection: CollectionKey,
    item_id: bytes,
    version: int,
    fields: Mapping[str, bytes],
    *,
    label: str,
    rows: int,
    sealer: Sealer = FRESH,
) -> SealedItem:
    """Seal one version of an item.

    Args:
        collection: the newest of its kind; see ``verify_writable``.
        item_id: 16 bytes.
        version: greater than that of any version sealed before.
        fields: 1 to 255 named values of at most 7 MiB.
        label: what the owner calls it, such as a month.
        rows: how many rows the fields hold.
        sealer: where randomness comes from.

    Raises:
        InputError: for a name or value outside these limits.
    """
    if not 1 <= len(fields) <= FIELDS_MAX:
        raise InputError("an item has 1 to 255 fields")
    names = sorted(map(verify_field_name, fields), key=str.encode)
    key = ItemKey(item_id, version, sealer.random(KEY_BYTES))
    head = _write_head(collection.kind, label, rows, names)
    plain = {HEAD: head} | {name: fields[name] for name in names}
    place = contexts.item_key(collection.collection_id, item_id, version)
    sealed_key = sealer.seal(collection.key, place, key.key)
    blobs = dict(_seal_field(collection, key, name, value, sealer) for name, value in plain.items())
    # In the order of their ids, so that the place of a ciphertext says nothing of its name.
    return SealedItem(item_id, version, sealed_key, dict(sorted(blobs.items())))


def _seal_field(
    collection: CollectionKey, key: ItemKey, name: str, value: bytes, sealer: Sealer
) -> tuple[bytes, bytes]:
    field_id = collection.field_id(name)
    place = contexts.field_value(key.item_id, field_id, key.version)
    return field_id, sealer.seal(key.field_key(field_id), place, pad(value))


def open_item_key(collection: CollectionKey, sealed: SealedItem, key_hash: bytes) -> ItemKey:
    """Open the item key alone, to grant some of its fields.

    Args:
        collection: the one the manifest names.
        sealed: what the vault returned.
        key_hash: SHA-256 of the sealed item key, from the verified manifest.

    Raises:
        OpenError: whatever the reason.
    """
    if not compare_digest(sealed.key_hash(), key_hash):
        raise OpenError
    place = contexts.item_key(collection.collection_id, sealed.item_id, sealed.version)
    key = unseal(collection.key, place, sealed.key)
    if len(key) != KEY_BYTES:
        raise OpenError
    return ItemKey(sealed.item_id, sealed.version, key)


def open_item(
    collection: CollectionKey, sealed: SealedItem, hashes: Mapping[bytes, bytes], *, key_hash: bytes
) -> Item:
    """Open one version of an item, whole.

    Args:
        collection: the one the manifest names.
        sealed: what the vault returned.
        hashes: field id → SHA-256 of the ciphertext, from the manifest whose signature was verified.
        key_hash: SHA-256 of the sealed item key, from the same manifest.

    Raises:
        OpenError: if anything was dropped, added, swapped or altered.
    """
    verify_hashes(sealed.fields, hashes)
    key = open_item_key(collection, sealed, key_hash)
    by_id = dict(sealed.fields)
    head_id = collection.field_id(HEAD)
    kind, label, rows, names = _read_head(open_field(key, head_id, by_id.pop(head_id, b"")))
    ids = {name: collection.field_id(name) for name in names}
    if kind != collection.kind or set(ids.values()) != set(by_id):
        raise OpenError
    fields = {name: open_field(key, field_id, by_id[field_id]) for name, field_id in ids.items()}
    return Item(sealed.item_id, sealed.version, kind, label, rows, fields)


def open_field(key: ItemKey, field_id: bytes, blob: bytes) -> bytes:
    """Open one field; its hash was verified by the caller.

    Raises:
        OpenError: whatever the reason.
    """
    return open_field_value(key.field_key(field_id), key.item_id, field_id, key.version, blob)


def open_field_value(field_key: bytes, item_id: bytes, field_id: bytes, version: int, blob: bytes) -> bytes:
    """Open one field with its own key, as a partner does.

    Raises:
        OpenError: whatever the reason.
    """
    return unpad(unseal(verify_key(field_key), contexts.field_value(item_id, field_id, version), blob))


def verify_hashes(blobs: Mapping[bytes, bytes], hashes: Mapping[bytes, bytes]) -> Mapping[bytes, bytes]:
    """Return ``blobs`` if they are exactly those that ``hashes`` lists.

    Raises:
        OpenError: if one is missing, one too many, or one differs.
    """
    if set(blobs) != set(hashes):
        raise OpenError
    for field_id, blob in blobs.items():
        if not compare_digest(sha256(blob).digest(), hashes[field_id]):
            raise OpenError
    return blobs


def _write_head(kind: str, label: str, rows: int, names: list[str]) -> bytes:
    start = [write_text(kind), write_text(label), write_integer(rows), write_count(len(names))]
    return b"".join([*start, *map(write_text, names)])


def _read_head(octets: bytes) -> tuple[str, str, int, list[str]]:
    reader = LayoutReader(octets)
    kind, label, rows = reader.text(), reader.text(), reader.integer()
    names = [reader.text() for _ in range(reader.count())]
    reader.end()
    return kind, label, rows, verify_read_names(names)
