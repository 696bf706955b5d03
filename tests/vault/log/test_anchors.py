"""Checkpoints reach a chain exactly once, and the vault signs only what stands there."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from anchor.chain.finality import Finality
from anchor.chain.memory import MemoryChain
from anchor.chain.outbox import Become, Sign
from anchor.errors import ChainError, ChainUnreachable, ForkError
from anchor.records.anchored import Anchor as AnchorRecord
from anchor.records.signed import by
from anchor.records.signed import verify as verify_signed
from anchor.verify import verify
from tests.vault.log.town import LOG_KEY, LOG_ORIGIN, NOW, RECORDS_KEY, Town
from vault.db import Connection, reading, writing
from vault.errors import ReadOnly
from vault.keyring import Keyring
from vault.log import leases
from vault.log.anchors import Anchoring, is_due
from vault.log.destination import Destination, Due, current_chain, meet
from vault.log.guard import Halted, log_id_of
from vault.log.leases import Lease, LeaseHeld, LeaseLost
from vault.log.proofs import Proofs
from vault.log.sequence import publish, sequence
from vault.log.store import Checkpoints, Stored
from vault.worker import Worker
from vault.worker.duties import ANCHOR, AUDIT, SEQUENCE

AT_ONCE = Due(seconds=0, entries=1)
TICK = timedelta(seconds=20)


class Clock:
    """Time that passes when told to."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> Any:
        return self.now


class Site:
    """A town, a chain in memory, and a worker between them."""

    def __init__(self, town: Town, finality: str = "depth:2", due: Due = AT_ONCE) -> None:
        self.town, self.clock = town, Clock()
        self.chain = MemoryChain(Finality.parse(finality), base_fee_wei=10**9)
        self.due = due
        self._workers: list[Worker] = []
        self.worker = self.another_worker()

    def another_worker(self) -> Worker:
        worker = Worker(
            self.town.url,
            Keyring(RECORDS_KEY, LOG_KEY),
            reach=lambda _: self.destination(),
            clock=self.clock,
        )
        self._workers.append(worker)
        return worker

    def close(self) -> None:
        for worker in self._workers:
            worker.close()

    def destination(self, chain: Any = None) -> Destination:
        return Destination.of(chain or self.chain, self.chain.finality, self.due)

    def grow(self, count: int = 1) -> int:
        """Uses, sequenced and published; the log's size."""
        self.town.use(self.town.households[0], count)
        with writing(self.town.connection) as transaction:
            batch = sequence(transaction, LOG_KEY, int(self.clock.now.timestamp()))
        publish(self.town.connection, LOG_ORIGIN, None)
        assert batch is not None
        return batch.size

    def turn(self, times: int = 1) -> None:
        """Let the worker do its duty, and blocks and time pass."""
        for _ in range(times):
            self.worker.duties.anchor()
            self.chain.mine()
            self.clock.now += TICK

    def statuses(self) -> list[str]:
        return [str(status) for (status,) in self.town.rows("SELECT status FROM anchors ORDER BY size")]

    def records(self) -> list[AnchorRecord]:
        rows: list[Any] = self.town.rows("SELECT raw FROM anchor_records ORDER BY size")
        return [verify_signed(raw, AnchorRecord, by(RECORDS_KEY.public)).record for (raw,) in rows]

    def roots(self) -> list[tuple[int, bytes]]:
        """What the newest checkpoint of every anchored size says, to hold against the chain."""
        with reading(self.town.connection) as transaction:
            checkpoints = Checkpoints(transaction, LOG_ORIGIN)
            stored = [checkpoints.at(size) for size, _ in self.chain.anchored()]
        return [(one.size, one.root) for one in stored if one]


@pytest.fixture
def site(acme_town: Town) -> Iterator[Site]:
    with closing(Site(acme_town)) as site:
        yield site


@pytest.fixture
def careless_site(acme_town: Town) -> Iterator[Site]:
    """A chain that promises nothing."""
    with closing(Site(acme_town, finality="none")) as site:
        yield site


def stored(size: int, time: int) -> Stored:
    return Stored(size, bytes(32), b"", time)


@pytest.mark.parametrize(
    ("planned", "oldest", "newest", "now", "due"),
    [
        (0, None, None, 10_000, False),  # nothing was ever published
        (9, stored(9, 0), stored(9, 0), 10_000, False),  # nothing new
        (0, stored(5, 1000), stored(9, 1100), 1599, False),  # too young, too few
        (0, stored(5, 1000), stored(9, 1100), 1600, True),  # the oldest waited long enough
        (0, stored(5, 1000), stored(100, 1001), 1002, True),  # so many wait
        (1, stored(5, 1000), stored(100, 1001), 1002, False),  # one fewer
        (0, None, stored(9, 0), 10_000, False),
    ],
)
def test_an_anchor_is_due_by_age_or_by_number(
    *, planned: int, oldest: Stored | None, newest: Stored | None, now: int, due: bool
) -> None:
    assert is_due(Due(600, 100), planned=planned, oldest=oldest, newest=newest, now=now) is due


def test_a_checkpoint_becomes_final_and_the_vault_signs_where(site: Site) -> None:
    size = site.grow(3)
    site.turn(1)
    assert site.statuses() == ["sent"]
    site.turn(1)
    assert site.statuses() == ["mined"]
    assert site.records() == []
    site.turn(2)
    assert site.statuses() == ["final"]
    (record,) = site.records()
    assert (record.size, record.finality, record.development) == (size, "depth:2", True)
    block = site.chain.block_at(record.block)
    assert block is not None
    assert block.hash == record.block_hash
    assert site.chain.anchored() == site.roots()


def test_a_proof_against_the_anchored_checkpoint_verifies_with_its_anchor(site: Site) -> None:
    site.grow(3)
    site.turn(4)
    site.grow(2)
    with reading(site.town.connection) as transaction:
        chain = current_chain(transaction)
        proofs = Proofs(transaction, LOG_ORIGIN, chain)
        files = [bytes(proofs.of(one.hash, anchored=True)) for one in site.town.receipts[:3]]
    for file in files:
        verified = verify(file, site.town.trust(chain))
        assert verified.anchor is not None
        assert verified.checkpoint.size == 3


def test_one_anchor_is_in_flight_and_the_next_is_the_newest(site: Site) -> None:
    site.chain.automine = False
    site.grow()
    site.worker.duties.anchor()
    for _ in range(3):
        site.grow()
        site.worker.duties.anchor()
        assert site.statuses() == ["sent"]
    site.chain.automine = True
    site.turn(8)
    assert [size for size, _ in site.chain.anchored()] == [1, 4]
    assert site.statuses() == ["final", "final"]


def test_an_unchanged_log_is_not_anchored_again(site: Site) -> None:
    site.grow()
    site.turn(5)
    attempts = site.town.rows("SELECT COUNT(*) FROM anchor_attempts")
    site.clock.now += timedelta(days=1)
    site.turn(3)
    assert site.town.rows("SELECT COUNT(*) FROM anchor_attempts") == attempts


# ── the process dies ─────────────────────────────────────────────────────────


class Killed(BaseException):
    """The process is gone. No ``except Exception`` may survive it."""


class Life:
    """How many things a process still does before it dies."""

    def __init__(self, left: int) -> None:
        self.left = left

    def tick(self) -> None:
        if self.left == 0:
            raise Killed
        self.left -= 1


class MortalConnection:
    """A connection of a process that dies between any two statements, or around a commit."""

    def __init__(self, inner: Connection, life: Life) -> None:
        self._inner, self._life = inner, life

    def __getattr__(self, name: str) -> Any:  # it stands for the connection
        found = getattr(self._inner, name)
        if name == "rollback":  # what the database does by itself when its client is gone
            return found

        def lived(*arguments: object) -> object:
            self._life.tick()
            return found(*arguments)

        return lived


class MortalChain:
    """The chain, for a process that dies before or after any call."""

    def __init__(self, inner: MemoryChain, life: Life) -> None:
        self._inner, self._life = inner, life

    def __getattr__(self, name: str) -> Any:  # it stands for the chain
        found = getattr(self._inner, name)
        if not callable(found):
            return found

        def lived(*arguments: object, **named: object) -> object:
            self._life.tick()
            answer = found(*arguments, **named)
            self._life.tick()
            return answer

        return lived


def live(site: Site, life: Life) -> None:
    """Anchor the newest checkpoint, as far as this life goes."""
    connection: Any = MortalConnection(site.town.connection, life)
    destination = site.destination(MortalChain(site.chain, life))
    for _ in range(5):
        now = int(site.clock.now.timestamp())
        with writing(connection) as transaction:
            lease = leases.take(transaction, "anchors", "mortal", now=now, until=now + 60)
        Anchoring(
            connection, destination, origin=LOG_ORIGIN, key=RECORDS_KEY, lease=lease, now=site.clock.now
        ).step()
        site.chain.mine()
        site.clock.now += TICK


def test_a_death_at_any_step_leaves_exactly_one_anchor(site: Site) -> None:
    deaths = 0
    while True:
        size = site.grow()
        try:
            live(site, Life(deaths))
        except Killed:
            deaths += 1
        else:
            break
        live(site, Life(10**6))
        assert site.statuses()[-1] == "final"
    assert deaths > 60
    attempts = site.town.rows("SELECT anchor, COUNT(*) FROM anchor_attempts GROUP BY anchor")
    assert [number for _, number in attempts] == [1] * size
    assert [anchored for anchored, _ in site.chain.anchored()] == list(range(1, size + 1))
    assert site.chain.anchored() == site.roots()
    assert [record.size for record in site.records()] == list(range(1, size + 1))


# ── the chain misbehaves ─────────────────────────────────────────────────────


def test_a_chain_that_does_not_answer_is_asked_again(site: Site) -> None:
    site.grow()
    site.worker.once()
    site.grow()
    site.chain.fail("down", 100)
    outcomes = {outcome.duty: outcome for outcome in site.worker.once()}
    assert type(outcomes[ANCHOR].error) is ChainUnreachable
    assert outcomes[SEQUENCE].error is None
    site.chain.fail("down", 0)
    site.turn(6)
    assert site.statuses() == ["final", "final"]


def test_a_worker_that_starts_while_the_chain_is_away_sequences_all_the_same(site: Site) -> None:
    site.chain.fail("down", 100)
    site.town.use(site.town.households[0])
    outcomes = {outcome.duty: outcome for outcome in site.worker.once()}
    assert outcomes[SEQUENCE].facts["size"] == 1
    assert site.statuses() == []
    site.chain.fail("down", 0)
    site.turn(5)
    assert site.statuses() == ["final"]


def test_a_lost_answer_does_not_anchor_twice(site: Site) -> None:
    site.grow()
    site.chain.fail("lose answer")
    with pytest.raises(ChainUnreachable):
        site.worker.duties.anchor()
    site.turn(5)
    assert site.statuses() == ["final"]
    assert len(site.chain.anchored()) == 1


def test_the_vaults_word_is_withdrawn_when_the_chain_loses_a_final_anchor(site: Site) -> None:
    site.grow()
    site.turn(5)
    assert len(site.records()) == 1
    before = site.records()[0]
    site.chain.reorg(6)
    outcomes = {outcome.duty: outcome for outcome in site.worker.once()}
    assert outcomes[AUDIT].facts == {"lost": 1}
    assert site.records() == []
    assert site.statuses() == ["sent"]
    site.turn(6)
    assert site.statuses() == ["final"]
    assert site.records()[0].block_hash != before.block_hash


def test_a_chain_without_finality_is_signed_for_at_inclusion_and_says_none(careless_site: Site) -> None:
    site = careless_site
    site.grow()
    site.turn(2)
    assert site.statuses() == ["mined"]
    assert [record.finality for record in site.records()] == ["none"]
    first = site.records()[0]
    site.chain.automine = False
    site.chain.reorg(3)
    site.worker.duties.anchor()
    assert site.records() == []
    site.turn(2)
    assert site.records()[0].block != first.block


def test_a_second_history_on_the_chain_halts_the_log_for_everybody(site: Site) -> None:
    site.grow(2)
    signed = site.chain.prepare(log_id_of(LOG_ORIGIN), 1, b"\x07" * 32, nonce=0, fees=site.chain.quote())
    site.chain.send(signed.raw)
    site.town.use(site.town.households[0])
    outcomes = {outcome.duty: outcome for outcome in site.worker.once()}
    assert type(outcomes[SEQUENCE].error) is ReadOnly
    assert type(outcomes[ANCHOR].error) is Halted
    other = site.another_worker()
    assert {type(outcome.error) for outcome in other.once() if outcome.duty == SEQUENCE} == {Halted}
    assert site.town.rows("SELECT COUNT(*) FROM log_halts") == [(1,)]
    assert site.town.rows("SELECT COUNT(*) FROM log_queue") == [(1,)]
    assert site.statuses() == []


def test_a_fork_that_shows_later_halts_the_log_too(site: Site) -> None:
    site.worker.duties.sequence()
    site.grow()
    site.turn(5)
    nonce = site.chain.next_nonce()
    signed = site.chain.prepare(log_id_of(LOG_ORIGIN), 9, b"\x07" * 32, nonce=nonce, fees=site.chain.quote())
    site.chain.send(signed.raw)
    outcomes = {outcome.duty: outcome for outcome in site.worker.once()}
    assert type(outcomes[ANCHOR].error) is ForkError
    site.town.use(site.town.households[0])
    assert site.worker.once()[0].duty == SEQUENCE
    assert site.town.rows("SELECT COUNT(*) FROM log_queue") == [(1,)]


def test_a_contract_whose_chain_changed_is_refused_unless_it_is_for_development(site: Site) -> None:
    class Public:
        """The same chain, not called a development chain."""

        development = False

        def __init__(self, code: bytes) -> None:
            self._code = code

        def __getattr__(self, name: str) -> Any:  # it stands for the chain
            return getattr(site.chain, name)

        def identity(self) -> Any:
            return replace(site.chain.identity(), code_hash=self._code)

    first, second = (site.destination(Public(code)) for code in (b"\x01" * 32, b"\x02" * 32))
    with writing(site.town.connection) as transaction:
        meet(transaction, first, 1)
        meet(transaction, first, 2)
        with pytest.raises(ChainError):
            meet(transaction, second, 3)
    with writing(site.town.connection) as transaction:
        found = current_chain(transaction)
    assert found is None or found.code_hash == b"\x01" * 32


# ── two workers ──────────────────────────────────────────────────────────────


def test_only_one_worker_anchors_until_the_other_is_gone(site: Site) -> None:
    site.grow()
    site.worker.duties.anchor()
    other = site.another_worker()
    with pytest.raises(LeaseHeld):
        other.duties.anchor()
    site.worker.close()
    other.duties.anchor()
    assert site.statuses() == ["mined"]


def test_a_worker_that_slept_too_long_writes_nothing_any_more(site: Site) -> None:
    site.grow()

    def taken(owner: str) -> Lease:
        now = int(site.clock.now.timestamp())
        with writing(site.town.connection) as transaction:
            return leases.take(transaction, "anchors", owner, now=now, until=now + 60)

    def anchoring(lease: Lease) -> Anchoring:
        return Anchoring(
            site.town.connection,
            site.destination(),
            origin=LOG_ORIGIN,
            key=RECORDS_KEY,
            lease=lease,
            now=site.clock.now,
        )

    sleeper = taken("sleeper")
    site.clock.now += timedelta(minutes=2)
    successor = taken("successor")
    assert successor.fence == sleeper.fence + 1
    with pytest.raises(LeaseLost):
        anchoring(sleeper).step()
    assert site.statuses() == []
    moves = anchoring(successor).step()
    assert [type(move) for _, move in moves] == [Sign]
    with pytest.raises(LeaseLost):
        anchoring(sleeper).step()
    assert any(isinstance(move, Become) for _, move in anchoring(successor).step())
