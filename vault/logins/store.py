"""Challenges that were answered, and the sessions that followed."""

from dataclasses import dataclass

from vault.db import Transaction
from vault.errors import Conflict


@dataclass(frozen=True, slots=True)
class Session:
    """An owner who proved who she is, and with which locker."""

    account: bytes
    kid: bytes


class Sessions:
    """The challenges and sessions of one transaction."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def spend(self, nonce: bytes, expires: int) -> None:
        """Take a login challenge once.

        Raises:
            Conflict: if it was taken before.
        """
        taken = self._transaction.run(
            "INSERT INTO challenges (nonce, expires) VALUES (:nonce, :expires) ON CONFLICT DO NOTHING",
            {"nonce": nonce, "expires": expires},
        )
        if not taken:
            raise Conflict("this challenge was answered before: ask for a new one")

    def begin(self, token_hash: bytes, session: Session, expires: int) -> None:
        """Let this token stand for the owner until it expires."""
        self._transaction.run(
            """
            INSERT INTO sessions (token_hash, account, kid, expires)
            VALUES (:token_hash, :account, :kid, :expires)
            """,
            {"token_hash": token_hash, "account": session.account, "kid": session.kid, "expires": expires},
        )

    def of(self, token_hash: bytes, now: int) -> Session | None:
        """The session of a token, unless it ended or its locker was removed."""
        row = self._transaction.one(
            """
            SELECT s.account, s.kid FROM sessions s JOIN lockers l ON l.kid = s.kid AND l.removed IS NULL
            WHERE s.token_hash = :token_hash AND s.expires > :now
            """,
            {"token_hash": token_hash, "now": now},
        )
        return Session(*row) if row else None
