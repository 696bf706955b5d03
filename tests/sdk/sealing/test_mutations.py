"""Whatever is changed in whatever is sealed: ``SealError``, and nothing else."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as some
from planetvault.sealing.blob import BlobReader, open_blob, seal_blob
from planetvault.sealing.envelope import open_envelope, open_granted
from planetvault.sealing.errors import SealError
from planetvault.sealing.grant_key import open_grant_key
from planetvault.sealing.item import SealedItem, open_item, open_item_key
from planetvault.sealing.lockers import open_root
from planetvault.sealing.sealer import FRESH
from planetvault.sealing.tree import (
    next_root,
    open_collection,
    open_older_roots,
    seal_collection,
    seal_older_roots,
)

from tests.sdk.sealing.world import PARTNER, new_world

Opens = Callable[[bytes], object]

WORLD = new_world(FRESH)
NEWEST = next_root(WORLD.root)
BLOB = BytesIO()
REFERENCE = seal_blob(BytesIO(b"some file" * 20), BLOB, name="a.txt", media_type="text/plain")


def _root(blob: bytes) -> object:
    return open_root(
        WORLD.locker,
        replace(WORLD.sealed_root, blob=blob),
        WORLD.account_id,
        root_kid=WORLD.locker.kid,
        commitment=WORLD.root.commitment(),
    )


def _grant_key(blob: bytes) -> object:
    return open_grant_key(
        WORLD.opener,
        WORLD.grant_key.grant_id,
        [blob],
        WORLD.sealed_grant_key.commitment,
        partner=PARTNER,
        owner_kid=WORLD.owner_key.kid,
    )


def _collection(blob: bytes) -> object:
    return open_collection([NEWEST, WORLD.root], WORLD.collection.collection_id, blob)


def _item_key(blob: bytes) -> object:
    sealed = replace(WORLD.sealed, key=blob)
    return open_item_key(WORLD.collection, sealed, sealed.key_hash())


def _field(field_id: bytes) -> Opens:
    """Open the item with one field replaced, and a manifest that agrees."""

    def opens(blob: bytes) -> object:
        sealed: SealedItem = replace(WORLD.sealed, fields={**WORLD.sealed.fields, field_id: blob})
        return open_item(WORLD.collection, sealed, sealed.hashes(), key_hash=sealed.key_hash())

    return opens


def _granted(field_id: bytes) -> Opens:
    return lambda blob: open_granted(WORLD.envelope, {**WORLD.granted_blobs(), field_id: blob})


def _envelope(blob: bytes) -> object:
    return open_envelope(WORLD.grant_key, WORLD.sealed.item_id, WORLD.sealed.version, blob)


def _whole_blob(blob: bytes) -> object:
    target = BytesIO()
    open_blob(REFERENCE, BytesIO(blob), target)
    return target.getvalue()


def _read_blob(blob: bytes) -> object:
    return BlobReader(REFERENCE, BytesIO(blob)).read(0, REFERENCE.size)


FIRST_FIELD = WORLD.envelope.fields[0].field_id

SEALED: Mapping[str, tuple[bytes, Opens]] = {
    "root": (WORLD.sealed_root.blob, _root),
    "older roots": (
        seal_older_roots(NEWEST, [WORLD.root]),
        lambda blob: open_older_roots(NEWEST, [WORLD.root.commitment()], blob),
    ),
    "collection": (seal_collection(WORLD.root, WORLD.collection), _collection),
    "item key": (WORLD.sealed.key, _item_key),
    "head": (
        WORLD.sealed.fields[WORLD.collection.field_id("@head")],
        _field(WORLD.collection.field_id("@head")),
    ),
    "field": (WORLD.sealed.fields[FIRST_FIELD], _field(FIRST_FIELD)),
    "granted field": (WORLD.sealed.fields[FIRST_FIELD], _granted(FIRST_FIELD)),
    "grant key": (WORLD.sealed_grant_key.shares[0], _grant_key),
    "envelope": (WORLD.envelope_blob, _envelope),
    "blob": (BLOB.getvalue(), _whole_blob),
    "blob read at random": (BLOB.getvalue(), _read_blob),
}
EVERY = pytest.mark.parametrize(("blob", "opens"), SEALED.values(), ids=SEALED)


@EVERY
def test_unchanged_it_opens(blob: bytes, opens: Opens) -> None:
    opens(blob)


@EVERY
def test_one_bit_changed_in_any_byte_is_refused(blob: bytes, opens: Opens) -> None:
    for position in range(len(blob)):
        changed = bytearray(blob)
        changed[position] ^= 1 << position % 8
        with pytest.raises(SealError):
            opens(bytes(changed))


@EVERY
def test_cut_anywhere_it_is_refused(blob: bytes, opens: Opens) -> None:
    for size in range(len(blob)):
        with pytest.raises(SealError):
            opens(blob[:size])


@EVERY
@given(data=some.data())
def test_any_change_at_all_is_refused(blob: bytes, opens: Opens, data: some.DataObject) -> None:
    start = data.draw(some.integers(0, len(blob)))
    end = data.draw(some.integers(start, len(blob)))
    changed = blob[:start] + data.draw(some.binary(max_size=40)) + blob[end:]
    if changed != blob:
        with pytest.raises(SealError):
            opens(changed)


@EVERY
@given(octets=some.binary(max_size=2000))
def test_anything_else_is_refused(blob: bytes, opens: Opens, octets: bytes) -> None:
    for other in (octets, blob[:1] + octets, blob + octets[:1] + b"\0"):
        with pytest.raises(SealError):
            opens(other)
