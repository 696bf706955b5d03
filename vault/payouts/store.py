"""Claims, payouts and appeals of one transaction."""

from dataclasses import dataclass

from anchor.records.payouts import Claim, Payout
from anchor.records.signed import Signed
from vault.db import Row, Transaction
from vault.payouts.rules import MANUAL

LEAVING = "leaving"


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a claim stands. ``amount`` in micros."""

    hash: bytes
    account: bytes
    way: str
    amount: int
    state: str
    distribution: int | None


class Claims:
    """The claims of one transaction."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def add(self, claim: Signed[Claim]) -> bool:
        """Keep a claim; False if it was kept before."""
        record = claim.record
        return bool(
            self._transaction.run(
                """
                INSERT INTO claims (hash, account, way, amount, destination, state, raw)
                VALUES (:hash, :account, :way, :amount, :destination, :state, :raw) ON CONFLICT DO NOTHING
                """,
                {
                    "hash": claim.hash,
                    "account": record.account,
                    "way": record.way,
                    "amount": record.amount,
                    "destination": record.destination,
                    "state": LEAVING,
                    "raw": claim.raw,
                },
            )
        )

    def exists(self, claim: bytes) -> bool:
        """Whether this claim was taken."""
        return self._transaction.one("SELECT 1 FROM claims WHERE hash = :claim", {"claim": claim}) is not None

    def lock(self, claim: bytes) -> Standing | None:
        """A claim, held until the transaction ends."""
        row = self._transaction.one(
            """
            SELECT hash, account, way, amount, state, distribution FROM claims
            WHERE hash = :claim FOR UPDATE
            """,
            {"claim": claim},
        )
        return Standing(*row) if row else None

    def payout(self, claim: bytes, outcome: str) -> bytes | None:
        """The signed payout with this outcome, if there is one."""
        row = self._transaction.one(
            "SELECT raw FROM payouts WHERE claim = :claim AND outcome = :outcome",
            {"claim": claim, "outcome": outcome},
        )
        return row[0] if row else None

    def move(self, payout: Signed[Payout]) -> None:
        """Keep what became of a claim, and queue it for the log."""
        record = payout.record
        self._transaction.run(
            """
            INSERT INTO payouts (claim, outcome, hash, raw) VALUES (:claim, :outcome, :hash, :raw)
            """,
            {"claim": record.claim, "outcome": record.outcome, "hash": payout.hash, "raw": payout.raw},
        )
        self._transaction.run(
            "UPDATE claims SET state = :outcome WHERE hash = :claim",
            {"outcome": record.outcome, "claim": record.claim},
        )
        self._transaction.run("INSERT INTO log_queue (entry) VALUES (:entry)", {"entry": payout.entry})

    def of_owner(self, account: bytes, after: int, limit: int) -> list[Row]:
        """Row number, hash, signed bytes and state of an owner's claims."""
        return self._transaction.all(
            """
            SELECT id, hash, raw, state FROM claims
            WHERE account = :account AND id > :after ORDER BY id LIMIT :limit
            """,
            {"account": account, "after": after, "limit": limit},
        )

    def payouts_of(self, claims: tuple[bytes, ...]) -> dict[bytes, list[bytes]]:
        """The payouts of these claims, oldest first."""
        found: dict[bytes, list[bytes]] = {claim: [] for claim in claims}
        if claims:
            rows = self._transaction.all(
                "SELECT claim, raw FROM payouts WHERE claim IN :claims ORDER BY id", {"claims": claims}
            )
            for claim, raw in rows:
                found[claim].append(raw)
        return found

    def due(self, after: int, limit: int) -> list[Row]:
        """Row number, hash, signed bytes, way, amount and destination of what waits to be paid."""
        return self._transaction.all(
            """
            SELECT id, hash, raw, way, amount, destination FROM claims
            WHERE state = :state AND id > :after ORDER BY id LIMIT :limit
            """,
            {"state": LEAVING, "after": after, "limit": limit},
        )

    def left_since(self, account: bytes, since: int) -> int:
        """What left an account, or is leaving, since then (seconds), less what came back; micros."""
        row = self._transaction.one(
            """
            SELECT COALESCE(SUM(CASE WHEN kind IN ('claim', 'redeem') THEN amount ELSE -amount END), 0)
            FROM transfers WHERE account = :account AND time > :since
              AND kind IN ('claim', 'redeem', 'failed', 'returned', 'unfulfilled')
            """,
            {"account": account, "since": since},
        )
        return max(int(row[0]), 0) if row else 0

    def erase(self, account: bytes) -> None:
        """Forget where an owner's money went, of claims that are done; what it was stays in the books.

        An address of the payout contract stays too: every later distribution counts what it was owed.
        """
        self._transaction.run(
            """
            UPDATE claims SET raw = :nothing,
                              destination = CASE WHEN way = :manual THEN '' ELSE destination END
            WHERE account = :account
            """,
            {"account": account, "nothing": b"", "manual": MANUAL},
        )

    def opened(self, account: bytes) -> int:
        """When an account was opened, in seconds."""
        row = self._transaction.one("SELECT created FROM accounts WHERE id = :account", {"account": account})
        return int(row[0]) if row else 0


class Appeals:
    """The appeals of one transaction."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def add(self, account: bytes, brake: str, words: str, time: int) -> int:
        """Keep an appeal; its number."""
        row = self._transaction.one(
            """
            INSERT INTO appeals (account, brake, words, time) VALUES (:account, :brake, :words, :time)
            RETURNING id
            """,
            {"account": account, "brake": brake, "words": words, "time": time},
        )
        assert row is not None  # noqa: S101 - an insertion returns its row
        return int(row[0])

    def waiting(self, account: bytes) -> int:
        """How many of an owner's have no answer."""
        row = self._transaction.one(
            "SELECT COUNT(*) FROM appeals WHERE account = :account AND lifted IS NULL", {"account": account}
        )
        return int(row[0]) if row else 0

    def lifted(self, account: bytes) -> frozenset[str]:
        """The brakes that were lifted for an account."""
        rows = self._transaction.all(
            "SELECT brake FROM appeals WHERE account = :account AND lifted = 1", {"account": account}
        )
        return frozenset(row[0] for row in rows)

    def answer(self, number: int, words: str, *, lift: bool) -> bool:
        """Answer an appeal that has no answer; False if there is none such."""
        return bool(
            self._transaction.run(
                "UPDATE appeals SET lifted = :lift, answer = :words WHERE id = :number AND lifted IS NULL",
                {"lift": int(lift), "words": words, "number": number},
            )
        )

    def of_owner(self, account: bytes, after: int, limit: int) -> list[Row]:
        """Number, brake, words, time, whether it was lifted, and the answer, of an owner's appeals."""
        return self._transaction.all(
            """
            SELECT id, brake, words, time, lifted, answer FROM appeals
            WHERE account = :account AND id > :after ORDER BY id LIMIT :limit
            """,
            {"account": account, "after": after, "limit": limit},
        )

    def erase(self, account: bytes) -> None:
        """Delete what an owner said."""
        self._transaction.run("DELETE FROM appeals WHERE account = :account", {"account": account})

    def open(self, after: int, limit: int) -> list[Row]:
        """Number, account, brake, words and time of what has no answer."""
        return self._transaction.all(
            """
            SELECT id, account, brake, words, time FROM appeals
            WHERE lifted IS NULL AND id > :after ORDER BY id LIMIT :limit
            """,
            {"after": after, "limit": limit},
        )
