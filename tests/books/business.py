"""Owners, partners and an operator who do what they do, in any order and at the same time.

Four partners, two of them with two owners, share a vault of two instances. A round is a handful
of operations, drawn and signed beforehand and sent at once; an answer that is lost is
asked for again with the same bytes, and some old ones come again for no reason at all.
"""

import random
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import Any

from planetvault.audit import Audit, Movement, Records, audit
from planetvault.audit_offers import Promised
from planetvault.audit_outflow import Outflow, Release

from anchor.encoding import to_base64url
from anchor.records.consent import Ask, Grant
from anchor.records.offers import Offer
from anchor.records.rewards import Redemption, Reward
from anchor.records.signed import Signed, hash_of
from anchor.records.trust import Trust, read_trust
from anchor.records.usage import Receipt
from tests.books.failing import Failing, calm, make_fail
from tests.vault import outflow
from tests.vault.outflow import operate
from tests.vault.world import Item, World, settings_in, settle, vault_running
from vault.db import Transaction
from vault.offers.flow import LATE
from vault.partners.store import Partners
from vault.worker import Worker

PAIRS = 4
NEIGHBOURS = 2
THREADS = 6
ROUND = 48
GRANTS_MAX = 6
TRIES = 40
RECENT = 30
OFFERED = 0.4
POT_MAX = 1_000_003
CROWD = 400
"""Uses in a large batch. Each is an operation, with a receipt or a refusal of its own."""
FUNDS = 5_000_000_000
PRICES = (0, 1, 9, 10_001, 120_000, 99_999_999)
"""Free, too little for a fee, odd, usual, and more than anybody has."""
Send = Callable[[World], Any]


@dataclass
class Pair:
    """An owner, a partner, and what is between them."""

    world: World
    items: list[Item]
    reward: Signed[Reward]
    receipts: list[bytes] = field(default_factory=list)
    claims: list[str] = field(default_factory=list)
    redemptions: list[Signed[Redemption]] = field(default_factory=list)
    grants: dict[bytes, tuple[Signed[Grant], Signed[Ask] | Signed[Offer]]] = field(default_factory=dict)
    offers: list[Signed[Offer]] = field(default_factory=list)

    def a_grant(self, dice: random.Random) -> Signed[Grant]:
        """One of the newer grants, often one to an offer; it may have ended, or never have stood."""
        all_of = [grant for grant, _ in self.grants.values()]
        offered = [grant for grant, ask in self.grants.values() if isinstance(ask.record, Offer)]
        return dice.choice(offered if offered and dice.random() < OFFERED else all_of)


@dataclass
class Business:
    """A vault, those who use it, and what the operator booked."""

    instances: tuple[World, World]
    pairs: list[Pair]
    dice: random.Random
    failing: list[Failing]
    worker: Worker
    top_ups: list[tuple[str, bytes, int]] = field(default_factory=list)
    old: list[tuple[Pair, Send]] = field(default_factory=list)
    codes: Counter[str] = field(default_factory=Counter)
    done: int = 0
    crowd: int = CROWD
    swept_at: datetime | None = None
    _turns: Iterator[int] = field(default_factory=count)

    def run(self, operations: int) -> None:
        """At least so many operations, round after round."""
        until = self.done + operations
        while self.done < until:
            drawn = [self._draw() for _ in range(ROUND)]
            with ThreadPoolExecutor(THREADS) as threads:
                list(threads.map(self._send, drawn))
            self.done += len(drawn)
            self._turn_the_worker()
            self.old = (self.old + drawn)[-500:]

    def pass_a_month(self) -> None:
        """Every offer ends and its pot is shared; what was redeemed long ago, and old grants, lapse."""
        clock = self.instances[0].clock
        clock.pass_by(days=31)
        self.worker.duties.sweep()
        self.swept_at = clock()
        self.old.clear()  # an idempotency key is not remembered for so long
        with calm(self.failing):
            for pair in self.pairs:
                pair.world.log_in()
        self.open_pots()

    def open_pots(self) -> None:
        """At the beginning of a month, since later the partners may have as many offers open as they may."""
        with calm(self.failing):
            for pair in self.pairs[:PAIRS]:
                self._earn_of_a_pot(pair)

    def _earn_of_a_pot(self, pair: Pair) -> None:
        """A pot for the owners of one partner, and uses of each: by chance alone a month may have none."""
        self._top_up(pair, POT_MAX)(pair.world).raise_for_status()
        offer = pair.world.publish(campaign=0, pool=self.dice.randint(1, POT_MAX), price=0, budget=0)
        for other in self.pairs:
            if other.world.domain == pair.world.domain:
                grant = other.world.grant(offer, price=0, budget=0)
                other.world.give(grant, other.items).raise_for_status()
                for _ in range(self.dice.randint(1, 5)):
                    use = other.world.use(grant, [self.dice.choice(other.items)])
                    other.world.send(use).raise_for_status()

    def _turn_the_worker(self) -> None:
        """The log grows every other round, and money follows it one round later: disputes come in between."""
        (self.worker.duties.sequence if next(self._turns) % 2 else self.worker.duties.release)()

    def _send(self, drawn: tuple[Pair, Send]) -> None:
        pair, send = drawn
        for _ in range(TRIES):
            instance = self.instances[next(self._turns) % 2]
            answer = send(replace(pair.world, http=instance.http))
            if answer.status_code < 500:
                self._hear(pair, answer.json())
                return
        raise TimeoutError(f"no answer in {TRIES} tries: {answer.text}")

    def _hear(self, pair: Pair, said: dict[str, Any]) -> None:
        self.codes[said.get("code", "done")] += 1
        answers = [said, *said.get("answers", [])]
        pair.receipts += [one["receipt"].encode() for one in answers if "receipt" in one]
        del pair.receipts[:-RECENT]

    def _draw(self) -> tuple[Pair, Send]:
        pair = self.dice.choice(self.pairs)
        kinds = [self._use, self._batch, self._grant, self._version, self._revoke, self._top_up]
        kinds += [self._dispute, self._decide, self._claim, self._pay, self._redeem, self._fulfil]
        kinds += [self._offer, self._answer, self._withdraw]
        kind = self.dice.choices([*kinds, None], [55, 8, 6, 2, 3, 6, 4, 4, 4, 4, 2, 2, 3, 8, 1, 15])[0]
        if kind is None and self.old:
            return self.dice.choice(self.old)
        if not pair.grants:
            kind = self._grant
        return pair, (kind or self._use)(pair)

    def _use(self, pair: Pair) -> Send:
        use = pair.world.use(pair.a_grant(self.dice), [self.dice.choice(pair.items)])
        return lambda world: world.send(use)

    def _batch(self, pair: Pair) -> Send:
        uses = [
            pair.world.use(pair.a_grant(self.dice), [self.dice.choice(pair.items)]).text
            for _ in range(self.dice.choice([2, 8, 8, self.crowd]))
        ]
        self.done += len(uses) - 1
        return lambda world: world.http.post("/v1/uses", json={"uses": uses})

    def _grant(self, pair: Pair) -> Send:
        price, uses = self.dice.choice(PRICES), self.dice.choice([1, 60, 5000])
        budget = self.dice.choice([price * uses, price * uses // 2 + 1, 10**9])
        terms = {"price": price, "max_uses": uses, "budget": budget}
        ask = pair.world.ask(**terms)
        return self._give(pair, ask, pair.world.grant(ask, **terms))

    def _version(self, pair: Pair) -> Send:
        """A grant that follows another, with fewer uses."""
        before, ask = self.dice.choice(list(pair.grants.values()))
        terms = before.record
        grant = pair.world.grant(
            ask,
            id=terms.id,
            version=terms.version + 1,
            prev=before.hash,
            price=terms.price,
            max_uses=max(terms.max_uses // 2, 1),
            budget=terms.budget,
            period_days=terms.period_days,
            paid_by_period=terms.paid_by_period,
        )
        return self._give(pair, ask, grant)

    def _give(self, pair: Pair, ask: Signed[Ask] | Signed[Offer], grant: Signed[Grant]) -> Send:
        pair.grants[grant.hash] = grant, ask
        if len(pair.grants) > GRANTS_MAX:
            del pair.grants[next(iter(pair.grants))]

        def send(world: World) -> Any:
            if isinstance(ask.record, Offer):
                return world.give(grant, pair.items)
            asked = world.http.post("/v1/asks", json={"ask": ask.text})
            return asked if asked.status_code >= 500 else world.give(grant, pair.items)

        return send

    def _revoke(self, pair: Pair) -> Send:
        grant = pair.a_grant(self.dice)
        body = {"revocation": pair.world.revocation(grant).text}
        return lambda world: world.post("/v1/revocations", body)

    def _offer(self, pair: Pair) -> Send:
        """An offer to everybody; some promise a pool, some more than there is."""
        price, uses = self.dice.choice(PRICES[:-1]), self.dice.randint(1, 30)
        campaign, pool = self.dice.choice([0, price * uses, 10**9]), self.dice.choice([0, 12_345, 1_000_003])
        weekly = {"period_days": 7, "paid_by_period": self.dice.random() < 0.5}
        terms = {"price": price, "max_uses": uses, "budget": price * uses, **weekly}
        offer = pair.world.offer(campaign=campaign, pool=pool, **terms)
        pair.offers = [*pair.offers, offer][-GRANTS_MAX:]
        return lambda world: world.http.post("/v1/offers", json={"offer": offer.text})

    def _answer(self, pair: Pair) -> Send:
        """A yes to an offer, which may not be there, may have ended, or may be spent."""
        offers = [
            one for other in self.pairs if other.world.domain == pair.world.domain for one in other.offers
        ]
        if not offers:
            return self._offer(pair)
        offer = self.dice.choice(offers)
        names = ("price", "max_uses", "budget", "period_days", "period_uses", "paid_by_period")
        grant = pair.world.grant(offer, **{name: getattr(offer.record, name) for name in names})
        pair.grants[grant.hash] = grant, offer
        return lambda world: world.give(grant, pair.items)

    def _withdraw(self, pair: Pair) -> Send:
        if not pair.offers:
            return self._offer(pair)
        withdrawal = pair.world.withdrawal(self.dice.choice(pair.offers))
        return lambda world: world.http.post("/v1/withdrawals", json={"withdrawal": withdrawal.text})

    def _top_up(self, pair: Pair, least: int = 1) -> Send:
        key, amount = self.dice.randbytes(8).hex(), self.dice.randint(least, 3_000_000)
        self.top_ups.append((pair.world.domain, source_of(key), amount))
        return partial(World.top_up, amount=amount, key=key)

    def _dispute(self, pair: Pair) -> Send:
        receipt = self._a_receipt(pair)
        key = self.dice.choice([pair.world.pairwise, pair.world.partner])
        return lambda world: outflow.put_dispute(world, receipt, key)

    def _decide(self, pair: Pair) -> Send:
        """About a dispute that may not have come yet, and may give back more than there is."""
        receipt = self._a_receipt(pair)
        key = self.dice.choice([pair.world.pairwise, pair.world.partner])
        share, fee = self.dice.choice([(0, 0), (1, 0), (54_000, 12_000), (108_000, 12_000), (10**9, 0)])
        name = to_base64url(outflow.dispute(pair.world, receipt, key).hash)
        body = {"dispute": name, "share": share, "fee": fee, "reason": "So it is."}
        return lambda world: operate(world, "/v1/decisions", body)

    def _a_receipt(self, pair: Pair) -> bytes:
        return hash_of(Receipt, self.dice.choice(pair.receipts)) if pair.receipts else bytes(32)

    def _claim(self, pair: Pair) -> Send:
        claim = outflow.claim(pair.world, self.dice.choice([10_000, 120_000, 1_000_000, 10**9]))
        pair.claims = [*pair.claims, to_base64url(claim.hash)][-RECENT:]
        return lambda world: world.post("/v1/claims", {"claim": claim.text})

    def _pay(self, pair: Pair) -> Send:
        claim = self.dice.choice(pair.claims) if pair.claims else to_base64url(bytes(32))
        outcome = self.dice.choice(["settled", "settled", "failed", "returned"])
        return lambda world: outflow.pay(world, claim, outcome)

    def _redeem(self, pair: Pair) -> Send:
        redemption = outflow.redemption(pair.world, pair.reward)
        pair.redemptions = [*pair.redemptions, redemption][-RECENT:]
        return lambda world: world.post("/v1/redemptions", {"redemption": redemption.text})

    def _fulfil(self, pair: Pair) -> Send:
        redeemed = self.dice.choice(pair.redemptions).hash if pair.redemptions else bytes(32)
        sealed = self.dice.choice([None, self.dice.randbytes(8)])
        body = outflow.fulfilment(pair.world, redeemed, sealed)
        return lambda world: world.http.post("/v1/fulfilments", json=body)


def source_of(key: str) -> bytes:
    """How a top-up under this key is named in the books."""
    return sha256(b"planetvault/topup/v1\0" + key.encode()).digest()


@contextmanager
def open_business(folder: Path, url: str, seed: int, odds: float) -> Iterator[Business]:
    """Open a vault whose database fails at so many of its statements, once everybody has arrived."""
    settings_in(folder, url)
    with vault_running(folder, url) as first:
        worlds = [first, *(first.newcomer(f"partner{i}.example") for i in range(1, PAIRS))]
        for world in worlds:
            settle(world, funds=FUNDS + 1)
        first.clock.pass_by(days=15)  # their accounts are old enough that money leaves them
        for world in worlds:
            world.log_in()
        pairs = [_pair(world) for world in (*worlds, *(one.neighbour() for one in worlds[:NEIGHBOURS]))]
        with first.second_instance() as second:
            dice = random.Random(seed)  # noqa: S311 - the same business again, from the same seed
            failing = [make_fail(one.service, dice, odds) for one in (first, second)]
            keys = first.service.keys
            worker = Worker(url, keys, clock=first.clock)
            try:
                business = Business((first, second), pairs, dice, failing, worker, arrivals(first))
                business.open_pots()
                yield business
            finally:
                worker.close()


def _pair(world: World) -> Pair:
    reward = outflow.offer_reward(world, price=50_000, stock=10**6)
    return Pair(world, [world.write_item() for _ in range(3)], reward)


def arrivals(world: World) -> list[tuple[str, bytes, int]]:
    """What was booked under keys that nobody wrote down, as everybody arrived."""
    with world.database() as transaction:
        rows = transaction.all("SELECT credit, source, amount FROM transfers")
    assert [row[2] for row in rows] == [FUNDS + 1] * PAIRS
    return [(row[0].removeprefix("funding/"), row[1], row[2]) for row in rows]


def records_of(business: Business) -> Records:
    """Everything that was signed, as an export of the database hands it over."""
    with business.instances[0].database() as transaction:
        grants, revocations, receipts = (
            [row[0] for row in transaction.all(f"SELECT raw FROM {table}")]  # noqa: S608 - three fixed words
            for table in ("grants", "revocations", "receipts")
        )
        owners = {pair.world.pairwise.public: pair.world.account for pair in business.pairs}
        outflow = _outflow(transaction, business.pairs)
        lapsed = {row[0] for row in transaction.all("SELECT source FROM transfers WHERE kind = 'lapse'")}
    return Records(
        grants,
        revocations,
        receipts,
        tuple(business.top_ups),
        owners=owners,
        lapsed_at=_late(business),
        lapsed=lapsed,
        outflow=outflow,
        promised=promised_by(business),
    )


def _late(business: Business) -> datetime | None:
    """Up to which end the vault has given back what grants and offers had left."""
    return business.swept_at and business.swept_at - LATE


def _outflow(transaction: Transaction, pairs: list[Pair]) -> Outflow:
    claims, payouts, rewards, redemptions = (
        [row[0] for row in transaction.all(f"SELECT raw FROM {table} ORDER BY id")]  # noqa: S608 - four fixed words
        for table in ("claims", "payouts", "rewards", "redemptions")
    )
    steps = transaction.all("SELECT account, since, size, root FROM release_steps ORDER BY size")
    places = transaction.all(
        "SELECT r.hash, e.position FROM log_entries e JOIN receipts r ON r.id = e.receipt"
    )
    fulfilled = transaction.all("SELECT fulfilment FROM redemptions WHERE fulfilment IS NOT NULL")
    lapsed = transaction.all("SELECT hash FROM redemptions WHERE state = 'unfulfilled'")
    return Outflow(
        releases=[Release(*row) for row in steps],
        indexes={row[0]: row[1] for row in places},
        disputes=[
            (row[0], row[1]) for row in transaction.all("SELECT raw, decision FROM disputes ORDER BY id")
        ],
        claims=claims,
        payouts=payouts,
        rewards=rewards,
        redemptions=redemptions,
        fulfilments=[row[0] for row in fulfilled],
        unfulfilled=[row[0] for row in lapsed],
        lockers={pair.world.account: [pair.world.device.public] for pair in pairs},
        partners={pair.world.domain: [pair.world.partner.public] for pair in pairs},
    )


def promised_by(business: Business) -> Promised:
    """What partners offered to everybody, and up to when it has ended."""
    with business.instances[0].database() as transaction:
        offers, withdrawals, divisions = (
            [row[0] for row in transaction.all(f"SELECT raw FROM {table}")]  # noqa: S608 - three fixed words
            for table in ("offers", "withdrawals", "divisions")
        )
        entries = {
            pair.world.domain: Partners(transaction).entries(pair.world.domain) for pair in business.pairs
        }
    return Promised(offers, withdrawals, entries, closed_at=_late(business), divisions=divisions)


@dataclass
class Claimed:
    """What the vault's books say."""

    movements: list[Movement]
    balances: dict[str, int]


def claimed_by(transaction: Transaction) -> Claimed:
    """Read transfers and balances as the vault wrote them."""
    rows = transaction.all("SELECT kind, source, debit, credit, amount FROM transfers")
    movements: list[Movement] = [
        (kind, to_base64url(source), debit, credit, amount) for kind, source, debit, credit, amount in rows
    ]
    kept = {row[0]: row[1] for row in transaction.all("SELECT account, amount FROM balances")}
    kept |= {
        f"escrow/{to_base64url(row[0])}": row[1]
        for row in transaction.all("SELECT grant_hash, escrow FROM grant_chains")
    }
    assert min(kept.values()) >= 0
    for summed_up in ("outside", "fee"):  # kept nowhere
        moved = [(row[3] == summed_up) * row[4] - (row[2] == summed_up) * row[4] for row in rows]
        kept[summed_up] = sum(moved)
    return Claimed(movements, kept)


def verify_at_every_point(transaction: Transaction) -> int:
    """Transfer by transfer, no account but the world's is ever below zero; how many there are.

    In the order of their numbers, which is that of time where one writes at a time: on SQLite.
    """
    held: Counter[str] = Counter()
    rows = transaction.all("SELECT debit, credit, amount FROM transfers ORDER BY id")
    for debit, credit, amount in rows:
        held[debit] -= amount
        held[credit] += amount
        assert debit == "outside" or held[debit] >= 0, f"{debit} was below zero"
    assert sum(held.values()) == 0
    return len(rows)


def trust_of(business: Business) -> Trust:
    """The vault's trust file."""
    return read_trust(business.instances[0].http.get("/v1/trust").content)


def verify_business(business: Business) -> tuple[Audit, Claimed]:
    """Return the audit, and the vault's books that agree with it to the last micro.

    Raises:
        BooksDisagree: if they do not.
    """
    first = business.instances[0]
    done = audit(records_of(business), trust_of(business))
    with first.database() as transaction:
        books = claimed_by(transaction)
    done.verify_movements(books.movements)
    done.verify_balances(books.balances)
    assert sum(done.balances.values()) == 0
    return done, books
