"""Rewards and redemptions of one transaction."""

from dataclasses import dataclass
from datetime import datetime

from anchor.records.rewards import Fulfilment, Redemption, Reward
from anchor.records.signed import Signed
from vault.db import Row, Transaction
from vault.rewards.rules import FULFILLED, LEAVING


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a redemption stands. ``price`` in micros."""

    hash: bytes
    account: bytes
    partner: str
    price: int
    state: str
    fulfilment: bytes | None


class Rewards:
    """The catalogue and its redemptions, in one transaction."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def offer(self, reward: Signed[Reward]) -> None:
        """Put a reward into the catalogue; the same one again changes nothing."""
        record = reward.record
        self._transaction.run(
            """
            INSERT INTO rewards (hash, partner, stock, expires, raw)
            VALUES (:hash, :partner, :stock, :expires, :raw) ON CONFLICT DO NOTHING
            """,
            {
                "hash": reward.hash,
                "partner": record.partner,
                "stock": record.stock,
                "expires": int(record.expires.timestamp()),
                "raw": reward.raw,
            },
        )

    def offered_by(self, partner: str, now: int) -> int:
        """How many rewards of a partner can be redeemed now."""
        row = self._transaction.one(
            "SELECT COUNT(*) FROM rewards WHERE partner = :partner AND expires > :now",
            {"partner": partner, "now": now},
        )
        return int(row[0]) if row else 0

    def raw(self, reward: bytes) -> bytes | None:
        """A reward as it was signed."""
        row = self._transaction.one("SELECT raw FROM rewards WHERE hash = :reward", {"reward": reward})
        return row[0] if row else None

    def catalogue(self, now: int, after: int, limit: int) -> list[Row]:
        """Row number, hash, signed bytes and stock of what can be redeemed now."""
        return self._transaction.all(
            """
            SELECT id, hash, raw, stock FROM rewards
            WHERE expires > :now AND stock > 0 AND id > :after ORDER BY id LIMIT :limit
            """,
            {"now": now, "after": after, "limit": limit},
        )

    def exists(self, redemption: bytes) -> bool:
        """Whether this redemption was taken."""
        row = self._transaction.one(
            "SELECT 1 FROM redemptions WHERE hash = :redemption", {"redemption": redemption}
        )
        return row is not None

    def take_one(self, reward: bytes) -> bool:
        """Take one out of stock; False if there is none."""
        return bool(
            self._transaction.run(
                "UPDATE rewards SET stock = stock - 1 WHERE hash = :reward AND stock > 0", {"reward": reward}
            )
        )

    def put_back(self, redemption: bytes) -> None:
        """Put what was redeemed back into stock."""
        self._transaction.run(
            """
            UPDATE rewards SET stock = stock + 1
            WHERE hash = (SELECT reward FROM redemptions WHERE hash = :redemption)
            """,
            {"redemption": redemption},
        )

    def redeem(self, redemption: Signed[Redemption], account: bytes, partner: str, until: datetime) -> None:
        """Keep a redemption."""
        self._transaction.run(
            """
            INSERT INTO redemptions (hash, reward, account, partner, price, state, until, raw)
            VALUES (:hash, :reward, :account, :partner, :price, :state, :until, :raw)
            """,
            {
                "hash": redemption.hash,
                "reward": redemption.record.reward,
                "account": account,
                "partner": partner,
                "price": redemption.record.price,
                "state": LEAVING,
                "until": int(until.timestamp()),
                "raw": redemption.raw,
            },
        )

    def lock(self, redemption: bytes) -> Standing | None:
        """A redemption, held until the transaction ends."""
        row = self._transaction.one(
            """
            SELECT hash, account, partner, price, state, fulfilment FROM redemptions
            WHERE hash = :redemption FOR UPDATE
            """,
            {"redemption": redemption},
        )
        return Standing(*row) if row else None

    def fulfil(self, fulfilment: Signed[Fulfilment], sealed: bytes | None) -> None:
        """Keep what the partner gave."""
        self._transaction.run(
            """
            UPDATE redemptions SET state = :state, fulfilment = :raw, sealed = :sealed
            WHERE hash = :redemption
            """,
            {
                "state": FULFILLED,
                "raw": fulfilment.raw,
                "sealed": sealed,
                "redemption": fulfilment.record.redemption,
            },
        )

    def end(self, redemption: bytes, state: str) -> None:
        """Let a redemption end so."""
        self._transaction.run(
            "UPDATE redemptions SET state = :state WHERE hash = :redemption",
            {"state": state, "redemption": redemption},
        )

    def erase(self, account: bytes) -> None:
        """Delete the sealed codes that an owner got."""
        self._transaction.run(
            "UPDATE redemptions SET sealed = NULL WHERE account = :account", {"account": account}
        )

    def overdue(self, now: int, most: int) -> list[bytes]:
        """Redemptions that should have been fulfilled by now (seconds), the first ones first."""
        rows = self._transaction.all(
            """
            SELECT hash FROM redemptions WHERE state = :state AND until <= :now
            ORDER BY until LIMIT :most
            """,
            {"state": LEAVING, "now": now, "most": most},
        )
        return [row[0] for row in rows]

    def of_party(self, *, account: bytes | None, partner: str | None, after: int, limit: int) -> list[Row]:
        """Row number, hash, redemption, reward, state, until, fulfilment and sealed code of one side's."""
        column = "account" if partner is None else "partner"
        return self._transaction.all(
            f"""
            SELECT r.id, r.hash, r.raw, w.raw, r.state, r.until, r.fulfilment, r.sealed
            FROM redemptions r JOIN rewards w ON w.hash = r.reward
            WHERE r.{column} = :party AND r.id > :after ORDER BY r.id LIMIT :limit
            """,  # noqa: S608 - the column is one of the two words above
            {"party": account if partner is None else partner, "after": after, "limit": limit},
        )
