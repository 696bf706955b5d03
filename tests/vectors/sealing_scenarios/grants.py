"""Grant keys and envelopes, as a partner opens them."""

from collections.abc import Iterator
from hashlib import sha256
from typing import Any

from planetvault.sealing import contexts
from planetvault.sealing.grant_key import GrantKey, seal_grant_key
from planetvault.sealing.padding import pad
from planetvault.sealing.tree import next_root

from tests.sdk.sealing.twin.fixed_sealer import FixedSealer
from tests.sdk.sealing.world import FIELDS, GRANTED, PARTNER, World, new_world
from tests.vectors.sealing_scenarios.scenario import (
    Scenario,
    commitment_of,
    envelope_of,
    flipped,
    root_of,
)

FRESH = FixedSealer("sealing grants")


def grants() -> Iterator[Scenario]:
    """Every scenario of this theme."""
    world, shared = new_world(FixedSealer("sealing world")), new_world(FRESH, holders=3)
    one, three = _grant_key(world), _grant_key(shared)
    key = {"key": world.grant_key.key}
    yield Scenario("grant_key", "A grant key with one holder.", "open_grant_key", one, key)
    yield Scenario(
        "grant_key_three_holders",
        "A grant key over three holders.",
        "open_grant_key",
        three,
        {"key": shared.grant_key.key},
    )
    yield from _planted(world, one, three)
    yield from _found(world)
    yield from _envelopes(world)


def _grant_key(world: World) -> dict[str, Any]:
    return {
        "seed": world.opener.seed(),
        "grant_id": world.grant_key.grant_id,
        "shares": list(world.sealed_grant_key.shares),
        "commitment": commitment_of(world.sealed_grant_key.commitment),
        "partner": PARTNER,
        "owner_kid": world.owner_key.kid,
    }


def _planted(world: World, one: dict[str, Any], three: dict[str, Any]) -> Iterator[Scenario]:
    forged = seal_grant_key(
        GrantKey(world.grant_key.grant_id, FRESH.random(32)),
        partner=PARTNER,
        sealing_key=world.opener.public,
        owner_kid=world.owner_key.kid,
        sealer=FRESH,
    )
    shares, commitment = three["shares"], three["commitment"]
    cases = {
        "planted": ("Another key, sealed to the partner by a stranger.", {**one, "shares": [*forged.shares]}),
        "other_grant": ("Offered for another grant.", {**one, "grant_id": bytes(16)}),
        "other_partner": ("Opened as another partner.", {**one, "partner": "other.example"}),
        "other_owner": ("Signed by another owner.", {**one, "owner_kid": bytes(32)}),
        "share_missing": ("Two of three shares.", {**three, "shares": shares[:2]}),
        "share_twice": ("One share twice.", {**three, "shares": [shares[0], shares[0], shares[2]]}),
        "shares_swapped": ("Shares out of order.", {**three, "shares": shares[::-1]}),
        "other_commitment": (
            "One bit of the commitment to the whole key.",
            {**three, "commitment": {**commitment, "key": flipped(commitment["key"], 0)}},
        ),
        "no_holders": ("Nobody holds it.", {**one, "shares": [], "commitment": {**commitment, "shares": []}}),
    }
    for name, (what, inputs) in cases.items():
        yield Scenario(f"grant_key_{name}", what, "open_grant_key", inputs)


def _found(world: World) -> Iterator[Scenario]:
    older, newer = world.root, next_root(world.root, FRESH)
    inputs = {
        "roots": [root_of(newer), root_of(older)],
        "grant_id": world.grant_key.grant_id,
        "version": 1,
        "commitment": commitment_of(world.sealed_grant_key.commitment),
    }
    what = "The key of a grant that was signed before the root was renewed."
    yield Scenario("find_grant_key", what, "find_grant_key", inputs, {"key": world.grant_key.key})
    cases: dict[str, tuple[str, dict[str, Any]]] = {
        "other_version": ("Another version of the grant.", {"version": 2}),
        "newest_root_alone": ("The root it stands on is missing.", {"roots": [root_of(newer)]}),
    }
    for name, (what, changed) in cases.items():
        yield Scenario(f"find_grant_key_{name}", what, "find_grant_key", {**inputs, **changed})


def _envelopes(world: World) -> Iterator[Scenario]:
    blobs = world.granted_blobs()
    inputs = {
        "grant_id": world.grant_key.grant_id,
        "grant_key": world.grant_key.key,
        "item_id": world.sealed.item_id,
        "version": world.sealed.version,
        "blob": world.envelope_blob,
        "fields": blobs,
    }
    outputs = {
        "envelope": envelope_of(world.envelope),
        "values": {name: FIELDS[name] for name in GRANTED},
    }
    yield Scenario("envelope", "Two granted fields of an item.", "open_granted", inputs, outputs)
    first, second = blobs
    swapped = {first: blobs[second], second: blobs[first]}
    cases: dict[str, tuple[str, dict[str, Any]]] = {
        "other_version": ("Offered for another version.", {"version": 4}),
        "other_item": ("Offered for another item.", {"item_id": bytes(16)}),
        "other_grant": ("Offered for another grant.", {"grant_id": bytes(16)}),
        "altered": ("One bit changed.", {"blob": flipped(world.envelope_blob, 100)}),
        "field_missing": ("A granted field is missing.", {"fields": {first: blobs[first]}}),
        "field_added": ("A field that was not granted.", {"fields": {**blobs, bytes(16): b"\1"}}),
        "fields_swapped": ("Two fields in each other's place.", {"fields": swapped}),
    }
    for name, (what, changed) in cases.items():
        yield Scenario(f"envelope_{name}", what, "open_granted", {**inputs, **changed})
    yield from _dishonest(world, inputs)


def _dishonest(world: World, inputs: dict[str, Any]) -> Iterator[Scenario]:
    """Envelopes that nobody following the page would write, sealed with the right key."""
    start = (3).to_bytes(8) + (1_772_353_800).to_bytes(8) + b"\0\x0amusic.play"
    fields = [_field(world, name.encode(), name) for name in GRANTED]
    plain = {
        "version_inside": ("Another version inside.", b"\0" * 8 + start[8:] + b"\0\2" + b"".join(fields)),
        "order": ("Names out of order.", start + b"\0\2" + fields[1] + fields[0]),
        "twice": ("A name twice.", start + b"\0\2" + fields[0] + fields[0]),
        "nothing": ("No field at all.", start + b"\0\0"),
        "reserved": ("The head's name.", start + b"\0\1" + _field(world, b"@head", "artist")),
        "trailing": ("A byte after the end.", start + b"\0\2" + b"".join(fields) + b"\0"),
        "year_10000": (
            "A time past the year 9999.",
            start[:8] + (253_402_300_800).to_bytes(8) + start[16:] + b"\0\2" + b"".join(fields),
        ),
    }
    place = contexts.envelope(world.grant_key.grant_id, world.sealed.item_id, world.sealed.version)
    for name, (what, octets) in plain.items():
        blob = FRESH.seal(world.grant_key.key, place, pad(octets))
        changed = {**inputs, "blob": blob}
        yield Scenario(f"envelope_{name}", f"In an envelope: {what}", "open_granted", changed)
    octets = start + b"\0\2" + fields[0] + _field(world, b"zzz", GRANTED[0])
    twice = {
        "blob": FRESH.seal(world.grant_key.key, place, pad(octets)),
        "fields": dict(list(inputs["fields"].items())[:1]),
    }
    what = "In an envelope: One field under two names."
    yield Scenario("envelope_id_twice", what, "open_granted", {**inputs, **twice})


def _field(world: World, written: bytes, name: str) -> bytes:
    field_id = world.collection.field_id(name)
    blob = world.sealed.fields[field_id]
    key = world.item_key.field_key(field_id)
    return len(written).to_bytes(2) + written + field_id + key + sha256(blob).digest()
