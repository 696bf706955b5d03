"""The outbox's memory in SQL: anchors, every signed attempt, and the vault's word for those that stand.

Each method is a transaction that holds the worker's lease, so that a worker which was
replaced while it waited for the chain can't write over its successor.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from anchor.chain.fees import Fees
from anchor.chain.outbox import Anchor, Attempt, Status
from anchor.chain.port import SignedAnchor
from anchor.records.anchored import Anchor as AnchorRecord
from anchor.records.signed import Signed
from vault.db import Connection, Transaction, reading, writing
from vault.log.leases import Lease, verify_lease

Attest = Callable[[Anchor], Signed[AnchorRecord] | None]
"""The record to sign for an anchor as it stands now, if any."""

_NEWEST_FIRST = """
    SELECT id, log_id, size, root, status, tx_hash, block_number, block_hash FROM anchors
    WHERE target = :target AND status IN :statuses ORDER BY size DESC LIMIT :count
"""
_IN_FLIGHT_MAX = 10_000
"""One is the rule; many come back only when a chain loses blocks it had called final."""


class SqlAnchorStore:
    """See ``anchor.chain.outbox.AnchorStore``; for the log and chain that ``target`` names."""

    def __init__(self, connection: Connection, lease: Lease, target: bytes, attest: Attest) -> None:
        self._connection = connection
        self._lease = lease
        self._target = target
        self._attest = attest

    def plan(self, log_id: bytes, size: int, root: bytes) -> Anchor:
        """See ``AnchorStore``."""
        with writing(self._connection) as transaction:
            verify_lease(transaction, self._lease)
            rows = transaction.all(
                """
                INSERT INTO anchors (target, log_id, size, root, status)
                VALUES (:target, :log_id, :size, :root, 'planned') RETURNING id
                """,
                {"target": self._target, "log_id": log_id, "size": size, "root": root},
            )
        return Anchor(rows[0][0], log_id, size, root)

    def add_attempt(self, anchor: Anchor, attempt: Attempt) -> None:
        """See ``AnchorStore``."""
        signed = attempt.signed
        with writing(self._connection) as transaction:
            verify_lease(transaction, self._lease)
            transaction.run(
                """
                INSERT INTO anchor_attempts (anchor, tx_hash, raw, nonce, max_fee_wei, tip_wei, signed_at)
                VALUES (:anchor, :tx_hash, :raw, :nonce, :max_fee_wei, :tip_wei, :signed_at)
                """,
                {
                    "anchor": anchor.id,
                    "tx_hash": signed.tx_hash,
                    "raw": signed.raw,
                    "nonce": signed.nonce,
                    "max_fee_wei": signed.fees.max_fee_wei,
                    "tip_wei": signed.fees.tip_wei,
                    "signed_at": int(attempt.signed_at.timestamp()),
                },
            )
            transaction.run("UPDATE anchors SET status = 'sent' WHERE id = :id", {"id": anchor.id})

    def write(self, anchor: Anchor) -> None:
        """See ``AnchorStore``; the vault's word is given or withdrawn with it."""
        with writing(self._connection) as transaction:
            verify_lease(transaction, self._lease)
            transaction.run(
                """
                UPDATE anchors SET status = :status, tx_hash = :tx_hash, block_number = :block_number,
                                   block_hash = :block_hash
                WHERE id = :id
                """,
                {
                    "status": anchor.status,
                    "tx_hash": anchor.tx_hash,
                    "block_number": anchor.block_number,
                    "block_hash": anchor.block_hash,
                    "id": anchor.id,
                },
            )
            self._say(transaction, anchor)

    def attempts(self, anchor: Anchor) -> Sequence[Attempt]:
        """See ``AnchorStore``."""
        with reading(self._connection) as transaction:
            rows = transaction.all(
                """
                SELECT tx_hash, raw, nonce, max_fee_wei, tip_wei, signed_at FROM anchor_attempts
                WHERE anchor = :anchor ORDER BY id
                """,
                {"anchor": anchor.id},
            )
        return tuple(
            Attempt(
                SignedAnchor(tx_hash, raw, nonce, Fees(max_fee, tip)), datetime.fromtimestamp(signed_at, UTC)
            )
            for tx_hash, raw, nonce, max_fee, tip, signed_at in rows
        )

    def in_flight(self) -> Sequence[Anchor]:
        """See ``AnchorStore``."""
        return self._with("planned", "sent", count=_IN_FLIGHT_MAX)

    def mined(self, count: int) -> Sequence[Anchor]:
        """See ``AnchorStore``."""
        return self._with("mined", count=count)

    def final(self, count: int) -> Sequence[Anchor]:
        """See ``AnchorStore``."""
        return self._with("final", count=count)

    def newest_size(self) -> int:
        """See ``AnchorStore``."""
        with reading(self._connection) as transaction:
            row = transaction.one(
                "SELECT MAX(size) FROM anchors WHERE target = :target", {"target": self._target}
            )
        return (row[0] or 0) if row else 0

    def _with(self, *statuses: Status, count: int) -> Sequence[Anchor]:
        parameters = {"target": self._target, "statuses": statuses, "count": count}
        with reading(self._connection) as transaction:
            rows = transaction.all(_NEWEST_FIRST, parameters)
        return tuple(Anchor(*row) for row in reversed(rows))

    def _say(self, transaction: Transaction, anchor: Anchor) -> None:
        where = {"target": self._target, "size": anchor.size}
        transaction.run("DELETE FROM anchor_records WHERE target = :target AND size = :size", where)
        signed = self._attest(anchor)
        if signed is None:
            return
        record = signed.record
        transaction.run(
            """
            INSERT INTO anchor_records (target, size, chain_id, contract, raw)
            VALUES (:target, :size, :chain_id, :contract, :raw)
            """,
            where | {"chain_id": record.chain_id, "contract": record.contract, "raw": signed.raw},
        )
