"""The offers of one transaction."""

from dataclasses import dataclass

from anchor.records.offers import Offer, Withdrawal
from anchor.records.signed import Signed, unverified
from vault.db import Transaction

OPEN, WITHDRAWN, ENDED = "open", "withdrawn", "ended"


@dataclass(frozen=True, slots=True)
class Published:
    """An offer as it stands. ``expires`` is in seconds."""

    id: int
    hash: bytes
    partner: str
    state: str
    expires: int
    raw: bytes

    def state_at(self, now: int) -> str:
        """The state as it shows: an open offer ends by itself."""
        return ENDED if self.state == OPEN and self.expires <= now else self.state

    @property
    def record(self) -> Offer:
        """What it says; it was verified when it was published."""
        return unverified(self.raw, Offer)


class Offers:
    """The offers of one transaction."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def add(self, offer: Signed[Offer]) -> None:
        """Publish an offer."""
        self._transaction.run(
            """
            INSERT INTO offers (hash, partner, state, expires, raw)
            VALUES (:hash, :partner, :state, :expires, :raw)
            """,
            {
                "hash": offer.hash,
                "partner": offer.record.partner,
                "state": OPEN,
                "expires": int(offer.record.expires.timestamp()),
                "raw": offer.raw,
            },
        )

    def get(self, offer: bytes) -> Published | None:
        """One offer."""
        row = self._transaction.one(
            "SELECT id, hash, partner, state, expires, raw FROM offers WHERE hash = :offer", {"offer": offer}
        )
        return Published(*row) if row else None

    def open_at(self, now: int, after: int, limit: int) -> list[Published]:
        """Offers that can be answered at ``now`` (seconds), oldest first."""
        rows = self._transaction.all(
            """
            SELECT id, hash, partner, state, expires, raw FROM offers
            WHERE state = :open AND expires > :now AND id > :after ORDER BY id LIMIT :limit
            """,
            {"open": OPEN, "now": now, "after": after, "limit": limit},
        )
        return [Published(*row) for row in rows]

    def open_of(self, partner: str) -> int:
        """How many offers of a partner are not closed."""
        row = self._transaction.one(
            "SELECT COUNT(*) FROM offers WHERE partner = :partner AND state = :open",
            {"partner": partner, "open": OPEN},
        )
        return int(row[0]) if row else 0

    def over_at(self, until: int, limit: int) -> list[Published]:
        """Open offers that ended at ``until`` (seconds) or before, the first ones first."""
        rows = self._transaction.all(
            """
            SELECT id, hash, partner, state, expires, raw FROM offers
            WHERE state = :open AND expires <= :until ORDER BY expires LIMIT :limit
            """,
            {"open": OPEN, "until": until, "limit": limit},
        )
        return [Published(*row) for row in rows]

    def close(self, offer: bytes, state: str) -> bool:
        """Let an open offer be answered no more; False if it was not open."""
        return bool(
            self._transaction.run(
                "UPDATE offers SET state = :state WHERE hash = :offer AND state = :open",
                {"offer": offer, "state": state, "open": OPEN},
            )
        )

    def keep_withdrawal(self, withdrawal: Signed[Withdrawal]) -> None:
        """Keep the record that took an offer back."""
        self._transaction.run(
            "INSERT INTO withdrawals (offer, hash, raw) VALUES (:offer, :hash, :raw)",
            {"offer": withdrawal.record.offer, "hash": withdrawal.hash, "raw": withdrawal.raw},
        )

    def withdrawn_by(self, offer: bytes) -> bytes | None:
        """The hash of the withdrawal that took an offer back."""
        row = self._transaction.one("SELECT hash FROM withdrawals WHERE offer = :offer", {"offer": offer})
        return row[0] if row else None

    def was_answered(self, account: bytes, offer: bytes) -> bool:
        """Whether an owner gave a grant to this offer before, whatever became of it."""
        row = self._transaction.one(
            "SELECT id FROM grants WHERE account = :account AND ask = :offer LIMIT 1",
            {"account": account, "offer": offer},
        )
        return row is not None
