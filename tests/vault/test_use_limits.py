"""Uses in great number: a batch as large as a body may be, and many batches in one moment."""

import os
import sqlite3
from typing import Any

import pytest

from anchor.encoding import to_base64url
from tests.vault.world import World
from vault.db import SqliteConnection
from vault.http import LARGE_BODIES

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
