"""Halves and openings of one transaction."""

from datetime import UTC, datetime, timedelta

from anchor.keys import kid_of
from vault.db import Row, Transaction
from vault.openings.rules import Asked, Guarded


class Openings:
    """The openings of one transaction."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def guard(self, guarded: Guarded) -> None:
        """Keep the half of a locker; again changes nothing."""
        self._transaction.run(
            """
            INSERT INTO guarded_lockers (locker, account, asking_kid, asking_key, half, waiting)
            VALUES (:locker, :account, :asking_kid, :asking_key, :half, :waiting) ON CONFLICT DO NOTHING
            """,
            {
                "locker": guarded.locker,
                "account": guarded.account,
                "asking_kid": kid_of(guarded.asking_key),
                "asking_key": guarded.asking_key,
                "half": guarded.half,
                "waiting": int(guarded.waiting.total_seconds()),
            },
        )

    def lock(self, asking_kid: bytes) -> Guarded | None:
        """The locker that an asking key belongs to, held until the transaction ends."""
        row = self._transaction.one(
            """
            SELECT locker, account, asking_key, half, waiting FROM guarded_lockers
            WHERE asking_kid = :kid FOR UPDATE
            """,
            {"kid": asking_kid},
        )
        return _guarded(row) if row else None

    def asked(self, locker: bytes) -> Asked | None:
        """The newest opening of a locker."""
        row = self._transaction.one(
            "SELECT hash, raw, opens, veto FROM openings WHERE locker = :locker", {"locker": locker}
        )
        return _asked(row) if row else None

    def keep(self, locker: bytes, asked: Asked) -> None:
        """Keep an opening in place of the one before it."""
        self._transaction.run(
            """
            INSERT INTO openings (locker, hash, raw, opens, veto) VALUES (:locker, :hash, :raw, :opens, NULL)
            ON CONFLICT (locker) DO UPDATE SET hash = excluded.hash, raw = excluded.raw,
                                               opens = excluded.opens, veto = NULL
            """,
            {"locker": locker, "hash": asked.hash, "raw": asked.raw, "opens": int(asked.opens.timestamp())},
        )

    def lock_of(self, account: bytes) -> list[tuple[Guarded, Asked]]:
        """The openings of an account with their lockers, held until the transaction ends."""
        rows = self._transaction.all(
            """
            SELECT locker, account, asking_key, half, waiting FROM guarded_lockers
            WHERE account = :account ORDER BY locker FOR UPDATE
            """,
            {"account": account},
        )
        found = [(guarded, self.asked(guarded.locker)) for guarded in map(_guarded, rows)]
        return [(guarded, asked) for guarded, asked in found if asked is not None]

    def of(self, account: bytes) -> list[tuple[bytes, Asked]]:
        """The newest opening of each of an account's lockers."""
        rows = self._transaction.all(
            """
            SELECT o.hash, o.raw, o.opens, o.veto, o.locker FROM openings o
            JOIN guarded_lockers g ON g.locker = o.locker WHERE g.account = :account ORDER BY o.opens
            """,
            {"account": account},
        )
        return [(row[4], _asked(row)) for row in rows]

    def veto(self, locker: bytes, raw: bytes) -> None:
        """Keep the no to a locker's opening."""
        self._transaction.run(
            "UPDATE openings SET veto = :raw WHERE locker = :locker", {"locker": locker, "raw": raw}
        )


def _guarded(row: Row) -> Guarded:
    return Guarded(row[0], row[1], row[2], row[3], timedelta(seconds=row[4]))


def _asked(row: Row) -> Asked:
    return Asked(row[0], row[1], datetime.fromtimestamp(row[2], UTC), row[3])
