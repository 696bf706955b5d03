"""Bring published checkpoints onto a chain, and sign what stands there.

``anchor.chain.outbox`` decides what to do and does it; here is when a new anchor is due,
and the record the vault signs once its chain calls an anchor final. On a chain that
promises nothing (finality ``none``) the record is signed at inclusion, and says ``none``.
"""

from datetime import datetime

from anchor.chain.outbox import Anchor, Move, Outbox
from anchor.chain.port import verify_identity
from anchor.keys import SigningKey
from anchor.records.anchored import Anchor as AnchorRecord
from anchor.records.signed import Signed, sign
from vault.db import Connection, reading
from vault.log import guard
from vault.log.chain_proofs import fetch_chain_proofs
from vault.log.destination import Destination, Due
from vault.log.leases import Lease
from vault.log.outbox import SqlAnchorStore
from vault.log.store import Checkpoints, Stored


def is_due(due: Due, *, planned: int, oldest: Stored | None, newest: Stored | None, now: int) -> bool:
    """Whether a new anchor is due.

    ``planned`` is the largest size planned before, ``oldest`` the first checkpoint beyond
    it, ``newest`` the newest published one. A log that did not grow is not anchored again.
    """
    if oldest is None or newest is None or newest.size <= planned:
        return False
    return newest.size - planned >= due.entries or now - oldest.time >= due.seconds


class Anchoring:
    """One pass over the anchors of one log on one chain, by the worker that holds ``lease``.

    Raises:
        ChainError: it is another chain than before, or nobody answers.
    """

    def __init__(
        self,
        connection: Connection,
        destination: Destination,
        *,
        origin: str,
        key: SigningKey,
        lease: Lease,
        now: datetime,
    ) -> None:
        self._connection = connection
        self._to = destination
        self._origin = origin
        self._key, self._lease = key, lease
        self._now = now
        verify_identity(destination.chain, destination.identity)
        self._store = SqlAnchorStore(connection, lease, destination.target, self._attest)
        self._outbox = Outbox(
            self._store, destination.chain, guard.log_id_of(origin), self._root_of, destination.policy
        )

    def step(self) -> list[tuple[Anchor, Move]]:
        """Move what is on its way, and plan the newest checkpoint if it is due; the moves.

        Raises:
            ChainError, ForkError: as ``Outbox.step``.
            LeaseLost: another worker took over.
        """
        moves = self._outbox.step(self._now)
        moves += self._outbox.step(self._now) if self._plan() else []
        fetch_chain_proofs(self._connection, self._to, self._key, self._lease)
        return moves

    def audit(self) -> list[Anchor]:
        """Look at final anchors again; those the chain has lost.

        Raises as ``step`` does.
        """
        return self._outbox.audit(self._now)

    def _plan(self) -> Anchor | None:
        planned = self._store.newest_size()
        with reading(self._connection) as transaction:
            checkpoints = Checkpoints(transaction, self._origin)
            oldest, newest = checkpoints.first_after(planned), checkpoints.published()
        now = int(self._now.timestamp())
        if newest and is_due(self._to.due, planned=planned, oldest=oldest, newest=newest, now=now):
            return self._outbox.plan(newest.size, newest.root)
        return None

    def _root_of(self, size: int) -> bytes | None:
        with reading(self._connection) as transaction:
            return guard.root_at(transaction, self._origin, size)

    def _attest(self, anchor: Anchor) -> Signed[AnchorRecord] | None:
        """The vault's word for an anchor that stands, None for one that does not.

        Nor is there one for a root that got there by a transaction that is not ours to name.
        """
        stands = anchor.status == "final" or (anchor.status == "mined" and self._to.finality.kind == "none")
        if not stands or anchor.tx_hash is None or anchor.block_number is None or anchor.block_hash is None:
            return None
        record = AnchorRecord(
            log=self._origin,
            size=anchor.size,
            root=anchor.root,
            chain_id=self._to.identity.chain_id,
            chain=self._to.name,
            development=self._to.development,
            contract=self._to.identity.contract,
            transaction=anchor.tx_hash,
            block=anchor.block_number,
            block_hash=anchor.block_hash,
            finality=str(self._to.finality),
            time=self._now,
        )
        return sign(record, self._key)
