"""Bring published checkpoints onto a chain, and sign what stands there.

``anchor.chain.outbox`` decides what to do and does it; here is when a new anchor is due,
and the record the vault signs once its chain calls an anchor final. On a chain that
promises nothing (finality ``none``) the record is signed at inclusion, and says ``none``.
"""

from dataclasses import astuple, dataclass
from datetime import datetime
from hashlib import sha256

from anchor.chain.finality import Finality
from anchor.chain.outbox import Anchor, Move, Outbox, Policy
from anchor.chain.port import Chain, ChainIdentity, verify_identity
from anchor.keys import SigningKey
from anchor.records.anchored import Anchor as AnchorRecord
from anchor.records.signed import Signed, sign
from vault.db import Connection, reading
from vault.log import guard
from vault.log.leases import Lease
from vault.log.outbox import SqlAnchorStore
from vault.log.store import Checkpoints, Stored

CHAIN_NAME_MAX = 80


@dataclass(frozen=True, slots=True)
class Due:
    """Anchor when the oldest entry that no anchor covers waited so long, or so many wait."""

    seconds: int
    entries: int


def is_due(due: Due, *, planned: int, oldest: Stored | None, newest: Stored | None, now: int) -> bool:
    """Whether a new anchor is due.

    ``planned`` is the largest size planned before, ``oldest`` the first checkpoint beyond
    it, ``newest`` the newest published one. A log that did not grow is not anchored again.
    """
    if oldest is None or newest is None or newest.size <= planned:
        return False
    return newest.size - planned >= due.entries or now - oldest.time >= due.seconds


class Destination:
    """A chain, its rule of finality, and how eagerly to anchor there.

    ``identity`` is what makes it that chain. Without one, the chain that first answers is
    the one, as long as this process runs.
    """

    def __init__(
        self,
        chain: Chain,
        finality: Finality,
        due: Due,
        *,
        identity: ChainIdentity | None = None,
        policy: Policy | None = None,
    ) -> None:
        self.chain = chain
        self.finality = finality
        self.due = due
        self.policy = policy or Policy()
        self._identity = identity

    def verify(self) -> ChainIdentity:
        """Ask the chain who it is, and return that if it still is the same.

        Raises:
            ChainError: it is another chain, another contract or other code.
            ChainUnreachable: nobody answered.
        """
        if self._identity is None:
            self._identity = self.chain.identity()
        return verify_identity(self.chain, self._identity)


def target_of(identity: ChainIdentity) -> bytes:
    """32 bytes that name the very contract on the very chain, for the database."""
    parts = (str(part) if type(part) is int else part.hex() for part in astuple(identity))
    return sha256("/".join(parts).encode()).digest()


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
        self._key = key
        self._now = now
        self._identity = destination.verify()
        self._store = SqlAnchorStore(connection, lease, target_of(self._identity), self._attest)
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
        return moves + self._outbox.step(self._now) if self._plan() else moves

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
            chain_id=self._identity.chain_id,
            chain=self._to.chain.name[:CHAIN_NAME_MAX],
            development=self._to.chain.development,
            contract=self._identity.contract,
            transaction=anchor.tx_hash,
            block=anchor.block_number,
            block_hash=anchor.block_hash,
            finality=str(self._to.finality),
            time=self._now,
        )
        return sign(record, self._key)
