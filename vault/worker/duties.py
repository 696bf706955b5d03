"""What a worker does, duty by duty. When, and what becomes of a failure, is told where the worker is."""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta

import structlog

from anchor.errors import ChainError
from vault.blobs.flow import sweep as sweep_objects
from vault.blobs.objects import Objects
from vault.db import reading, writing
from vault.evidence import flow as evidence
from vault.keyring import Keyring
from vault.log import guard
from vault.log.anchors import Anchoring
from vault.log.destination import Destination
from vault.log.kept import KeptCheckpoint
from vault.log.sequence import BATCH_MAX, publish, sequence
from vault.log.store import Checkpoints, Entries, Stored
from vault.log.witnesses import Asked, cosign
from vault.partners.proofs import look
from vault.payments.release import Covering, release, released_size
from vault.pools.flow import DIVIDED_MAX, divide_ended
from vault.sweep import sweep
from vault.webhooks.courier import Courier, announce_receipts, announced_size
from vault.worker.metrics import DutyMetrics
from vault.worker.workplace import ANCHORS, LOG, Workplace

SEQUENCE, RELEASE, COVER, WITNESS = "sequence", "release", "cover", "witness"
ANCHOR, SWEEP, AUDIT = "anchor", "sweep", "audit"
ANNOUNCE, DELIVER, PROVE, DISCARD = "announce", "deliver", "prove", "discard"

BATCHES_MAX = 20
"""Batches between two checkpoints that are shown: behind a long queue, owners should not wait for its end."""
RELEASE_MAX = 5000
"""Entries whose money moves in one transaction."""

Facts = Mapping[str, object]
"""What a duty did, for the log line; empty if there was nothing to do."""

logger = structlog.get_logger()


class Duties:
    """The duties of one vault.

    ``kept`` is the checkpoint file beside the database. ``witnesses`` are asked for cosignatures,
    ``holdback`` is how old a checkpoint is when money follows it. Without a courier nothing is
    carried to partners, without a chain at the workplace nothing is anchored.
    """

    def __init__(
        self,
        place: Workplace,
        metrics: DutyMetrics,
        keys: Keyring,
        *,
        kept: KeptCheckpoint | None = None,
        witnesses: Sequence[Asked] = (),
        courier: Courier | None = None,
        objects: Objects | None = None,
        holdback: timedelta = timedelta(0),
    ) -> None:
        self._place, self._metrics = place, metrics
        self._keys, self._log, self._kept = keys, keys.log, kept
        self._witnesses = tuple(witnesses)
        self._courier, self._objects = courier, objects
        self._holdback = holdback
        self._history_checked = False
        self.by_name: dict[str, Callable[[], Facts]] = {
            SEQUENCE: self.sequence,
            RELEASE: self.release,
            COVER: self.cover,
            WITNESS: self.witness,
            ANCHOR: self.anchor,
            SWEEP: self.sweep,
            DISCARD: self.discard,
            AUDIT: self.audit,
            ANNOUNCE: self.announce,
            DELIVER: self.deliver,
            PROVE: self.prove,
        }

    def sequence(self) -> Facts:
        """Empty the queue into the log, batch by batch, and show the newest checkpoint."""
        self._check_history()
        taken = self._sequence_all()
        shown = publish(self._place.connection, self._log.name, self._kept)
        return {"entries": taken, "size": shown.size} if shown else {}

    def release(self) -> Facts:
        """Let money follow the published checkpoints."""
        moved = 0
        while covering := self._not_released():
            with self._place.holding(LOG) as (transaction, _, now):
                guard.verify_running(transaction)
                moved += release(transaction, Covering(covering.size, covering.root), now)
        return {"micros": moved} if moved else {}

    def cover(self) -> Facts:
        """Sign the heads of evidence logs that have grown, and find where those before came to stand."""
        with reading(self._place.connection) as transaction:
            if not evidence.is_due(transaction):
                return {}
        with self._place.holding(LOG) as (transaction, _, _now):
            guard.verify_running(transaction)
            placed = evidence.place(transaction, self._log.name)
            vault = self._log.name.removesuffix("/log")
            covered = evidence.cover(transaction, self._keys, vault, self._place.clock())
        return {"covered": covered, "placed": placed} if covered or placed else {}

    def witness(self) -> Facts:
        """Ask witnesses to cosign what is published."""
        return cosign(self._place.connection, self._log.verifier, self._witnesses, self._place.seconds())

    def anchor(self) -> Facts:
        """Bring the newest checkpoint onto the chain, one move at a time."""
        if not self._place.has_chain:
            return {}
        moves = self._anchoring(self._place.chain()).step()
        told = [f"{anchor.size}: {type(move).__name__.lower()}" for anchor, move in moves]
        return {"moves": told} if told else {}

    def audit(self) -> Facts:
        """Look at final anchors again."""
        if not self._place.has_chain:
            return {}
        destination = self._place.chain()
        self._metrics.anchors_left(destination.chain.anchors_left())
        lost = self._anchoring(destination).audit()
        if lost:
            logger.error("the chain lost final anchors", sizes=[anchor.size for anchor in lost])
        return {"lost": len(lost)} if lost else {}

    def sweep(self) -> Facts:
        """Forget what has expired."""
        swept = sweep(self._place.connection, self._place.seconds())
        swept["pools"] = self._divide_pools()
        return {table: count for table, count in swept.items() if count}

    def discard(self) -> Facts:
        """Delete objects of blobs that nothing speaks of any more."""
        if self._objects is None:
            return {}
        gone = sweep_objects(self._place.connection, self._objects, self._place.seconds())
        return {"objects": gone} if gone else {}

    def announce(self) -> Facts:
        """Tell partners which of their receipts are in a published checkpoint."""
        with reading(self._place.connection) as transaction:
            published = Checkpoints(transaction, self._log.name).published_size()
            if announced_size(transaction) >= published:
                return {}
        with self._place.holding(LOG) as (transaction, _, now):
            told = announce_receipts(transaction, published, now)
        return {"receipts": told} if told else {}

    def deliver(self) -> Facts:
        """Carry events to partners' servers."""
        return {} if self._courier is None else self._courier.deliver(self._place.connection)

    def prove(self) -> Facts:
        """Look whether partners' domains show their keys."""
        return (
            {}
            if self._courier is None
            else look(self._place.connection, self._courier.egress, self._place.clock)
        )

    def _divide_pools(self) -> int:
        divided = 0
        while True:
            with writing(self._place.connection) as transaction:
                guard.verify_running(transaction)
                some = divide_ended(transaction, self._keys.records, self._place.clock())
            divided += some
            if some < DIVIDED_MAX:
                return divided

    def _check_history(self) -> None:
        """Once in a life, before the first entry: is this still the newest database?"""
        if self._history_checked:
            return
        try:
            chain = self._place.chain().chain if self._place.has_chain else None
        except ChainError as error:
            logger.warning("not held against the chain, which the next anchor will be", reason=str(error))
            chain = None
        guard.verify_history(self._place.connection, self._log.name, self._kept, chain)
        self._history_checked = True

    def _sequence_all(self) -> int:
        taken = 0
        for _ in range(BATCHES_MAX):
            with reading(self._place.connection) as transaction:
                if not Entries(transaction).waiting():
                    break
            with self._place.holding(LOG) as (transaction, _lease, now):
                batch = sequence(transaction, self._log, now)
            taken += batch.taken if batch else 0
            if batch is None or batch.taken < BATCH_MAX:
                break
        return taken

    def _not_released(self) -> Stored | None:
        """The checkpoint to release up to: published and old enough, but not too much at once."""
        with reading(self._place.connection) as transaction:
            checkpoints = Checkpoints(transaction, self._log.name)
            old_enough = self._place.seconds() - int(self._holdback.total_seconds())
            since = released_size(transaction)
            until = checkpoints.newest_until(old_enough, checkpoints.published_size())
            if since >= until:
                return None
            step = checkpoints.last_within(since, min(until, since + RELEASE_MAX))
            return step or checkpoints.first_after(since)

    def _anchoring(self, destination: Destination) -> Anchoring:
        with self._place.holding(ANCHORS) as (transaction, lease, _):
            guard.verify_running(transaction)
        return Anchoring(
            self._place.connection,
            destination,
            origin=self._log.name,
            key=self._keys.records,
            lease=lease,
            now=self._place.clock(),
        )
