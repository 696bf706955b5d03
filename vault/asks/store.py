"""The asks of one transaction."""

from dataclasses import dataclass

from anchor.records.consent import Ask
from anchor.records.signed import Signed, unverified
from vault.db import Transaction

OPEN, GRANTED, DENIED = "open", "granted", "denied"


@dataclass(frozen=True, slots=True)
class Put:
    """An ask as it stands: to whom it was put, and what became of it."""

    id: int
    hash: bytes
    account: bytes
    partner: str
    state: str
    expires: int
    raw: bytes

    def state_at(self, now: int) -> str:
        """The state as it shows: an open ask expires."""
        return "expired" if self.state == OPEN and self.expires <= now else self.state


class Asks:
    """The asks of one transaction."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def add(self, ask: Signed[Ask], account: bytes) -> None:
        """Put an ask to an owner; the same ask again changes nothing."""
        self._transaction.run(
            """
            INSERT INTO asks (hash, account, partner, state, expires, raw)
            VALUES (:hash, :account, :partner, :state, :expires, :raw) ON CONFLICT (hash) DO NOTHING
            """,
            {
                "hash": ask.hash,
                "account": account,
                "partner": ask.record.partner,
                "state": OPEN,
                "expires": int(ask.record.expires.timestamp()),
                "raw": ask.raw,
            },
        )

    def open_between(self, account: bytes, partner: str, now: int) -> int:
        """How many asks of this partner the owner has not answered yet."""
        row = self._transaction.one(
            """
            SELECT COUNT(*) FROM asks
            WHERE account = :account AND partner = :partner AND state = :open AND expires > :now
            """,
            {"account": account, "partner": partner, "open": OPEN, "now": now},
        )
        return int(row[0]) if row else 0

    def get(self, ask_hash: bytes) -> Put | None:
        """One ask."""
        row = self._transaction.one(
            "SELECT id, hash, account, partner, state, expires, raw FROM asks WHERE hash = :hash",
            {"hash": ask_hash},
        )
        return Put(*row) if row else None

    def read(self, put: Put) -> Ask:
        """What an ask says; it was verified when it was put."""
        return unverified(put.raw, Ask)

    def between(self, *, account: bytes | None, partner: str | None, after: int, limit: int) -> list[Put]:
        """Asks put to an owner, or by a partner, oldest first."""
        column = "account" if partner is None else "partner"
        rows = self._transaction.all(
            f"""
            SELECT id, hash, account, partner, state, expires, raw FROM asks
            WHERE {column} = :party AND id > :after ORDER BY id LIMIT :limit
            """,  # noqa: S608 - the column is one of the two words above
            {"party": account if partner is None else partner, "after": after, "limit": limit},
        )
        return [Put(*row) for row in rows]

    def erase(self, account: bytes) -> None:
        """Delete what was asked of an owner."""
        self._transaction.run("DELETE FROM asks WHERE account = :account", {"account": account})

    def close(self, ask_hash: bytes, state: str, denial: bytes | None = None) -> bool:
        """Grant or deny an open ask; False if it was not open any more."""
        return bool(
            self._transaction.run(
                "UPDATE asks SET state = :state, denial = :denial WHERE hash = :hash AND state = :open",
                {"hash": ask_hash, "state": state, "denial": denial, "open": OPEN},
            )
        )
