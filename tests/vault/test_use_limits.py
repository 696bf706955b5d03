"""Uses in great number: a batch as large as a body may be, and many batches in one moment."""

import asyncio
import os
import sqlite3
from contextlib import closing
from typing import Any

import pytest

from anchor.encoding import to_base64url
from tests.vault.world import Item, World
from vault.db import SqliteConnection, connect, writing
from vault.http import LARGE_BODIES
from vault.partners.store import PartnerKey
from vault.uses.flow import Answer, Asked, Sent, TooMuchAtOnce

ITEMS_MAX = 64
BATCH = LARGE_BODIES["/v1/uses"] // 3200
"""Uses of 64 items each that fit into one body."""
VARIABLES = 1100
"""Places in one SQLite statement here. The least that builds of SQLite allow is 999, the usual 32,766."""


def answers_to(world: World, uses: list[str]) -> Any:
    answer = world.http.post("/v1/uses", json={"uses": uses})
    assert answer.status_code == 200, answer.text
    return answer.json()["answers"]


def some_items() -> tuple[bytes, ...]:
    return tuple(sorted(os.urandom(16) for _ in range(ITEMS_MAX)))


@pytest.fixture(autouse=True)
def _few_variables(world: World) -> None:
    connection = world.service._writer._connection
    if isinstance(connection, SqliteConnection):
        connection._connection.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, VARIABLES)


def test_as_many_different_items_as_a_batch_can_name_are_looked_for(world: World) -> None:
    item = world.write_item()
    grant = world.granted([item])
    uses = [world.use(grant, [], items=some_items()) for _ in range(BATCH)]
    assert len(uses) * ITEMS_MAX > 32_766
    answers = answers_to(world, [*(use.text for use in uses), world.use(grant, [item]).text])
    assert {one["problem"]["code"] for one in answers[:-1]} == {"item-not-granted"}
    assert answers[-1]["items"][0]["item"] == to_base64url(item.id)


def test_a_thousand_small_uses_of_one_grant_stand_in_one_chain(world: World) -> None:
    item = world.write_item()
    grant = world.granted([item], max_uses=1000, price=1, budget=1000)
    answers = answers_to(world, [world.use(grant, [item]).text for _ in range(1000)])
    receipts = [world.receipt(one["receipt"]) for one in answers]
    assert [one.record.seq for one in receipts] == list(range(1, 1001))
    assert [one.record.prev for one in receipts[1:]] == [one.hash for one in receipts[:-1]]


def test_a_batch_opens_only_what_each_grant_opens(world: World) -> None:
    """Two grants and two items in one batch: neither grant borrows the other's envelope."""
    first, second = world.write_item(), world.write_item()
    one, two = world.granted([first]), world.granted([second])
    pairs = [(one, second), (two, first), (one, first), (two, second)]
    answers = answers_to(world, [world.use(grant, [item]).text for grant, item in pairs])
    assert [answer.get("problem", {}).get("code") for answer in answers] == [
        "item-not-granted",
        "item-not-granted",
        None,
        None,
    ]


def test_a_thousand_and_one_uses_are_too_many(world: World) -> None:
    use = world.use(world.granted([]), [], items=(bytes(16),)).text
    answer = world.http.post("/v1/uses", json={"uses": ["x"] * 1000 + [use]})
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed")


# ── what one answer brings ───────────────────────────────────────────────────────────────

MEBIBYTE = 1 << 20


def large_items(world: World, count: int, mebibytes: int) -> list[Item]:
    """Items with one sealed field of that size."""
    items = [Item(os.urandom(16), 1, {os.urandom(16): bytes(mebibytes * MEBIBYTE)}) for _ in range(count)]
    for item in items:
        world.write_item(item)
    return items


def refused_as_too_large(answer: Any) -> bool:
    return bool(answer.get("problem", {}).get("code") == "answer-too-large")


def test_a_use_that_opens_more_than_one_answer_brings_is_refused_and_free(world: World) -> None:
    items = large_items(world, 5, 7)
    grant = world.granted(items)
    answer = world.send(world.use(grant, items))
    assert (answer.status_code, answer.json()["code"]) == (413, "answer-too-large")
    assert world.send(world.use(grant, items[:4])).status_code == 200
    assert world.get("/v1/account").json()["balances"]["pending"] == 108_000
    assert world.get("/v1/refusals").json()["data"] == []
    world.verify_books()


def test_the_uses_of_one_request_share_the_room_of_its_answer(world: World) -> None:
    items = large_items(world, 2, 8)
    small = world.write_item()
    grant = world.granted([*items, small])
    uses = [world.use(grant, [items[i % 2]]).text for i in range(6)] + [world.use(grant, [small]).text]
    answers = answers_to(world, uses)
    assert [refused_as_too_large(one) for one in answers] == [False] * 3 + [True] * 3 + [False]
    assert answers_to(world, uses[3:5])[1]["items"]
    world.verify_books()


def test_one_use_repeated_in_a_request_does_not_bring_its_answer_without_end(world: World) -> None:
    """A reply of some mebibytes, a thousand times for the price of one, would fill any memory."""
    (item,) = large_items(world, 1, 8)
    use = world.use(world.granted([item]), [item])
    answers = answers_to(world, [use.text] * 100)
    assert [refused_as_too_large(one) for one in answers] == [False] * 3 + [True] * 97
    assert world.get("/v1/account").json()["balances"]["pending"] == 108_000


def test_what_a_grant_does_not_open_takes_no_room(world: World) -> None:
    """An item of many mebibytes may be granted by one small field of it."""
    items = [
        Item(os.urandom(16), 1, {b"\0" * 16: b"small", b"\xff" * 16: bytes(8 * MEBIBYTE)}) for _ in range(6)
    ]
    for item in items:
        world.write_item(item)
    grant = world.grant(world.put_ask())
    envelopes = [
        {"item": to_base64url(item.id), "version": 1, "fields": [to_base64url(b"\0" * 16)], "sealed": "AQAB"}
        for item in items
    ]
    body = {"grant": grant.text, "keys": ["AQAB"], "envelopes": envelopes}
    assert world.post("/v1/grants", body).status_code == 201
    assert len(world.send(world.use(grant, items)).json()["items"]) == 6


def test_a_stranger_makes_the_vault_load_nothing(world: World) -> None:
    items = large_items(world, 5, 7)
    grant = world.granted(items)
    stranger = world.newcomer()
    stranger.register_partner()
    answer = world.send(world.use(grant, items, key=stranger.partner))
    assert answer.json()["code"] == "grant-unknown"


def test_requests_of_one_moment_that_open_too_much_together_are_answered_each_by_itself(
    world: World,
) -> None:
    large = Item(os.urandom(16), 1, {os.urandom(16): os.urandom(5 << 20) for _ in range(2)})
    item = world.write_item(large)
    grant = world.granted([item], max_uses=20)
    key = PartnerKey(world.domain, world.partner.public)
    uses = [world.use(grant, [item]) for _ in range(8)]
    moment = [[Asked(use, key.domain, number)] for number, use in enumerate(uses)]
    service = world.service
    with (
        closing(connect(service.settings.database_url)) as connection,
        pytest.raises(TooMuchAtOnce),
        writing(connection) as transaction,
    ):
        service._uses(transaction, moment)

    async def all_at_once() -> list[Any]:
        sent = [[Sent(use.raw, key, number)] for number, use in enumerate(uses)]
        return await asyncio.gather(*map(service.use, sent))

    answers = [answer for (answer,) in asyncio.run(all_at_once())]
    assert all(isinstance(one, Answer) and len(one.items) == 1 for one in answers)
    assert len({one.receipt for one in answers}) == len(uses)
