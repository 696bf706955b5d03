"""Test owners and the pushed clock of one transaction."""

from vault.db import Row, Transaction
from vault.errors import Conflict

_CLOCK = "vault"
PARTNERS_MAX = 100


class Sandbox:
    """What only a test vault keeps."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def ahead(self) -> int:
        """Seconds by which the vault's time is ahead."""
        row = self._transaction.one("SELECT ahead FROM test_clocks WHERE name = :name", {"name": _CLOCK})
        return row[0] if row else 0

    def push(self, seconds: int) -> int:
        """Push the clock forward; how far ahead it is then."""
        self._transaction.run(
            """
            INSERT INTO test_clocks (name, ahead) VALUES (:name, :seconds)
            ON CONFLICT (name) DO UPDATE SET ahead = test_clocks.ahead + excluded.ahead
            """,
            {"name": _CLOCK, "seconds": seconds},
        )
        return self.ahead()

    def introduce(self, kid: bytes, domain: str, behaviour: str) -> None:
        """Let a partner know a test owner by her key for it.

        Raises:
            Conflict: if it knows another one that behaves like this.
        """
        self._transaction.run(
            """
            INSERT INTO test_owners (kid, domain, behaviour) VALUES (:kid, :domain, :behaviour)
            ON CONFLICT DO NOTHING
            """,
            {"kid": kid, "domain": domain, "behaviour": behaviour},
        )
        if (kid, behaviour) not in {(row[0], row[1]) for row in self.owners(domain)}:
            raise Conflict("this partner knows another test owner of this kind")

    def owners(self, domain: str) -> list[Row]:
        """Kid and behaviour of the test owners a partner knows."""
        return self._transaction.all(
            "SELECT kid, behaviour FROM test_owners WHERE domain = :domain ORDER BY behaviour",
            {"domain": domain},
        )

    def without(self, behaviour: str) -> list[str]:
        """Some partners that know no test owner of this kind yet."""
        rows = self._transaction.all(
            """
            SELECT domain FROM partners p WHERE NOT EXISTS
                (SELECT 1 FROM test_owners o WHERE o.domain = p.domain AND o.behaviour = :behaviour)
            ORDER BY domain LIMIT :most
            """,
            {"behaviour": behaviour, "most": PARTNERS_MAX},
        )
        return [row[0] for row in rows]
