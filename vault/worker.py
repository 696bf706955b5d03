"""What goes on beside the requests: the log grows, money is released, anchors travel.

::

    sequence   queued entries get their places, the checkpoint is signed and shown     1 s
    release    what the receipts in older ones earned becomes payable                  1 s
    witness    witnesses cosign the newest published checkpoint                        5 s
    anchor     published checkpoints go onto the chain                                 5 s
    sweep      what has expired is forgotten                                          60 s
    audit      is what was final on the chain still there?                           600 s
    announce   partners are told which receipts are committed                          5 s
    deliver    events travel to partners' servers                                      1 s
    prove      do partners' domains show their keys?                                   1 s

Several workers may run; leases let one of them do each duty. A duty that fails is tried
again and never keeps the others from their turn; those that wait for others have a
thread of their own, so that the log grows at its pace while a node is slow. If two
histories of the log come to light, the log is halted for every process, since anything
more would be signed over a contradiction.
"""

import secrets
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog

from anchor.chain.compared import ChainDisagreement
from anchor.errors import AnchorError, ChainError, ChainUnreachable, ForkError
from anchor.keys import SigningKey
from anchor.note import NoteKey
from vault.blobs.flow import sweep as sweep_objects
from vault.blobs.objects import Objects, objects_of
from vault.db import Connection, Transaction, connect, reading, writing
from vault.errors import ReadOnly, VaultError
from vault.evidence import flow as evidence
from vault.keyring import Keyring, read_keys
from vault.log import guard, leases
from vault.log.anchors import Anchoring
from vault.log.destination import Destination, meet
from vault.log.guard import Halted
from vault.log.kept import KEPT_NAME, KeptCheckpoint
from vault.log.leases import Lease, LeaseHeld, LeaseLost
from vault.log.sequence import BATCH_MAX, publish, sequence
from vault.log.store import Checkpoints, Entries, Stored
from vault.log.witnesses import Asked, asked, cosign
from vault.partners.proofs import look
from vault.payments.release import Covering, release, released_size
from vault.pools.flow import DIVIDED_MAX, divide_ended
from vault.sandbox.clock import clock_of
from vault.service import Secrets, egress_of
from vault.settings import Settings
from vault.sweep import sweep
from vault.webhooks.courier import Courier, announce_receipts, announced_size
from vault.worker_metrics import DutyMetrics

PAUSE_SECONDS = 1.0
SEQUENCE, RELEASE, COVER, WITNESS = "sequence", "release", "cover", "witness"
ANCHOR, SWEEP, AUDIT = "anchor", "sweep", "audit"
ANNOUNCE, DELIVER, PROVE = "announce", "deliver", "prove"
EVERY_SECONDS = {
    SEQUENCE: 0.0,
    RELEASE: 0.0,
    COVER: 1.0,
    WITNESS: 5.0,
    ANCHOR: 5.0,
    SWEEP: 60.0,
    AUDIT: 600.0,
}
EVERY_SECONDS |= {ANNOUNCE: 5.0, DELIVER: 0.0, PROVE: 0.0}
HERE = (SEQUENCE, RELEASE, COVER, SWEEP, ANNOUNCE)
ELSEWHERE = {
    "worker elsewhere": (WITNESS, ANCHOR, AUDIT),
    "worker outward": (DELIVER,),
    "worker proving": (PROVE,),
}
"""Duties that wait for machines of others, in threads of their own."""

LOG, ANCHORS = "log", "anchors"
LEASE_SECONDS = {LOG: 10, ANCHORS: 60}
"""How long the others wait for a worker that died. Long enough for one duty while all answers come."""
BATCHES_MAX = 20
"""Batches between two checkpoints that are shown: behind a long queue, owners should not wait for its end."""
RELEASE_MAX = 5000
"""Entries whose money moves in one transaction."""

Facts = Mapping[str, object]
"""What a duty did, for the log line; empty if there was nothing to do."""

log = structlog.get_logger()


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one duty: what it did, or why it could not."""

    duty: str
    facts: Facts
    error: Exception | None = None


class Worker:
    """Does the duties of one vault, on a connection of its own for each thread.

    ``kept`` is the checkpoint file beside the database. ``reach`` asks the chain who it
    is, again and again until it answers; without it nothing is anchored. ``witnesses``
    are asked for cosignatures. ``holdback`` is how old a checkpoint is when money follows it.
    """

    def __init__(
        self,
        database_url: str,
        *,
        records: SigningKey,
        log: NoteKey,
        kept: KeptCheckpoint | None = None,
        reach: Callable[[Connection], Destination] | None = None,
        witnesses: Sequence[Asked] = (),
        courier: Courier | None = None,
        objects: Objects | None = None,
        holdback: timedelta = timedelta(0),
        clock: Callable[[], datetime] = _now,
    ) -> None:
        self._database_url = database_url
        self._records, self._log = records, log
        self._kept, self._reach = kept, reach
        self._witnesses = tuple(witnesses)
        self._courier = courier
        self._objects = objects
        self._holdback = holdback
        self._destination: Destination | None = None
        self._reaching = threading.Lock()
        self._history_checked = False
        self._clock = clock
        self._owner, self._held = secrets.token_hex(8), False
        self._connections = threading.local()
        self._done_at: dict[str, float] = {}
        self.metrics = DutyMetrics()
        self._duties: dict[str, Callable[[], Facts]] = {
            SEQUENCE: self.sequence,
            RELEASE: self.release,
            COVER: self.cover,
            WITNESS: self.witness,
            ANCHOR: self.anchor,
            SWEEP: self.sweep,
            AUDIT: self.audit,
            ANNOUNCE: self.announce,
            DELIVER: self.deliver,
            PROVE: self.prove,
        }

    @classmethod
    def of(cls, settings: Settings, clock: Callable[[], datetime] = _now) -> "Worker":
        """The worker that the settings describe. Nothing is opened or asked yet.

        Raises:
            Unavailable: if a key is missing or damaged.
        """
        keys, clock = read_keys(settings.folder, settings.origin), clock_of(settings, clock)
        return cls(
            settings.database_url,
            records=keys.records,
            log=keys.log,
            kept=KeptCheckpoint(settings.folder / KEPT_NAME, *keys.logs),
            reach=_reach(settings, keys.log.name) if settings.chain_rpc else None,
            witnesses=asked(settings),
            courier=Courier(egress_of(settings), Secrets.of(keys).webhooks, settings.mode, clock),
            objects=objects_of(settings),
            holdback=timedelta(days=settings.holdback_days),
            clock=clock,
        )

    # ── when ─────────────────────────────────────────────────────────────────

    def once(self) -> list[Outcome]:
        """Do every duty now."""
        return [self._attempt(duty) for duty in self._duties]

    def run(self, stop: threading.Event, pause: float = PAUSE_SECONDS) -> None:
        """Do each duty as often as it is due, until ``stop`` is set; then leave at once, cleanly."""
        log.info("working")
        if self._reach is None:
            log.warning("no chain is configured: nothing is anchored")
        others = [
            threading.Thread(target=self._run, args=(duties, stop, pause), name=name)
            for name, duties in ELSEWHERE.items()
        ]
        for other in others:
            other.start()
        self._run(HERE, stop, pause)
        for other in others:
            other.join()
        self.close()

    @contextmanager
    def beside(self, pause: float = PAUSE_SECONDS) -> Iterator[None]:
        """Work in a thread of this process, for as long as the block lasts."""
        stop = threading.Event()
        thread = threading.Thread(target=self.run, args=(stop, pause), name="worker")
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()

    def close(self) -> None:
        """Give back the leases and let go of chain and database."""
        if self._destination is not None:
            self._destination.close()
            self._destination = None
        try:
            if self._held:
                with writing(self._connection) as transaction:
                    leases.give_back(transaction, self._owner)
        finally:
            self._disconnect()

    # ── what ─────────────────────────────────────────────────────────────────

    def sequence(self) -> Facts:
        """Empty the queue into the log, batch by batch, and show the newest checkpoint."""
        self._check_history()
        taken = self._sequence_all()
        shown = publish(self._connection, self._log.name, self._kept)
        return {"entries": taken, "size": shown.size} if shown else {}

    def release(self) -> Facts:
        """Let money follow the published checkpoints."""
        moved = 0
        while covering := self._not_released():
            with self._holding(LOG) as (transaction, _, now):
                guard.verify_running(transaction)
                moved += release(transaction, Covering(covering.size, covering.root), now)
        return {"micros": moved} if moved else {}

    def cover(self) -> Facts:
        """Sign the heads of evidence logs that have grown, and find where those before came to stand."""
        with reading(self._connection) as transaction:
            if not evidence.is_due(transaction):
                return {}
        with self._holding(LOG) as (transaction, _, _now):
            guard.verify_running(transaction)
            placed = evidence.place(transaction, self._log.name)
            vault = self._log.name.removesuffix("/log")
            keys = Keyring(self._records, self._log)
            covered = evidence.cover(transaction, keys, vault, self._clock())
        return {"covered": covered, "placed": placed} if covered or placed else {}

    def witness(self) -> Facts:
        """Ask witnesses to cosign what is published."""
        return cosign(self._connection, self._log.verifier, self._witnesses, self._seconds())

    def anchor(self) -> Facts:
        """Bring the newest checkpoint onto the chain, one move at a time."""
        if self._reach is None:
            return {}
        moves = self._anchoring(self._reached(self._reach)).step()
        told = [f"{anchor.size}: {type(move).__name__.lower()}" for anchor, move in moves]
        return {"moves": told} if told else {}

    def audit(self) -> Facts:
        """Look at final anchors again."""
        if self._reach is None:
            return {}
        destination = self._reached(self._reach)
        self.metrics.anchors_left(destination.chain.anchors_left())
        lost = self._anchoring(destination).audit()
        if lost:
            log.error("the chain lost final anchors", sizes=[anchor.size for anchor in lost])
        return {"lost": len(lost)} if lost else {}

    def sweep(self) -> Facts:
        """Forget what has expired."""
        swept = sweep(self._connection, self._seconds())
        swept["pools"] = self._divide_pools()
        if self._objects is not None:
            swept["objects"] = sweep_objects(self._connection, self._objects, self._seconds())
        return {table: count for table, count in swept.items() if count}

    def announce(self) -> Facts:
        """Tell partners which of their receipts are in a published checkpoint."""
        with reading(self._connection) as transaction:
            published = Checkpoints(transaction, self._log.name).published_size()
            if announced_size(transaction) >= published:
                return {}
        with self._holding(LOG) as (transaction, _, now):
            told = announce_receipts(transaction, published, now)
        return {"receipts": told} if told else {}

    def deliver(self) -> Facts:
        """Carry events to partners' servers."""
        return {} if self._courier is None else self._courier.deliver(self._connection)

    def prove(self) -> Facts:
        """Look whether partners' domains show their keys."""
        return {} if self._courier is None else look(self._connection, self._courier.egress, self._clock)

    def _divide_pools(self) -> int:
        divided = 0
        while True:
            with writing(self._connection) as transaction:
                guard.verify_running(transaction)
                some = divide_ended(transaction, self._records, self._clock())
            divided += some
            if some < DIVIDED_MAX:
                return divided

    # ── inside ───────────────────────────────────────────────────────────────

    def _run(self, duties: Sequence[str], stop: threading.Event, pause: float) -> None:
        while not stop.is_set():
            for duty in duties:
                every = EVERY_SECONDS[duty]
                if not stop.is_set() and time.monotonic() - self._done_at.get(duty, -every) >= every:
                    self._attempt(duty)
            stop.wait(pause)
        self._disconnect()

    def _attempt(self, duty: str) -> Outcome:
        begun = self._done_at[duty] = time.monotonic()
        try:
            facts = self._duties[duty]()
        except Exception as error:  # noqa: BLE001 - one duty's fault is not the others'
            self.metrics.failed(duty, "elsewhere" if isinstance(error, LeaseHeld | LeaseLost) else "failed")
            return Outcome(duty, {}, self._failed(duty, error))
        self.metrics.done(duty, time.monotonic() - begun)
        if facts:
            log.info(duty, **facts)
        return Outcome(duty, facts)

    def _failed(self, duty: str, error: Exception) -> Exception:
        match error:
            case LeaseHeld() | LeaseLost():
                log.debug("left to another worker", duty=duty)
            case ChainUnreachable():
                log.warning("no answer from the chain: what became of it is unknown, asking again", duty=duty)
            case ChainDisagreement():
                log.critical("two nodes disagree", duty=duty, reason=str(error))
                self.metrics.disagreed()
            case Halted():
                log.error("not done, since the log is halted", duty=duty, reason=str(error))
            case ForkError() | ReadOnly():
                self._halt(str(error))
            case AnchorError() | VaultError():
                log.error("failed", duty=duty, kind=type(error).__name__, reason=str(error))
            case _:
                self._fault(duty, error)
        return error

    def _fault(self, duty: str, error: Exception) -> None:
        """Begin again with a new connection. A driver's message may quote the row: its kind alone is told."""
        log.error("failed", duty=duty, kind=type(error).__name__)
        self._disconnect()

    def _halt(self, reason: str) -> None:
        log.critical("the log is halted", reason=reason)
        self.metrics.failed("halt", "halted")
        try:
            with writing(self._connection) as transaction:
                guard.halt(transaction, reason, self._seconds())
        except Exception as error:  # noqa: BLE001 - it is tried again with the duty that failed
            self._fault("halt", error)

    def _check_history(self) -> None:
        """Once in a life, before the first entry: is this still the newest database?"""
        if self._history_checked:
            return
        try:
            chain = self._reached(self._reach).chain if self._reach else None
        except ChainError as error:
            log.warning("not held against the chain, which the next anchor will be", reason=str(error))
            chain = None
        guard.verify_history(self._connection, self._log.name, self._kept, chain)
        self._history_checked = True

    def _reached(self, reach: Callable[[Connection], Destination]) -> Destination:
        with self._reaching:
            if self._destination is None:
                self._destination = self._met(reach(self._connection))
            return self._destination

    def _met(self, destination: Destination) -> Destination:
        try:
            with writing(self._connection) as transaction:
                meet(transaction, destination, self._seconds())
        except BaseException:
            destination.close()
            raise
        log.info("anchoring", chain=destination.name, contract=destination.identity.contract.hex())
        return destination

    def _sequence_all(self) -> int:
        taken = 0
        for _ in range(BATCHES_MAX):
            with reading(self._connection) as transaction:
                if not Entries(transaction).waiting():
                    break
            with self._holding(LOG) as (transaction, _lease, now):
                batch = sequence(transaction, self._log, now)
            taken += batch.taken if batch else 0
            if batch is None or batch.taken < BATCH_MAX:
                break
        return taken

    def _not_released(self) -> Stored | None:
        """The checkpoint to release up to: published and old enough, but not too much at once."""
        with reading(self._connection) as transaction:
            checkpoints = Checkpoints(transaction, self._log.name)
            old_enough = self._seconds() - int(self._holdback.total_seconds())
            since = released_size(transaction)
            until = checkpoints.newest_until(old_enough, checkpoints.published_size())
            if since >= until:
                return None
            step = checkpoints.last_within(since, min(until, since + RELEASE_MAX))
            return step or checkpoints.first_after(since)

    def _anchoring(self, destination: Destination) -> Anchoring:
        with self._holding(ANCHORS) as (transaction, lease, _):
            guard.verify_running(transaction)
        return Anchoring(
            self._connection,
            destination,
            origin=self._log.name,
            key=self._records,
            lease=lease,
            now=self._clock(),
        )

    @contextmanager
    def _holding(self, name: str) -> Iterator[tuple[Transaction, Lease, int]]:
        """A transaction under a lease, and the time in seconds."""
        now = self._seconds()
        until = now + LEASE_SECONDS[name]
        with writing(self._connection) as transaction:
            lease = leases.take(transaction, name, self._owner, now=now, until=until)
            self._held = True
            yield transaction, lease, now

    def _seconds(self) -> int:
        return int(self._clock().timestamp())

    @property
    def _connection(self) -> Connection:
        """This thread's."""
        found: Connection | None = getattr(self._connections, "open", None)
        if found is None:
            found = self._connections.open = connect(self._database_url)
        return found

    def _disconnect(self) -> None:
        found: Connection | None = getattr(self._connections, "open", None)
        if found is not None:
            self._connections.open = None
            found.close()


def _reach(settings: Settings, log_origin: str) -> Callable[[Connection], Destination]:
    def reach(connection: Connection) -> Destination:
        from vault.log import evm  # noqa: PLC0415 - its libraries are an extra, and without a chain not needed

        return evm.reach(settings, log_origin, connection)

    return reach
