"""Items and blobs."""

from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Any

from planetvault.sealing import contexts
from planetvault.sealing.blob import BlobReference
from planetvault.sealing.item import HEAD, open_item, seal_item
from planetvault.sealing.padding import pad, padded_size

from tests.sdk.sealing.twin import pages
from tests.sdk.sealing.twin.fixed_sealer import FixedSealer
from tests.sdk.sealing.world import FIELDS, LABEL, ROWS, World, new_world
from tests.vectors.sealing_scenarios.scenario import Scenario, collection_of, flipped, sealed_of, written

FRESH = FixedSealer("sealing items")


def items() -> Iterator[Scenario]:
    """Every scenario of this theme."""
    world = new_world(FixedSealer("sealing world"))
    inputs = {
        "collection": collection_of(world.collection),
        "sealed": sealed_of(world.sealed),
        "hashes": world.sealed.hashes(),
        "key_hash": world.sealed.key_hash(),
    }
    item = open_item(world.collection, world.sealed, world.sealed.hashes(), key_hash=world.sealed.key_hash())
    outputs = {"kind": item.kind, "label": item.label, "rows": item.rows, "fields": dict(item.fields)}
    yield Scenario("item", "A month of plays: four fields and the head.", "open_item", inputs, outputs)
    yield from _field(world)
    yield from _tampered(world, inputs)
    yield from _dishonest_heads(world)
    yield from _blobs()


def _field(world: World) -> Iterator[Scenario]:
    collection, key = world.collection, world.item_key
    field_id = collection.field_id("artist")
    inputs = {
        "names": collection.names,
        "item_key": key.key,
        "item_id": key.item_id,
        "version": key.version,
        "name": "artist",
        "blob": world.sealed.fields[field_id],
    }
    outputs = {"field_id": field_id, "field_key": key.field_key(field_id), "value": FIELDS["artist"]}
    yield Scenario("field", "One field, from its name to its value.", "open_field", inputs, outputs)
    what = "One field under another name."
    yield Scenario("field_other_name", what, "open_field", {**inputs, "name": "track"})


def _tampered(world: World, inputs: dict[str, Any]) -> Iterator[Scenario]:
    sealed, hashes = inputs["sealed"], inputs["hashes"]
    artist, track = (world.collection.field_id(name) for name in ("artist", "track"))
    fields = dict(sealed["fields"])
    swapped = fields | {artist: fields[track], track: fields[artist]}
    older = seal_item(world.collection, world.sealed.item_id, 2, FIELDS, label=LABEL, rows=ROWS, sealer=FRESH)
    mixed = fields | {artist: older.fields[artist]}
    cases: dict[str, tuple[str, dict[bytes, bytes]]] = {
        "dropped": ("A field is missing.", _without(fields, artist)),
        "added": ("A field too many.", fields | {bytes(16): fields[artist]}),
        "swapped": ("Two fields in each other's place.", swapped),
        "mixed": ("One field of an older version.", mixed),
        "altered": ("One bit of one field.", fields | {artist: flipped(fields[artist], 60)}),
    }
    for name, (what, changed) in cases.items():
        tampered = {**inputs, "sealed": {**sealed, "fields": changed}}
        yield Scenario(f"item_{name}", what, "open_item", tampered)
        # The same with hashes to match, as if the manifest had been signed for it.
        also = {field_id: sha256(blob).digest() for field_id, blob in changed.items()}
        agreed = f"{what} The manifest agrees, the sealing does not."
        yield Scenario(f"item_{name}_in_manifest_too", agreed, "open_item", {**tampered, "hashes": also})
    rolled = {**inputs, "sealed": {**sealed, "version": 2}}
    yield Scenario("item_other_version", "Offered as another version.", "open_item", rolled)
    key = {**inputs, "sealed": {**sealed, "key": older.key}}
    yield Scenario("item_other_key", "The sealed key of another version.", "open_item", key)
    unlisted = {**inputs, "hashes": _without(hashes, artist)}
    yield Scenario("item_unlisted", "A field the manifest does not list.", "open_item", unlisted)


def _without(fields: Mapping[bytes, bytes], field_id: bytes) -> dict[bytes, bytes]:
    return {other: blob for other, blob in fields.items() if other != field_id}


def _dishonest_heads(world: World) -> Iterator[Scenario]:
    """Heads that nobody following the page would write, sealed with the right key."""
    collection, key = world.collection, world.item_key
    head_id = collection.field_id(HEAD)
    start = _text(b"music.play") + _text(b"2027-02") + (2).to_bytes(8)
    names = [_text(name.encode()) for name in sorted(FIELDS)]
    heads = {
        "order": ("Names out of order.", start + b"\0\4" + b"".join(reversed(names))),
        "twice": ("A name twice.", start + b"\0\5" + names[0] + b"".join(names)),
        "trailing": ("A byte after the end.", start + b"\0\4" + b"".join(names) + b"\0"),
        "cut": ("A name cut off.", start + b"\0\4" + b"".join(names)[:-1]),
        "utf8": ("A name that is not UTF-8.", start + b"\0\1" + _text(b"\xff\xfe")),
        "rows": ("A number past 2^53 - 1.", _text(b"music.play") + _text(b"") + b"\xff" * 8 + b"\0\0"),
        "kind": ("Another kind.", start.replace(b"play", b"gone") + b"\0\4" + b"".join(names)),
    }
    place = contexts.field_value(key.item_id, head_id, key.version)
    for name, (what, head) in heads.items():
        fields = dict(world.sealed.fields)
        fields[head_id] = FRESH.seal(key.field_key(head_id), place, pad(head))
        inputs = {
            "collection": collection_of(collection),
            "sealed": {**sealed_of(world.sealed), "fields": fields},
            "hashes": {field_id: sha256(blob).digest() for field_id, blob in fields.items()},
            "key_hash": world.sealed.key_hash(),
        }
        yield Scenario(f"item_head_{name}", f"In the head: {what}", "open_item", inputs)


def _text(octets: bytes) -> bytes:
    return len(octets).to_bytes(2) + octets


def _blobs() -> Iterator[Scenario]:
    small, _ = _blob(b"a note", "note.txt", [(0, 1), (2, 4), (2, 100), (6, 1)])
    what = "A small file, padded, and ranges of it."
    yield Scenario("blob_small", what, "open_blob", small.inputs, small.outputs)
    value = b"0123456789abcdef" * 1100
    large, reference = _blob(value, "notes été.txt", [(0, 5), (16_380, 10), (17_590, 100), (17_600, 1)])
    yield large
    yield from _tampered_blobs(large.inputs, reference, value)
    for size in (0, 6, 40_000):
        yield _upload(FRESH.random(16), FRESH.random(32), (b"0123456789abcdef" * 2500)[:size])


def _upload(blob_id: bytes, key: bytes, value: bytes) -> Scenario:
    inputs = {"blob_id": blob_id, "key": key, "value": value, "part_bytes": 16_384}
    what = "A file, sealed to be sent in parts: the SHA-256 of each part, and all of them together."
    return Scenario(f"parts_{len(value)}", what, "seal_parts", inputs, pages.seal_parts(written(inputs)))


def _blob(value: bytes, name: str, ranges: list[tuple[int, int]]) -> tuple[Scenario, BlobReference]:
    blob_id, key = FRESH.random(16), FRESH.random(32)
    blob = FRESH.seal(key, contexts.blob(blob_id), _padded(value))
    reference = BlobReference(blob_id, key, len(value), sha256(blob).digest(), "text/plain", name)
    outputs = {
        "blob_id": blob_id,
        "key": key,
        "size": len(value),
        "sha256": reference.sha256,
        "media_type": reference.media_type,
        "name": name,
        "value": value,
        "ranges": [value[start : start + size] for start, size in ranges],
    }
    inputs = {"reference": reference.to_bytes(), "blob": blob, "ranges": ranges}
    what = "A file over two chunks, padded, and ranges of it."
    return Scenario("blob", what, "open_blob", inputs, outputs), reference


def _padded(value: bytes) -> bytes:
    return value.ljust(padded_size(len(value)), b"\0")


def _tampered_blobs(inputs: Mapping[str, Any], reference: BlobReference, value: bytes) -> Iterator[Scenario]:
    blob = inputs["blob"]
    cut = blob[: 57 + 16_400]
    bad = {
        "cut": ("Cut at a chunk's end.", {"blob": cut}),
        "altered": ("One bit of the second chunk.", {"blob": flipped(blob, 57 + 16_401)}),
        "chunks_swapped": (
            "Two chunks in each other's place.",
            {"blob": blob[:57] + blob[57 + 16_400 :] + cut[57:]},
        ),
        "reference_cut": ("A reference cut off.", {"reference": reference.to_bytes()[:-1]}),
    }
    for name, (what, changed) in bad.items():
        yield Scenario(f"blob_{name}", what, "open_blob", {**inputs, **changed})
    key, place = reference.key, contexts.blob(reference.blob_id)
    longer = FRESH.seal(key, place, _padded(value) + bytes(16_384))
    yield _resealed("blob_longer", "More padding than is due.", reference, longer)
    dirty = FRESH.seal(key, place, _padded(value)[:-1] + b"\1")
    yield _resealed("blob_filling", "The filling is zeros alone.", reference, dirty)


def _resealed(name: str, what: str, reference: BlobReference, blob: bytes) -> Scenario:
    same = (reference.blob_id, reference.key, reference.size)
    fitting = BlobReference(*same, sha256(blob).digest(), reference.media_type, reference.name)
    return Scenario(name, what, "open_blob", {"reference": fitting.to_bytes(), "blob": blob, "ranges": []})
