"""The pairings of one transaction."""

from anchor.records.parties import Pairing
from anchor.records.signed import Signed
from vault.db import Row, Transaction
from vault.errors import Conflict

PAIRINGS_MAX = 1000
"""Pairings of one account. They are shown in one answer."""


class Pairings:
    """Which key each owner shows to each partner."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def add(self, kid: bytes, pairing: Signed[Pairing]) -> None:
        """Remember which key an owner shows to a partner.

        Raises:
            Conflict: if she shows this partner another key, or the key is another's.
        """
        record = pairing.record
        if self.behind(kid) is None and len(self.of_owner(record.account)) >= PAIRINGS_MAX:
            raise Conflict(f"an account has at most {PAIRINGS_MAX} pairings")
        self._transaction.run(
            """
            INSERT INTO pairings (kid, account, partner, raw) VALUES (:kid, :account, :partner, :raw)
            ON CONFLICT DO NOTHING
            """,
            {"kid": kid, "account": record.account, "partner": record.partner, "raw": pairing.raw},
        )
        if self.behind(kid) != (record.account, record.partner):
            raise Conflict("this partner knows the owner, or this key, otherwise")

    def behind(self, kid: bytes) -> tuple[bytes, str] | None:
        """The account and the partner that a pairing key stands for."""
        row = self._transaction.one("SELECT account, partner FROM pairings WHERE kid = :kid", {"kid": kid})
        return (row[0], row[1]) if row else None

    def of_owner(self, account: bytes) -> list[Row]:
        """Partner, kid and signed bytes of an owner's pairings."""
        return self._transaction.all(
            "SELECT partner, kid, raw FROM pairings WHERE account = :account ORDER BY partner",
            {"account": account},
        )
