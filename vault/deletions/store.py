"""Deletions in the database."""

from anchor.records.erasure import Deletion
from anchor.records.signed import Signed
from vault.db import Row, Transaction


class Deletions:
    """The deletions of one transaction."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def find(self, account: bytes, subject: bytes) -> bytes | None:
        """The record of what was deleted before: a collection's id, or the hash of a manifest."""
        row = self._transaction.one(
            "SELECT raw FROM deletions WHERE account = :account AND subject = :subject",
            {"account": account, "subject": subject},
        )
        return row[0] if row else None

    def keep(self, deletion: Signed[Deletion], subject: bytes) -> None:
        """Keep a record, and queue it for the log."""
        self._transaction.run(
            "INSERT INTO deletions (account, subject, hash, raw) VALUES (:account, :subject, :hash, :raw)",
            {
                "account": deletion.record.account,
                "subject": subject,
                "hash": deletion.hash,
                "raw": deletion.raw,
            },
        )
        self._transaction.run("INSERT INTO log_queue (entry) VALUES (:entry)", {"entry": deletion.entry})

    def of_account(self, account: bytes, after: int, limit: int) -> list[Row]:
        """Number and bytes of an owner's deletions, oldest first."""
        return self._transaction.all(
            "SELECT id, raw FROM deletions WHERE account = :account AND id > :after ORDER BY id LIMIT :limit",
            {"account": account, "after": after, "limit": limit},
        )

    def erase(self, account: bytes) -> None:
        """Forget an owner's deletions; their entries in the log mean nothing to anybody then."""
        self._transaction.run("DELETE FROM deletions WHERE account = :account", {"account": account})
