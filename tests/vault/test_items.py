"""Items: sealed bytes that are kept as signed, opened by their owner, and written by nobody else."""

import os
from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest

from anchor.encoding import to_base64url
from anchor.records.account import Manifest
from anchor.records.shape import SealedField
from anchor.records.signed import by, sign, verify
from tests.vault.world import Item, World, settle
from vault.db import writing
from vault.items.store import COLLECTIONS_MAX


def code(answer: Any) -> str:
    return str(answer.json()["code"])


def resigned(world: World, body: dict[str, Any], **terms: Any) -> dict[str, Any]:
    """The same version with a manifest that says something else, signed by the same device."""
    manifest = verify(body["manifest"].encode(), Manifest, by(world.device.public)).record
    return body | {"manifest": sign(replace(manifest, **terms), world.device).text}


def test_an_item_comes_back_as_it_was_written(world: World) -> None:
    item = world.new_item()
    body = world.item_body(item)
    assert world.post("/v1/items", {"items": [body]}).status_code == 201
    shown = world.get(f"/v1/items/{to_base64url(item.id)}").json()
    assert shown == {name: body[name] for name in ("manifest", "key", "fields")}
    (listed,) = world.get("/v1/items").json()["data"]
    assert listed == {"manifest": body["manifest"], "key": body["key"]}


def test_a_new_version_takes_the_place_of_the_old(world: World) -> None:
    item = world.write_item()
    newer = Item(item.id, 2, {os.urandom(16): os.urandom(40)})
    world.write_item(newer)
    shown = world.get(f"/v1/items/{to_base64url(item.id)}").json()
    assert shown["fields"] == {to_base64url(n): to_base64url(s) for n, s in newer.fields.items()}
    assert len(world.get("/v1/items").json()["data"]) == 1


def test_a_deletion_is_a_version_without_fields(world: World) -> None:
    item = world.write_item()
    grant = world.granted([item])
    world.write_item(Item(item.id, 2, {}))
    assert world.get(f"/v1/items/{to_base64url(item.id)}").json()["fields"] == {}
    assert code(world.send(world.use(grant, [item]))) == "item-not-granted"
    with world.database() as transaction:
        assert transaction.all("SELECT sealed FROM fields") == []
        assert transaction.all("SELECT sealed FROM envelopes") == []


def test_what_is_written_together_is_kept_together_or_not_at_all(world: World) -> None:
    good, bad = world.item_body(world.new_item()), world.item_body(world.new_item())
    bad["key"] = "AQID"
    assert code(world.post("/v1/items", {"items": [good, bad]})) == "contradiction"
    assert world.get("/v1/items").json()["data"] == []


@pytest.mark.parametrize("part", ["key", "field", "added", "left out"])
def test_sealed_bytes_other_than_signed_are_refused(world: World, part: str) -> None:
    body = world.item_body(world.new_item())
    name = next(iter(body["fields"]))
    if part == "key":
        body["key"] = to_base64url(b"other")
    elif part == "field":
        body["fields"][name] = to_base64url(os.urandom(104))
    elif part == "added":
        body["fields"][to_base64url(os.urandom(16))] = "AQAB"
    else:
        del body["fields"][name]
    answer = world.post("/v1/items", {"items": [body]})
    assert (answer.status_code, code(answer)) == (409, "contradiction")


def test_a_field_name_that_is_no_id_is_refused(world: World) -> None:
    body = world.item_body(world.new_item())
    body["fields"]["title"] = "AQAB"
    assert world.post("/v1/items", {"items": [body]}).status_code == 400


@pytest.mark.parametrize("version", [2, 3])
def test_a_version_is_not_left_out(world: World, version: int) -> None:
    body = world.item_body(Item(os.urandom(16), version, {os.urandom(16): b"sealed"}))
    assert code(world.post("/v1/items", {"items": [body]})) == "conflict"


def test_an_item_may_move_to_a_renewed_collection_of_its_owner(world: World) -> None:
    item = world.write_item()
    other = os.urandom(16)
    path = f"/v1/collections/{to_base64url(other)}"
    world.http.put(path, json={"sealed": "AQAB"}, headers=world.as_owner).raise_for_status()
    body = resigned(world, world.item_body(Item(item.id, 2, dict(item.fields))), collection=other)
    assert world.post("/v1/items", {"items": [body]}).status_code == 201


def test_nobody_writes_to_an_item_of_somebody_else(world: World) -> None:
    item = world.write_item()
    other = settle(world.newcomer())
    body = other.item_body(Item(item.id, 2, dict(item.fields)))
    assert code(other.post("/v1/items", {"items": [body]})) == "forbidden"
    first = world.newcomer()
    first.open_account()
    assert code(first.post("/v1/items", {"items": [first.item_body(Item(item.id, 1, {}))]})) == "forbidden"
    assert world.get(f"/v1/items/{to_base64url(item.id)}").json()["manifest"]


def test_nobody_reads_an_item_of_somebody_else(world: World) -> None:
    item = world.write_item()
    other = settle(world.newcomer())
    answer = other.get(f"/v1/items/{to_base64url(item.id)}")
    assert (answer.status_code, answer.json()["detail"]) == (404, "no such item")
    unknown = other.get(f"/v1/items/{to_base64url(os.urandom(16))}")
    assert unknown.json()["detail"] == answer.json()["detail"]
    assert other.get("/v1/items").json()["data"] == []


def test_a_manifest_of_another_account_is_refused(world: World) -> None:
    other = settle(world.newcomer())
    body = resigned(world, world.item_body(world.new_item()), account=other.account)
    assert code(world.post("/v1/items", {"items": [body]})) == "forbidden"


def test_a_manifest_by_another_device_is_refused(world: World) -> None:
    other = settle(world.newcomer())
    body = {"items": [world.item_body(world.new_item())]}
    answer = other.post("/v1/items", body)
    assert (answer.status_code, code(answer)) == (401, "signature")


def test_an_item_lies_in_a_collection_of_its_owner(world: World) -> None:
    other = settle(world.newcomer())
    for collection in (os.urandom(16), other.collection):
        seq, head = world.journal
        body = resigned(world, world.item_body(world.new_item()), collection=collection)
        assert code(world.post("/v1/items", {"items": [body]})) == "not-found"
        world.journal = (seq, head)


# ── envelopes beside a version ───────────────────────────────────────────────────────────


def test_an_envelope_beside_a_new_version_opens_it(world: World) -> None:
    item = world.write_item()
    grant = world.granted([item])
    newer = Item(item.id, 2, {name: os.urandom(50) for name in item.fields})
    (name,) = sorted(newer.fields)[:1]
    body = world.item_body(newer, [(grant.hash, [name])])
    assert world.post("/v1/items", {"items": [body]}).status_code == 201
    (opened,) = world.send(world.use(grant, [item])).json()["items"]
    assert (opened["version"], opened["fields"]) == (
        2,
        {to_base64url(name): to_base64url(newer.fields[name])},
    )


def test_a_new_version_without_an_envelope_is_shut_to_its_grants(world: World) -> None:
    item = world.write_item()
    grant = world.granted([item])
    world.write_item(Item(item.id, 2, dict(item.fields)))
    assert code(world.send(world.use(grant, [item]))) == "item-not-granted"


def test_an_envelope_for_a_grant_of_somebody_else_is_refused(world: World) -> None:
    theirs = settle(world.newcomer()).granted([])
    item = world.new_item()
    body = world.item_body(item, [(theirs.hash, sorted(item.fields))])
    assert code(world.post("/v1/items", {"items": [body]})) == "forbidden"


@pytest.mark.parametrize("ending", ["revoked", "unknown"])
def test_an_envelope_for_a_grant_that_does_not_stand_is_refused(world: World, ending: str) -> None:
    grant = world.granted([])
    if ending == "revoked":
        world.revoke(grant).raise_for_status()
    item = world.new_item()
    name = grant.hash if ending == "revoked" else os.urandom(32)
    body = world.item_body(item, [(name, sorted(item.fields))])
    assert code(world.post("/v1/items", {"items": [body]})) == "forbidden"


def test_an_envelope_for_a_field_that_is_not_there_is_refused(world: World) -> None:
    grant = world.granted([])
    body = world.item_body(world.new_item(), [(grant.hash, [os.urandom(16)])])
    assert code(world.post("/v1/items", {"items": [body]})) == "contradiction"


def test_a_field_named_twice_in_an_envelope_is_one_field(world: World) -> None:
    grant = world.granted([])
    item = world.new_item()
    (name, *_) = sorted(item.fields)
    body = world.item_body(item, [(grant.hash, [name, name])])
    assert world.post("/v1/items", {"items": [body]}).status_code == 201
    (opened,) = world.send(world.use(grant, [item])).json()["items"]
    assert list(opened["fields"]) == [to_base64url(name)]


def test_sealed_keys_have_an_end(world: World) -> None:
    grant = world.granted([])
    item = world.new_item()
    body = world.item_body(item, [(grant.hash, sorted(item.fields))])
    body["envelopes"][0]["sealed"] = to_base64url(bytes((64 << 10) + 1))
    assert world.post("/v1/items", {"items": [body]}).status_code == 400


# ── collections ──────────────────────────────────────────────────────────────────────────


def keep(world: World, collection: bytes, sealed: str = "AQAB") -> int:
    path = f"/v1/collections/{to_base64url(collection)}"
    answer = world.http.put(path, json={"sealed": sealed}, headers=world.as_owner)
    return int(answer.status_code)


def test_a_collection_is_kept_once_and_never_under_another_key(world: World) -> None:
    name = os.urandom(16)
    assert [keep(world, name), keep(world, name), keep(world, name, "AQID")] == [201, 200, 409]


def test_nobody_takes_the_id_of_a_collection(world: World) -> None:
    other = settle(world.newcomer())
    assert keep(other, world.collection) == 409
    listed = other.get("/v1/collections").json()["data"]
    assert [one["collection"] for one in listed] == [to_base64url(other.collection)]


def test_collections_have_an_end(world: World) -> None:
    rows = [{"id": os.urandom(16), "account": world.account} for _ in range(COLLECTIONS_MAX - 2)]
    with world.database() as connection, writing(connection) as transaction:
        transaction.run_many(
            "INSERT INTO collections (id, account, sealed) VALUES (:id, :account, :id)", rows
        )
    last = os.urandom(16)
    assert [keep(world, last), keep(world, os.urandom(16)), keep(world, last)] == [201, 409, 200]


# ── limits ───────────────────────────────────────────────────────────────────────────────


def test_an_item_has_at_most_256_fields(world: World) -> None:
    fields = {os.urandom(16): b"s" for _ in range(256)}
    world.write_item(Item(os.urandom(16), 1, fields))
    body = world.item_body(world.new_item())
    body["fields"] = {to_base64url(os.urandom(16)): "AQAB" for _ in range(257)}
    assert world.post("/v1/items", {"items": [body]}).status_code == 400


def test_at_most_a_hundred_items_are_written_at_once(world: World) -> None:
    start = world.journal
    bodies = [world.item_body(world.new_item(1)) for _ in range(101)]
    assert world.post("/v1/items", {"items": bodies}).status_code == 400
    world.journal = start
    bodies = [world.item_body(world.new_item(1)) for _ in range(100)]
    answer = world.post("/v1/items", {"items": bodies})
    assert (answer.status_code, answer.json()["seq"]) == (201, 100)
    assert world.post("/v1/items", {"items": []}).status_code == 400


def test_a_large_sealed_field_is_kept_whole(world: World) -> None:
    name, sealed = os.urandom(16), os.urandom(8 << 20)
    item = Item(os.urandom(16), 1, {name: sealed})
    world.write_item(item)
    shown = world.get(f"/v1/items/{to_base64url(item.id)}").json()
    assert shown["fields"] == {to_base64url(name): to_base64url(sealed)}


def test_a_sealed_field_has_an_end(world: World) -> None:
    name, sealed = os.urandom(16), bytes((8 << 20) + 1)
    body = world.item_body(Item(os.urandom(16), 1, {name: sealed}))
    assert world.post("/v1/items", {"items": [body]}).status_code == 400


def test_a_manifest_signs_for_ciphertext_and_not_for_meaning(world: World) -> None:
    """Two fields with the same bytes are two fields: nothing is merged by what it holds."""
    item = Item(os.urandom(16), 1, {os.urandom(16): b"same", os.urandom(16): b"same"})
    manifest = verify(world.item_body(item)["manifest"].encode(), Manifest, by(world.device.public)).record
    assert manifest.fields == tuple(SealedField(n, sha256(b"same").digest()) for n in sorted(item.fields))
