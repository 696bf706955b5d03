"""The journal: every manifest in one line, which two devices can't both continue."""

import os
from dataclasses import replace
from typing import Any

import pytest

from anchor.encoding import from_base64url
from anchor.records.account import Manifest
from anchor.records.signed import by, sign, verify
from tests.vault.world import Item, World


def manifests(world: World) -> list[Any]:
    listed = world.get("/v1/journal?limit=100").json()["data"]
    return [verify(one["manifest"].encode(), Manifest, by(world.device.public)) for one in listed]


def test_the_journal_holds_every_version_in_one_chain(world: World) -> None:
    item = world.write_item()
    world.write_item()
    world.write_item(Item(item.id, 2, dict(item.fields)))
    kept = manifests(world)
    assert [one.record.seq for one in kept] == [1, 2, 3]
    assert [one.record.prev for one in kept] == [None, kept[0].hash, kept[1].hash]
    shown = world.get("/v1/account").json()["journal"]
    assert (shown["seq"], from_base64url(shown["head"])) == (3, kept[2].hash)


def test_the_same_items_sent_again_change_nothing(world: World) -> None:
    body = {"items": [world.item_body(world.new_item()) for _ in range(3)]}
    first, second = world.post("/v1/items", body), world.post("/v1/items", body)
    assert (first.status_code, first.json()) == (201, second.json())
    assert len(manifests(world)) == 3


def test_the_last_item_of_a_batch_alone_changes_nothing_either(world: World) -> None:
    bodies = [world.item_body(world.new_item()) for _ in range(2)]
    first = world.post("/v1/items", {"items": bodies})
    assert world.post("/v1/items", {"items": bodies[1:]}).json() == first.json()
    assert world.post("/v1/items", {"items": bodies[:1]}).json()["code"] == "journal-moved"


def test_a_device_that_was_overtaken_is_told_so(world: World) -> None:
    start = world.journal
    late = world.item_body(world.new_item())
    world.journal = start
    world.write_item()
    answer = world.post("/v1/items", {"items": [late]})
    assert (answer.status_code, answer.json()["code"]) == (409, "journal-moved")


@pytest.mark.parametrize(
    "terms",
    [{"seq": 1}, {"seq": 3}, {"seq": 2**53 - 1}, {"prev": None}, {"prev": bytes(32)}],
    ids=["behind", "ahead", "far ahead", "follows nothing", "follows another"],
)
def test_a_fork_of_the_journal_is_refused(world: World, terms: dict[str, Any]) -> None:
    world.write_item()
    body = world.item_body(world.new_item())
    manifest = verify(body["manifest"].encode(), Manifest, by(world.device.public)).record
    body["manifest"] = sign(replace(manifest, **terms), world.device).text
    assert world.post("/v1/items", {"items": [body]}).json()["code"] == "journal-moved"
    assert len(manifests(world)) == 1


def test_one_item_twice_in_a_batch_is_two_versions_or_nothing(world: World) -> None:
    item = world.new_item()
    first = world.item_body(item)
    again = world.item_body(item)
    assert world.post("/v1/items", {"items": [first, again]}).json()["code"] == "conflict"
    world.journal = (0, None)
    newer = Item(item.id, 2, {os.urandom(16): b"new"})
    bodies = [world.item_body(item), world.item_body(newer)]
    assert world.post("/v1/items", {"items": bodies}).status_code == 201
    assert len(world.get("/v1/items").json()["data"]) == 1
    assert len(manifests(world)) == 2


def test_a_batch_out_of_order_is_refused(world: World) -> None:
    bodies = [world.item_body(world.new_item()) for _ in range(2)]
    assert world.post("/v1/items", {"items": bodies[::-1]}).json()["code"] == "journal-moved"


def test_the_journal_is_the_owners_alone(world: World) -> None:
    world.write_item()
    other = world.newcomer()
    other.open_account()
    assert other.get("/v1/journal").json()["data"] == []
