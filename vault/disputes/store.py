"""Disputes of one transaction."""

from dataclasses import dataclass

from anchor.records.consent import Grant
from anchor.records.disputes import Decision, Dispute
from anchor.records.signed import Signed, unverified
from vault.db import Row, Transaction


@dataclass(frozen=True, slots=True)
class Disputable:
    """A receipt for a use, as far as a dispute needs it. ``position`` is its place in the log."""

    account: bytes
    grant: Grant
    price: int
    fee: int
    position: int | None


@dataclass(frozen=True, slots=True)
class Put:
    """A dispute as it was put; ``decision`` is what ended it. Money in micros."""

    hash: bytes
    receipt: bytes
    account: bytes
    partner: str
    share: int
    fee: int
    decision: bytes | None


class Disputes:
    """The disputes of one transaction."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def disputable(self, receipt: bytes) -> Disputable | None:
        """The receipt of a use, with its grant."""
        row = self._transaction.one(
            """
            SELECT r.account, g.raw, r.price, r.fee, e.position
            FROM receipts r JOIN grants g ON g.hash = r.grant_hash
            LEFT JOIN log_entries e ON e.receipt = r.id
            WHERE r.hash = :receipt AND r.use_hash IS NOT NULL
            """,
            {"receipt": receipt},
        )
        return Disputable(row[0], unverified(row[1], Grant), *row[2:]) if row else None

    def about(self, receipt: bytes) -> bytes | None:
        """The hash of the dispute about a receipt."""
        row = self._transaction.one(
            "SELECT hash FROM disputes WHERE receipt = :receipt", {"receipt": receipt}
        )
        return row[0] if row else None

    def add(self, dispute: Signed[Dispute], about: Disputable, side: str) -> None:
        """Keep a dispute."""
        self._transaction.run(
            """
            INSERT INTO disputes (hash, receipt, account, partner, side, share, fee, raw)
            VALUES (:hash, :receipt, :account, :partner, :side, :share, :fee, :raw)
            """,
            {
                "hash": dispute.hash,
                "receipt": dispute.record.receipt,
                "account": about.account,
                "partner": about.grant.partner,
                "side": side,
                "share": about.price - about.fee,
                "fee": about.fee,
                "raw": dispute.raw,
            },
        )

    def lock(self, dispute: bytes) -> Put | None:
        """A dispute, held until the transaction ends."""
        row = self._transaction.one(
            """
            SELECT hash, receipt, account, partner, share, fee, decision FROM disputes
            WHERE hash = :dispute FOR UPDATE
            """,
            {"dispute": dispute},
        )
        return Put(*row) if row else None

    def decide(self, decision: Signed[Decision]) -> None:
        """End a dispute, and queue the decision for the log."""
        self._transaction.run(
            "UPDATE disputes SET decision = :raw WHERE hash = :dispute",
            {"raw": decision.raw, "dispute": decision.record.dispute},
        )
        self._transaction.run("INSERT INTO log_queue (entry) VALUES (:entry)", {"entry": decision.entry})

    def of_party(self, *, account: bytes | None, partner: str | None, after: int, limit: int) -> list[Row]:
        """Row number, dispute, receipt and decision of an owner's or a partner's disputes."""
        column = "account" if partner is None else "partner"
        return self._transaction.all(
            f"""
            SELECT id, raw, receipt, decision FROM disputes
            WHERE {column} = :party AND id > :after ORDER BY id LIMIT :limit
            """,  # noqa: S608 - the column is one of the two words above
            {"party": account if partner is None else partner, "after": after, "limit": limit},
        )

    def open(self, after: int, limit: int) -> list[Row]:
        """Row number, hash, dispute, side, partner, share and fee of what waits for a decision."""
        return self._transaction.all(
            """
            SELECT id, hash, raw, side, partner, share, fee FROM disputes
            WHERE decision IS NULL AND id > :after ORDER BY id LIMIT :limit
            """,
            {"after": after, "limit": limit},
        )

    def any_open(self, account: bytes) -> bool:
        """Whether something of an owner's waits for a decision."""
        row = self._transaction.one(
            "SELECT 1 FROM disputes WHERE account = :account AND decision IS NULL LIMIT 1",
            {"account": account},
        )
        return row is not None
