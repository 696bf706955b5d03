"""The counter-offers of one transaction."""

from dataclasses import dataclass

from anchor.records.offers import Counter
from anchor.records.signed import Signed, unverified
from vault.db import Transaction

OPEN, ACCEPTED, REFUSED = "open", "accepted", "refused"
_COLUMNS = "id, hash, account, partner, state, expires, raw, accepted_by"


@dataclass(frozen=True, slots=True)
class Made:
    """A counter-offer as it stands. ``expires`` is in seconds; ``accepted_by`` the ask that took it up."""

    id: int
    hash: bytes
    account: bytes
    partner: str
    state: str
    expires: int
    raw: bytes
    accepted_by: bytes | None

    def state_at(self, now: int) -> str:
        """The state as it shows: an open one expires."""
        return "expired" if self.state == OPEN and self.expires <= now else self.state

    @property
    def record(self) -> Counter:
        """What it says; it was verified when it was made."""
        return unverified(self.raw, Counter)


class Counters:
    """The counter-offers of one transaction."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def add(self, counter: Signed[Counter], account: bytes) -> None:
        """Keep a counter-offer for its partner to answer."""
        record = counter.record
        self._transaction.run(
            """
            INSERT INTO counters (hash, account, partner, ask, state, expires, raw)
            VALUES (:hash, :account, :partner, :ask, :state, :expires, :raw)
            """,
            {
                "hash": counter.hash,
                "account": account,
                "partner": record.partner,
                "ask": record.ask,
                "state": OPEN,
                "expires": int(record.expires.timestamp()),
                "raw": counter.raw,
            },
        )

    def get(self, counter: bytes) -> Made | None:
        """One counter-offer."""
        row = self._transaction.one(
            f"SELECT {_COLUMNS} FROM counters WHERE hash = :counter",  # noqa: S608 - a fixed list
            {"counter": counter},
        )
        return Made(*row) if row else None

    def made_to(self, account: bytes, ask: bytes) -> bool:
        """Whether the owner answered this ask or offer with a counter-offer before."""
        row = self._transaction.one(
            "SELECT id FROM counters WHERE account = :account AND ask = :ask LIMIT 1",
            {"account": account, "ask": ask},
        )
        return row is not None

    def between(self, *, account: bytes | None, partner: str | None, after: int, limit: int) -> list[Made]:
        """Those of an owner, or those made to a partner, oldest first."""
        column = "account" if partner is None else "partner"
        rows = self._transaction.all(
            f"""
            SELECT {_COLUMNS} FROM counters
            WHERE {column} = :party AND id > :after ORDER BY id LIMIT :limit
            """,  # noqa: S608 - fixed words
            {"party": account if partner is None else partner, "after": after, "limit": limit},
        )
        return [Made(*row) for row in rows]

    def answer(self, counter: bytes, state: str, ask: bytes | None = None) -> bool:
        """Accept or refuse an open one; False if it was not open any more."""
        return bool(
            self._transaction.run(
                """
                UPDATE counters SET state = :state, accepted_by = :ask WHERE hash = :counter AND state = :open
                """,
                {"counter": counter, "state": state, "ask": ask, "open": OPEN},
            )
        )

    def erase(self, account: bytes) -> None:
        """Delete an owner's."""
        self._transaction.run("DELETE FROM counters WHERE account = :account", {"account": account})
