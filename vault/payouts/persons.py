"""The port to whoever knows which account belongs to which person.

It tells persons apart and does not say who they are: a name here is 32 bytes that the
verifier made. ``KeptPersons`` is for a verifier that tells the operator, who books it.
"""

from typing import Protocol

from vault.db import Transaction
from vault.errors import Conflict


class Persons(Protocol):
    """What the brakes ask."""

    def person_of(self, account: bytes) -> bytes | None:
        """The person an account belongs to; None if nobody verified it."""

    def payee(self, person: bytes) -> bytes | None:
        """The account by which this person's money left before."""

    def appoint(self, person: bytes, account: bytes) -> None:
        """Let a person's money leave by this account, if it has left by none before."""


class KeptPersons:
    """What the operator booked, in the database of one transaction."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def person_of(self, account: bytes) -> bytes | None:
        """The person an account belongs to; None if nobody verified it."""
        row = self._transaction.one(
            "SELECT person FROM persons WHERE account = :account", {"account": account}
        )
        return row[0] if row else None

    def payee(self, person: bytes) -> bytes | None:
        """The account by which this person's money left before."""
        row = self._transaction.one("SELECT account FROM payees WHERE person = :person", {"person": person})
        return row[0] if row else None

    def appoint(self, person: bytes, account: bytes) -> None:
        """Let a person's money leave by this account, if it has left by none before.

        Raises:
            Conflict: if it left by another one in this moment; undo the transaction.
        """
        self._transaction.run(
            "INSERT INTO payees (person, account) VALUES (:person, :account) ON CONFLICT DO NOTHING",
            {"person": person, "account": account},
        )
        if self.payee(person) != account:
            raise Conflict("this person's money left by another account in this moment")

    def erase(self, account: bytes) -> None:
        """Forget whose an account was. By which one a person's money left first is not forgotten."""
        self._transaction.run("DELETE FROM persons WHERE account = :account", {"account": account})

    def book(self, account: bytes, person: bytes) -> None:
        """Keep what a verifier found; it may correct itself."""
        self._transaction.run(
            """
            INSERT INTO persons (account, person) VALUES (:account, :person)
            ON CONFLICT (account) DO UPDATE SET person = excluded.person
            """,
            {"account": account, "person": person},
        )
