"""Owners, partners and an operator who do what they do, in any order and at the same time.

Four pairs of an owner and a partner share a vault of two instances. A round is a handful
of operations, drawn and signed beforehand and sent at once; an answer that is lost is
asked for again with the same bytes, and some old ones come again for no reason at all.
"""

import random
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import Any

from planetvault.audit import Audit, Movement, Records, audit, earned

from anchor.encoding import to_base64url
from anchor.records.consent import Ask, Grant
from anchor.records.signed import Signed
from anchor.records.trust import Trust, read_trust
from tests.books.failing import Failing, make_fail
from tests.vault.world import Item, World, settings_in, settle, vault_running
from vault.db import Transaction

PAIRS = 4
THREADS = 6
ROUND = 48
GRANTS_MAX = 6
TRIES = 40
FUNDS = 50_000_000
PRICES = (0, 1, 9, 10_001, 120_000, 99_999_999)
"""Free, too little for a fee, odd, usual, and more than anybody has."""
Send = Callable[[World], Any]


@dataclass
class Pair:
    """An owner, a partner, and what is between them."""

    world: World
    items: list[Item]
    grants: dict[bytes, tuple[Signed[Grant], Signed[Ask]]] = field(default_factory=dict)

    def a_grant(self, dice: random.Random) -> Signed[Grant]:
        """One of the newer grants; it may have ended, or never have stood."""
        return dice.choice(list(self.grants.values()))[0]


@dataclass
class Business:
    """A vault, those who use it, and what the operator booked."""

    instances: tuple[World, World]
    pairs: list[Pair]
    dice: random.Random
    failing: list[Failing]
    top_ups: list[tuple[str, bytes, int]] = field(default_factory=list)
    old: list[tuple[Pair, Send]] = field(default_factory=list)
    codes: Counter[str] = field(default_factory=Counter)
    done: int = 0
    _turns: Iterator[int] = field(default_factory=count)

    def run(self, operations: int) -> None:
        """At least so many operations, round after round."""
        until = self.done + operations
        while self.done < until:
            drawn = [self._draw() for _ in range(ROUND)]
            with ThreadPoolExecutor(THREADS) as threads:
                list(threads.map(self._send, drawn))
            self.done += len(drawn)
            self.old = (self.old + drawn)[-500:]

    def _send(self, drawn: tuple[Pair, Send]) -> None:
        pair, send = drawn
        for _ in range(TRIES):
            instance = self.instances[next(self._turns) % 2]
            answer = send(replace(pair.world, http=instance.http))
            if answer.status_code < 500:
                self.codes[answer.json().get("code", "done")] += 1
                return
        raise TimeoutError(f"no answer in {TRIES} tries: {answer.text}")

    def _draw(self) -> tuple[Pair, Send]:
        pair = self.dice.choice(self.pairs)
        kinds = [self._use, self._batch, self._grant, self._version, self._revoke, self._top_up]
        kind = self.dice.choices([*kinds, None], [60, 8, 6, 2, 3, 6, 15])[0]
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
            for _ in range(self.dice.randint(1, 8))
        ]
        return lambda world: world.http.post("/v1/uses", json={"uses": uses})

    def _grant(self, pair: Pair) -> Send:
        price, uses = self.dice.choice(PRICES), self.dice.randint(1, 60)
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
        )
        return self._give(pair, ask, grant)

    def _give(self, pair: Pair, ask: Signed[Ask], grant: Signed[Grant]) -> Send:
        pair.grants[grant.hash] = grant, ask
        if len(pair.grants) > GRANTS_MAX:
            del pair.grants[next(iter(pair.grants))]

        def send(world: World) -> Any:
            asked = world.http.post("/v1/asks", json={"ask": ask.text})
            return asked if asked.status_code >= 500 else world.give(grant, pair.items)

        return send

    def _revoke(self, pair: Pair) -> Send:
        grant = pair.a_grant(self.dice)
        body = {"revocation": pair.world.revocation(grant).text}
        return lambda world: world.post("/v1/revocations", body)

    def _top_up(self, pair: Pair) -> Send:
        key, amount = self.dice.randbytes(8).hex(), self.dice.randint(1, 3_000_000)
        self.top_ups.append((pair.world.domain, source_of(key), amount))
        return partial(World.top_up, amount=amount, key=key)


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
        pairs = [Pair(world, [world.write_item() for _ in range(3)]) for world in worlds]
        with first.second_instance() as second:
            dice = random.Random(seed)  # noqa: S311 - the same business again, from the same seed
            failing = [make_fail(one.service, dice, odds) for one in (first, second)]
            yield Business((first, second), pairs, dice, failing, arrivals(first))


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
    return Records(grants, revocations, receipts, tuple(business.top_ups))


@dataclass
class Claimed:
    """What the vault's books say, with an owner's accounts taken together under her key."""

    movements: list[Movement]
    balances: dict[str, int]


def claimed_by(transaction: Transaction, owners: dict[str, str]) -> Claimed:
    """Read transfers and balances as the vault wrote them."""
    rows = transaction.all("SELECT kind, source, debit, credit, amount FROM transfers")
    movements: list[Movement] = [
        (
            kind,
            to_base64url(source),
            owners.get(str(debit), str(debit)),
            owners.get(str(credit), str(credit)),
            amount,
        )
        for kind, source, debit, credit, amount in rows
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
    return Claimed(movements, {owners.get(name, name): amount for name, amount in kept.items()})


def trust_of(business: Business) -> Trust:
    """The vault's trust file."""
    return read_trust(business.instances[0].http.get("/v1/trust").content)


def verify_business(business: Business) -> tuple[Audit, Claimed]:
    """Return the audit, and the vault's books that agree with it to the last micro.

    Raises:
        BooksDisagree: if they do not.
    """
    first = business.instances[0]
    owners = {
        f"pending/{to_base64url(pair.world.account)}": earned(pair.world.pairwise.public)
        for pair in business.pairs
    }
    done = audit(records_of(business), trust_of(business))
    with first.database() as transaction:
        books = claimed_by(transaction, owners)
    done.verify_movements(books.movements)
    done.verify_balances(books.balances)
    assert sum(done.balances.values()) == 0
    return done, books
