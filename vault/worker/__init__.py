"""What goes on beside the requests: the log grows, money is released, anchors travel.

::

    sequence   queued entries get their places, the checkpoint is signed and shown     1 s
    release    what the receipts in older ones earned becomes payable                  1 s
    witness    witnesses cosign the newest published checkpoint                        5 s
    anchor     published checkpoints go onto the chain                                 5 s
    sweep      what has expired is forgotten                                          60 s
    discard    objects that nothing speaks of are deleted from their store             5 s
    audit      is what was final on the chain still there?                           600 s
    announce   partners are told which receipts are committed                          5 s
    deliver    events travel to partners' servers                                      1 s
    prove      do partners' domains show their keys?                                   1 s

Several workers may run; leases let one of them do each duty. A duty that fails is tried
again and never keeps the others from their turn; those that wait for others have a
thread of their own, so that the log grows at its pace while a node is slow. If two
histories of the log come to light, the log is halted for every process, since anything
more would be signed over a contradiction. What each duty does is in ``duties.py``.
"""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from anchor.chain.compared import ChainDisagreement
from anchor.errors import AnchorError, ChainUnreachable, ForkError
from vault.blobs.objects import Objects, objects_of
from vault.db import Connection, writing
from vault.errors import ReadOnly, VaultError
from vault.keyring import Keyring, read_keys
from vault.log import guard
from vault.log.destination import Destination
from vault.log.guard import Halted
from vault.log.kept import KEPT_NAME, KeptCheckpoint
from vault.log.leases import LeaseHeld, LeaseLost
from vault.log.witnesses import Asked, asked
from vault.sandbox.clock import clock_of
from vault.service import Secrets, egress_of, now_utc
from vault.settings import Settings
from vault.webhooks.courier import Courier
from vault.worker.duties import (
    ANCHOR,
    ANNOUNCE,
    AUDIT,
    COVER,
    DELIVER,
    DISCARD,
    PROVE,
    RELEASE,
    SEQUENCE,
    SWEEP,
    WITNESS,
    Duties,
    Facts,
)
from vault.worker.metrics import DutyMetrics
from vault.worker.workplace import Reach, Workplace

PAUSE_SECONDS = 1.0
EVERY_SECONDS = {
    SEQUENCE: 0.0,
    RELEASE: 0.0,
    COVER: 1.0,
    WITNESS: 5.0,
    ANCHOR: 5.0,
    SWEEP: 60.0,
    DISCARD: 5.0,
    AUDIT: 600.0,
    ANNOUNCE: 5.0,
    DELIVER: 0.0,
    PROVE: 0.0,
}
HERE = (SEQUENCE, RELEASE, COVER, SWEEP, ANNOUNCE)
ELSEWHERE = {
    "worker elsewhere": (ANCHOR, AUDIT),
    "worker witnessed": (WITNESS,),
    "worker outward": (DELIVER,),
    "worker proving": (PROVE,),
    "worker storing": (DISCARD,),
}
"""Duties that wait for machines of others, in threads of their own."""

logger = structlog.get_logger()


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
        keys: Keyring,
        *,
        kept: KeptCheckpoint | None = None,
        reach: Reach | None = None,
        witnesses: Sequence[Asked] = (),
        courier: Courier | None = None,
        objects: Objects | None = None,
        holdback: timedelta = timedelta(0),
        clock: Callable[[], datetime] = now_utc,
    ) -> None:
        self.metrics = DutyMetrics()
        self._place = Workplace(database_url, clock, reach)
        self.duties = Duties(
            self._place,
            self.metrics,
            keys,
            kept=kept,
            witnesses=witnesses,
            courier=courier,
            objects=objects,
            holdback=holdback,
        )
        self._done_at: dict[str, float] = {}

    @classmethod
    def of(cls, settings: Settings, clock: Callable[[], datetime] = now_utc) -> "Worker":
        """The worker that the settings describe. Nothing is opened or asked yet.

        Raises:
            Unavailable: if a key is missing or damaged.
        """
        keys, clock = read_keys(settings.folder, settings.origin), clock_of(settings, clock)
        return cls(
            settings.database_url,
            keys,
            kept=KeptCheckpoint(settings.folder / KEPT_NAME, *keys.logs),
            reach=_reach(settings, keys.log.name) if settings.chain_rpc else None,
            witnesses=asked(settings),
            courier=Courier(egress_of(settings), Secrets.of(keys).webhooks, settings.mode, clock),
            objects=objects_of(settings),
            holdback=timedelta(days=settings.holdback_days),
            clock=clock,
        )

    def once(self) -> list[Outcome]:
        """Do every duty now."""
        return [self._attempt(duty) for duty in self.duties.by_name]

    def run(self, stop: threading.Event, pause: float = PAUSE_SECONDS) -> None:
        """Do each duty as often as it is due, until ``stop`` is set; then leave at once, cleanly."""
        logger.info("working")
        if not self._place.has_chain:
            logger.warning("no chain is configured: nothing is anchored")
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
        self._place.close()

    def _run(self, duties: Sequence[str], stop: threading.Event, pause: float) -> None:
        while not stop.is_set():
            for duty in duties:
                every = EVERY_SECONDS[duty]
                if not stop.is_set() and time.monotonic() - self._done_at.get(duty, -every) >= every:
                    self._attempt(duty)
            stop.wait(pause)
        self._place.disconnect()

    def _attempt(self, duty: str) -> Outcome:
        begun = self._done_at[duty] = time.monotonic()
        try:
            facts = self.duties.by_name[duty]()
        except Exception as error:  # noqa: BLE001 - one duty's fault is not the others'
            self.metrics.failed(duty, "elsewhere" if isinstance(error, LeaseHeld | LeaseLost) else "failed")
            return Outcome(duty, {}, self._failed(duty, error))
        self.metrics.done(duty, time.monotonic() - begun)
        if facts:
            logger.info(duty, **facts)
        return Outcome(duty, facts)

    def _failed(self, duty: str, error: Exception) -> Exception:
        match error:
            case LeaseHeld() | LeaseLost():
                logger.debug("left to another worker", duty=duty)
            case ChainUnreachable():
                logger.warning("no answer from the chain: what became of it is unknown", duty=duty)
            case ChainDisagreement():
                logger.critical("two nodes disagree", duty=duty, reason=str(error))
                self.metrics.disagreed()
            case Halted():
                logger.error("not done, since the log is halted", duty=duty, reason=str(error))
            case ForkError() | ReadOnly():
                self._halt(str(error))
            case AnchorError() | VaultError():
                logger.error("failed", duty=duty, kind=type(error).__name__, reason=str(error))
            case _:
                self._fault(duty, error)
        return error

    def _fault(self, duty: str, error: Exception) -> None:
        """Begin again with a new connection. A driver's message may quote the row: its kind alone is told."""
        logger.error("failed", duty=duty, kind=type(error).__name__)
        self._place.disconnect()

    def _halt(self, reason: str) -> None:
        logger.critical("the log is halted", reason=reason)
        self.metrics.failed("halt", "halted")
        try:
            with writing(self._place.connection) as transaction:
                guard.halt(transaction, reason, self._place.seconds())
        except Exception as error:  # noqa: BLE001 - it is tried again with the duty that failed
            self._fault("halt", error)


def _reach(settings: Settings, log_origin: str) -> Reach:
    def reach(connection: Connection) -> Destination:
        from vault.log import evm  # noqa: PLC0415 - its libraries are an extra, and without a chain not needed

        return evm.reach(settings, log_origin, connection)

    return reach
