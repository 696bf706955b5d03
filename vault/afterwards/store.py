"""Demands with their attestations, and reports, of one transaction."""

from dataclasses import dataclass

from anchor.records.afterwards import Attestation, Demand, Report
from anchor.records.signed import Signed
from vault.db import Row, Transaction

OPEN, ATTESTED, LATE, OVERDUE = "open", "attested", "late", "overdue"
_COLUMNS = "id, hash, grant_hash, account, partner, deadline, attested, raw, attestation"


@dataclass(frozen=True, slots=True)
class Demanded:
    """A demand as it stands; ``deadline`` and ``attested`` are in seconds."""

    id: int
    hash: bytes
    grant: bytes
    account: bytes
    partner: str
    deadline: int
    attested: int | None
    raw: bytes
    attestation: bytes | None

    def state_at(self, now: int) -> str:
        """``open``, ``attested``, ``late`` if it was attested after its deadline, or ``overdue``."""
        if self.attested is not None:
            return ATTESTED if self.attested <= self.deadline else LATE
        return OPEN if now < self.deadline else OVERDUE


class Afterwards:
    """What was said after uses, in one transaction."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def of_grant(self, grant: bytes) -> Demanded | None:
        """The demand to erase what was opened under a grant."""
        return self._one("grant_hash", grant)

    def demand(self, name: bytes) -> Demanded | None:
        """One demand."""
        return self._one("hash", name)

    def _one(self, column: str, value: bytes) -> Demanded | None:
        row = self._transaction.one(
            f"SELECT {_COLUMNS} FROM demands WHERE {column} = :value",  # noqa: S608 - fixed words
            {"value": value},
        )
        return Demanded(*row) if row else None

    def add_demand(self, demand: Signed[Demand], account: bytes, partner: str) -> None:
        """Keep a demand for its partner to answer."""
        self._transaction.run(
            """
            INSERT INTO demands (hash, grant_hash, account, partner, deadline, raw)
            VALUES (:hash, :grant, :account, :partner, :deadline, :raw)
            """,
            {
                "hash": demand.hash,
                "grant": demand.record.grant,
                "account": account,
                "partner": partner,
                "deadline": int(demand.record.deadline.timestamp()),
                "raw": demand.raw,
            },
        )

    def attest(self, attestation: Signed[Attestation], now: int) -> bool:
        """Keep the answer to a demand; False if there is one already."""
        return bool(
            self._transaction.run(
                """
                UPDATE demands SET attestation = :raw, attested = :now
                WHERE hash = :demand AND attestation IS NULL
                """,
                {"raw": attestation.raw, "now": now, "demand": attestation.record.demand},
            )
        )

    def between(
        self, *, account: bytes | None, partner: str | None, after: int, limit: int
    ) -> list[Demanded]:
        """Demands of an owner, or those made to a partner, oldest first."""
        column = "account" if partner is None else "partner"
        rows = self._transaction.all(
            f"""
            SELECT {_COLUMNS} FROM demands
            WHERE {column} = :party AND id > :after ORDER BY id LIMIT :limit
            """,  # noqa: S608 - fixed words
            {"party": account if partner is None else partner, "after": after, "limit": limit},
        )
        return [Demanded(*row) for row in rows]

    def add_report(self, report: Signed[Report], account: bytes) -> None:
        """Keep what a partner says it did with a use; the same one again changes nothing."""
        self._transaction.run(
            """
            INSERT INTO reports (hash, account, partner, receipt, raw)
            VALUES (:hash, :account, :partner, :receipt, :raw) ON CONFLICT (hash) DO NOTHING
            """,
            {
                "hash": report.hash,
                "account": account,
                "partner": report.record.partner,
                "receipt": report.record.receipt,
                "raw": report.raw,
            },
        )

    def reports_beside(self, report: Signed[Report]) -> int:
        """How many other reports there are about its receipt."""
        row = self._transaction.one(
            "SELECT COUNT(*) FROM reports WHERE receipt = :receipt AND hash <> :hash",
            {"receipt": report.record.receipt, "hash": report.hash},
        )
        return int(row[0]) if row else 0

    def reports_to(self, account: bytes, after: int, limit: int) -> list[Row]:
        """Number, hash and bytes of what partners reported about an owner's receipts, oldest first."""
        return self._transaction.all(
            """
            SELECT id, hash, raw FROM reports
            WHERE account = :account AND id > :after ORDER BY id LIMIT :limit
            """,
            {"account": account, "after": after, "limit": limit},
        )

    def record_of(self, partner: str, now: int) -> dict[str, int]:
        """A partner's public record, counted."""
        counts = {
            "grants": "SELECT COUNT(*) FROM grants WHERE partner = :partner",
            "revoked": """
                SELECT COUNT(*) FROM revocations v JOIN grants g ON g.hash = v.grant_hash
                WHERE g.partner = :partner
                """,
            "uses": """
                SELECT COALESCE(SUM(c.uses), 0) FROM grants g JOIN grant_chains c ON c.grant_hash = g.hash
                WHERE g.partner = :partner
                """,
            "disputes": """
                SELECT COUNT(*) FROM disputes WHERE partner = :partner
                """,
            "reports": "SELECT COUNT(*) FROM reports WHERE partner = :partner",
            "demanded": "SELECT COUNT(*) FROM demands WHERE partner = :partner",
            "attested": "SELECT COUNT(*) FROM demands WHERE partner = :partner AND attested <= deadline",
            "late": "SELECT COUNT(*) FROM demands WHERE partner = :partner AND attested > deadline",
            "overdue": """
                SELECT COUNT(*) FROM demands
                WHERE partner = :partner AND attested IS NULL AND deadline <= :now
                """,
        }
        values = {"partner": partner, "now": now}
        return {name: self._count(sql, values) for name, sql in counts.items()}

    def _count(self, sql: str, values: dict[str, object]) -> int:
        given = {name: value for name, value in values.items() if f":{name}" in sql}
        row = self._transaction.one(sql, given)
        return int(row[0]) if row else 0
