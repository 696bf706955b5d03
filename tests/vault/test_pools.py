"""Pools: shared by the published formula, to the micro, over the uses that count and no other."""

from fractions import Fraction
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from anchor import merkle
from anchor.encoding import from_base64url, to_base64url
from anchor.records.offers import Offer
from anchor.records.pools import Division
from anchor.records.signed import Signed, by, verify
from tests.vault.world import Item, World
from vault.db import writing
from vault.keyring import read_keys
from vault.pools.flow import divide_ended
from vault.pools.rules import Line, divide
from vault.sweep import sweep

FUNDS, POT = 100_000_000, 1_000_003
lines = st.lists(st.integers(1, 10**6), max_size=20).map(
    lambda points: [Line(bytes([at]) * 32, bytes(16), one) for at, one in enumerate(points)]
)


@given(pot=st.integers(0, 2**53 - 1), lines=lines)
def test_the_shares_are_the_pot_and_each_is_its_part_to_less_than_a_micro(
    pot: int, lines: list[Line]
) -> None:
    shares, total = divide(pot, lines), sum(line.points for line in lines)
    assert sum(share.amount for share in shares) == (pot if lines else 0)
    for share in shares:
        exact = Fraction(pot * share.points, total)
        assert abs(share.amount - exact) < 1
    assert [share.before for share in shares] == [
        sum(line.points for line in lines[:place]) for place in range(len(lines))
    ]


@given(pot=st.integers(0, 10**9), lines=lines)
def test_who_has_more_points_has_not_less_but_for_the_micro_that_was_cut_off(
    pot: int, lines: list[Line]
) -> None:
    shares = divide(pot, lines)
    for one in shares:
        assert all(one.amount + 1 >= other.amount for other in shares if one.points >= other.points)


def test_the_examples_of_the_page() -> None:
    def amounts(pot: int, *points: int) -> list[int]:
        told = [Line(bytes([at]) * 32, bytes(16), one) for at, one in enumerate(points)]
        return [share.amount for share in divide(pot, told)]

    assert amounts(100, 1, 1, 1) == [33, 33, 34]
    assert amounts(100, 2, 5) == [28, 72]


# ── at the vault ─────────────────────────────────────────────────────────────────────────


def used(world: World, offer: Signed[Offer], times: int) -> Item:
    item = world.write_item()
    grant = world.grant(offer, price=0, budget=0)
    world.give(grant, [item]).raise_for_status()
    for _ in range(times):
        world.send(world.use(grant, [item])).raise_for_status()
    return item


def end(world: World) -> int:
    world.clock.pass_by(days=7, minutes=6)
    key = read_keys(world.settings.folder, world.settings.origin).records
    with world.database() as connection:
        sweep(connection, int(world.clock().timestamp()))
        with writing(connection) as transaction:
            divided = divide_ended(transaction, key, world.clock())
    world.log_in()
    return divided


def shares(world: World) -> list[Any]:
    data: list[Any] = world.get("/v1/pools").json()["data"]
    return data


def payable(world: World) -> int:
    return int(world.get("/v1/account").json()["balances"]["payable"])


def test_a_pot_is_shared_by_uses_and_every_share_leads_to_the_signed_root(world: World) -> None:
    offer, other = world.publish(campaign=0, pool=POT), world.neighbour()
    used(world, offer, 2)
    used(other, offer, 1)
    assert end(world) == 1
    other.log_in()
    (mine,), (theirs,) = shares(world), shares(other)
    vault_key = from_base64url(world.http.get("/v1/trust").json()["keys"][0])
    shown = world.http.get(f"/v1/pools/{to_base64url(offer.hash)}").json()["division"]
    division = verify(shown.encode(), Division, by(vault_key)).record
    assert (division.pot, division.points, division.grants) == (POT, 3, 2)
    for one in (mine, theirs):
        leaf = one["before"].to_bytes(8) + one["points"].to_bytes(8) + from_base64url(one["grant"])
        path = [from_base64url(step) for step in one["path"]]
        merkle.verify_inclusion(
            merkle.leaf_hash(leaf), index=one["index"], size=2, path=path, root=division.root
        )
    assert (mine["points"], theirs["points"]) == (2, 1)
    assert mine["amount"] + theirs["amount"] == POT
    assert (payable(world), payable(other)) == (mine["amount"], theirs["amount"])
    world.verify_books()


def test_a_pool_is_divided_once(world: World) -> None:
    used(world, world.publish(campaign=0, pool=POT), 1)
    assert end(world) == 1
    assert end(world) == 0
    assert payable(world) == POT


def test_a_pot_that_nobody_earned_goes_back(world: World) -> None:
    world.publish(campaign=0, pool=POT)
    end(world)
    assert shares(world) == []
    assert world.signed("GET", "/v1/balance").json()["funding"] == FUNDS
    world.verify_books()


def test_a_use_after_the_end_does_not_count(world: World) -> None:
    offer = world.publish(campaign=0, pool=POT)
    item = world.write_item()
    grant = world.grant(offer, price=0, budget=0)
    world.give(grant, [item]).raise_for_status()
    world.send(world.use(grant, [item])).raise_for_status()
    world.clock.pass_by(days=7)
    world.log_in()
    world.send(world.use(grant, [item])).raise_for_status()
    end(world)
    assert shares(world)[0]["points"] == 1
