"""Money under any order of events: what the columns say is always what the records say.

A machine plays owner and partner with chance: top-ups, grants, next versions, uses alone
and in batches, repeats, refusals, revocations, and time. After every step the books are
read a second time from the records alone (books.py), and the balances that each side is
shown are those of a model of a few lines.
"""

import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from anchor.records.consent import Grant
from anchor.records.signed import Signed
from tests.vault.world import Item, World, vault_running
from vault.grants.flow import LATE
from vault.payments.idempotency import LIFE
from vault.sweep import sweep

DICE = st.integers(0, 2**32).map(Random)
"""Chance that is the same in every run, and even: hypothesis alone prefers the smallest values."""
PRICES = [1, 9, 99, 10_001, 250_000, 0]
FEE = 1000


@dataclass
class Held:
    """A grant as the model knows it."""

    grant: Signed[Grant]
    uses: int = 0
    left: int = 0
    stands: bool = True


def _budget(dice: Random, price: int) -> int:
    return price * dice.randint(0, 6) + dice.choice([0, 0, 1])


class Machine(RuleBasedStateMachine):
    """One owner and one partner, new for every run, in a vault that many runs share."""

    vault: World
    runs = 0

    def __init__(self) -> None:
        super().__init__()
        Machine.runs += 1
        self.world = self.vault.newcomer(f"p{Machine.runs}.example")
        self.held: list[Held] = []
        self.sent: list[Signed[Any]] = []
        self.funding, self.earned = 0, 0
        self.booked: dict[str, tuple[int, datetime]] = {}

    @initialize()
    def settle(self) -> None:
        self.world.open_account()
        self.world.register_partner()
        self.world.pair()
        self.items: list[Item] = [self.world.write_item() for _ in range(2)]
        self._top_up(5_000_000, f"{Machine.runs}-first")

    @rule(dice=DICE)
    def top_up(self, dice: Random) -> None:
        amount, key = dice.randint(1, 3_000_000), dice.choice(["one", "two", os.urandom(8).hex()])
        self._top_up(amount, f"{Machine.runs}-{key}")

    def _top_up(self, amount: int, key: str) -> None:
        answer = self.world.top_up(amount, key)
        before, at = self.booked.setdefault(key, (amount, self.world.clock()))
        remembered = self.world.clock() < at + LIFE
        assert answer.status_code == (409 if not remembered else 201 if amount == before else 422)
        if answer.status_code == 201 and "idempotent-replayed" not in answer.headers:
            self.funding += amount

    @rule(dice=DICE)
    def give(self, dice: Random) -> None:
        price = dice.choice(PRICES)
        terms = {"price": price, "budget": _budget(dice, price), "max_uses": dice.randint(1, 6)}
        ask = self.world.ask(**terms)
        if self.world.http.post("/v1/asks", json={"ask": ask.text}).status_code == 409:
            return  # too many wait already: asks whose grants could not be paid
        expires = self.world.clock() + timedelta(days=dice.choice([1, 90]))
        self._hold(self.world.grant(ask, expires=expires, **terms), None)

    @rule(dice=DICE)
    def follow(self, dice: Random) -> None:
        before = self._pick(dice)
        if before is None or not before.stands or before.uses == before.grant.record.max_uses:
            return
        old = before.grant.record
        price = min(dice.choice(PRICES), old.price)
        terms: dict[str, Any] = {
            "id": old.id,
            "version": old.version + 1,
            "prev": before.grant.hash,
            "ask": old.ask,
            "price": price,
            "budget": min(before.left, _budget(dice, price)),
            "max_uses": dice.randint(1, old.max_uses - before.uses),
            "not_before": old.not_before,
            "expires": old.expires,
        }
        self._hold(self.world.grant(None, **terms), before)

    def _hold(self, grant: Signed[Grant], before: Held | None) -> None:
        record = grant.record
        reserve = min(record.budget, record.price * record.max_uses)
        back = before.left if before else 0
        answer = self.world.give(grant, self.items)
        if reserve > self.funding + back:
            assert answer.status_code == 402
            return
        if self.world.clock() >= record.expires:
            assert answer.status_code in {400, 409}
            return
        assert answer.status_code == 201, answer.text
        self.funding += back - reserve
        if before:
            before.stands, before.left = False, 0
        self.held.append(Held(grant, left=reserve))

    @rule(dice=DICE)
    def use(self, dice: Random) -> None:
        held = self._pick(dice)
        if held is None:
            return
        count, purpose = dice.randint(1, 4), dice.choice(["", "", "", "dpv:Advertising"])
        terms = {"purpose": purpose} if purpose else {}
        uses = [self.world.use(held.grant, self.items[: 1 + i % 2], **terms) for i in range(count)]
        body = {"uses": [use.text for use in (*uses, uses[0])]}
        answers = self.world.http.post("/v1/uses", json=body).json()["answers"]
        opened = {one["receipt"] for one in answers if "receipt" in one}
        self._pay(held, len(opened), count, allowed=not purpose)
        self.sent += [use for use, one in zip(uses, answers, strict=False) if "receipt" in one]

    @rule(dice=DICE)
    def use_alone(self, dice: Random) -> None:
        held = self._pick(dice)
        if held is not None:
            use = self.world.use(held.grant, self.items)
            answer = self.world.send(use)
            self._pay(held, int(answer.status_code == 200), 1, allowed=True)
            self.sent += [use] if answer.status_code == 200 else []

    def _pay(self, held: Held, opened: int, asked: int, *, allowed: bool) -> None:
        record = held.grant.record
        in_time = record.not_before <= self.world.clock() < record.expires
        affordable = held.left // record.price if record.price else asked
        possible = min(record.max_uses - held.uses, affordable) if held.stands and in_time and allowed else 0
        assert opened == min(asked, possible)
        held.uses += opened
        held.left -= opened * record.price
        self.earned += opened * (record.price - record.price * FEE // 10_000)

    @rule(dice=DICE)
    def repeat(self, dice: Random) -> None:
        if self.sent:
            answer = self.world.send(dice.choice(self.sent))
            assert answer.status_code == 200

    @rule(dice=DICE)
    def revoke(self, dice: Random) -> None:
        held = self._pick(dice)
        if held is None:
            return
        answer = self.world.revoke(held.grant)
        if held.stands:
            assert answer.status_code == 201
            self.funding += held.left
            held.stands, held.left = False, 0
        else:
            assert answer.status_code in {201, 409}

    @rule(hours=st.sampled_from([1, 2, 24, 24 * 60]))
    def pass_time(self, hours: int) -> None:
        """Grants last a day or ninety, so this may end some."""
        self.vault.clock.pass_by(hours=hours)
        with self.world.database() as connection:
            sweep(connection, int(self.world.clock().timestamp()))
        for held in self.held:
            if held.stands and self.world.clock() >= held.grant.record.expires + LATE:
                self.funding += held.left
                held.stands, held.left = False, 0
        self.world.log_in()

    def _pick(self, dice: Random) -> Held | None:
        """Any grant, but more often one that stands."""
        among = [held for held in self.held if held.stands] if dice.random() < 0.8 else []
        among = among or self.held
        return dice.choice(among) if among else None

    @invariant()
    def the_books_are_in_order(self) -> None:
        self.world.verify_books()

    @invariant()
    def each_side_is_shown_what_it_has(self) -> None:
        if not self.world.session:
            return
        mine = self.world.signed("GET", "/v1/balance").json()
        assert (mine["funding"], mine["escrow"]) == (self.funding, sum(held.left for held in self.held))
        hers = self.world.get("/v1/account").json()["balances"]
        assert (hers["pending"], hers["payable"], hers["paid"]) == (self.earned, 0, 0)


EVENTS = {"top-up", "reserve", "share", "return", "lapse", "revoked", "superseded", "expired"}
PLAYS_MAX = 5


@pytest.mark.parametrize("vault_url", ["sqlite"], indirect=True)
def test_money_is_what_the_records_say_whatever_happens(tmp_path: Path, vault_url: str) -> None:
    play(tmp_path, vault_url, examples=30, steps=25)


@pytest.mark.parametrize("vault_url", ["postgresql"], indirect=True)
def test_money_is_what_the_records_say_on_the_other_database_too(tmp_path: Path, vault_url: str) -> None:
    play(tmp_path, vault_url, examples=20, steps=25)


def play(folder: Path, url: str, *, examples: int, steps: int) -> None:
    """Once, and again while chance left something out: a machine that is always refused proves nothing."""
    with vault_running(folder, url) as vault:
        Machine.vault = vault
        for number in range(PLAYS_MAX):
            run_state_machine_as_test(
                seed(number)(Machine),
                settings=settings(
                    max_examples=examples,
                    stateful_step_count=steps,
                    suppress_health_check=list(HealthCheck),
                    phases=[Phase.generate],  # a failing run is told as it was: each try takes seconds
                ),
            )
            if not (left_out := never_happened(vault)):
                return
    raise AssertionError(f"in {PLAYS_MAX} plays there was no {', '.join(left_out)}")


def never_happened(vault: World) -> list[str]:
    """Which kinds of event were not seen."""
    with vault.database() as transaction:
        seen = {row[0] for row in transaction.all("SELECT DISTINCT kind FROM transfers")}
        fees = "fee" in seen
        seen |= {row[0] for row in transaction.all("SELECT DISTINCT state FROM grant_chains")}
        codes = {row[0] for row in transaction.all("SELECT DISTINCT code FROM refusals")}
        receipts, fee = transaction.one("SELECT COUNT(*), COALESCE(SUM(fee), 0) FROM receipts") or (0, 0)
    assert fees == (fee > 0)  # of some prices the fee is nothing
    enough = {"three kinds of refusal": len(codes) >= 3, "ten receipts": receipts > 10}
    return [*sorted(EVENTS - seen), *(name for name, met in enough.items() if not met)]
