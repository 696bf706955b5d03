"""Receipts: each takes its place in the grant's chain and the owner's chain, and joins the log's queue."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from anchor.records.signed import Signed
from anchor.records.usage import OwnerLink, Receipt, Statement, Use
from vault.db import Row, Transaction, chunks
from vault.errors import NotFound


@dataclass(slots=True)
class OwnerChain:
    """Where an owner's chain of receipts stands, and since when (in seconds) she has paused all uses."""

    account: bytes
    receipts: int
    head: bytes | None
    paused: int | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """A receipt with its place in the owner's chain, and the use it answers if it does not close a chain."""

    receipt: Signed[Receipt]
    account: bytes
    link: OwnerLink
    use: Signed[Use] | None


@dataclass(frozen=True, slots=True)
class Answered:
    """A receipt given before: its bytes, and when."""

    raw: bytes
    grant: bytes
    time: int


@dataclass(frozen=True, slots=True)
class Listed:
    """A receipt as its owner gets it, with its place in her chain opened."""

    number: int
    hash: bytes
    raw: bytes
    use_raw: bytes | None
    revocation_raw: bytes | None
    grant: bytes
    link: OwnerLink


class Receipts:
    """The receipts of one transaction."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def of_uses(self, uses: Iterable[Signed[Use]]) -> dict[bytes, Answered]:
        """The receipts that answered these uses before, by the hash of the use."""
        sql = """
            SELECT r.use_hash, r.raw, r.grant_hash, r.time FROM (VALUES :uses) AS u CROSS JOIN receipts r
            WHERE r.use_time = u.column1 AND r.use_hash = u.column2
            """
        named = list({(int(use.record.time.timestamp()), use.hash) for use in uses})
        rows = (row for some in chunks(named) for row in self._transaction.all(sql, {"uses": some}))
        return {row[0]: Answered(*row[1:]) for row in rows}

    def in_chain(self, grant: bytes, receipt: bytes) -> bool:
        """Whether this grant's chain holds this receipt."""
        found = self._transaction.one(
            "SELECT grant_hash FROM receipts WHERE hash = :receipt", {"receipt": receipt}
        )
        return found is not None and found[0] == grant

    def lock_owners(self, accounts: Iterable[bytes]) -> dict[bytes, OwnerChain]:
        """These owners' chains, held until the transaction ends, in one order for everybody."""
        sql = """
            SELECT id, receipts, receipts_head, paused FROM accounts
            WHERE id IN :accounts ORDER BY id FOR UPDATE
            """
        some_by_some = chunks(sorted(accounts))
        rows = (row for some in some_by_some for row in self._transaction.all(sql, {"accounts": some}))
        return {row[0]: OwnerChain(*row) for row in rows}

    def append(self, written: Sequence[Written], chains: Iterable[OwnerChain]) -> None:
        """Store receipts, queue their entries for the log, and move the owners' chains."""
        self._transaction.run_many(
            """
            INSERT INTO receipts (hash, grant_hash, seq, account, owner_seq, owner_prev, blind,
                                  use_time, use_hash, use_raw, price, fee, time, raw)
            VALUES (:hash, :grant_hash, :seq, :account, :owner_seq, :owner_prev, :blind,
                    :use_time, :use_hash, :use_raw, :price, :fee, :time, :raw)
            """,
            [_row(one) for one in written],
        )
        self._transaction.run_many(
            "INSERT INTO log_queue (entry) VALUES (:entry)", [{"entry": one.receipt.entry} for one in written]
        )
        self._transaction.run_many(
            "UPDATE accounts SET receipts = :receipts, receipts_head = :head WHERE id = :account",
            [{"receipts": c.receipts, "head": c.head, "account": c.account} for c in chains],
        )

    def closing(self, grant: bytes) -> bytes | None:
        """The receipt that closed a grant's chain."""
        row = self._transaction.one(
            "SELECT raw FROM receipts WHERE grant_hash = :grant AND use_hash IS NULL", {"grant": grant}
        )
        return row[0] if row else None

    def of_owner(self, account: bytes, after: int, limit: int) -> list[Listed]:
        """An owner's receipts in the order of her chain."""
        rows = self._transaction.all(
            """
            SELECT r.owner_seq, r.hash, r.raw, r.use_raw, v.raw, r.grant_hash, r.owner_prev, r.blind
            FROM receipts r LEFT JOIN revocations v ON v.grant_hash = r.grant_hash AND r.use_hash IS NULL
            WHERE r.account = :account AND r.owner_seq > :after ORDER BY r.owner_seq LIMIT :limit
            """,
            {"account": account, "after": after, "limit": limit},
        )
        return [_listed(row) for row in rows]

    def of_grant(self, grant: bytes, after: int, limit: int) -> list[Row]:
        """Number, receipt, use and revocation of a grant's chain, in its order."""
        return self._transaction.all(
            """
            SELECT r.seq, r.raw, r.use_raw, v.raw
            FROM receipts r LEFT JOIN revocations v ON v.grant_hash = r.grant_hash AND r.use_hash IS NULL
            WHERE r.grant_hash = :grant AND r.seq > :after ORDER BY r.seq LIMIT :limit
            """,
            {"grant": grant, "after": after, "limit": limit},
        )

    def parties(self, receipt: bytes) -> tuple[bytes, str] | None:
        """The owner and the partner of a receipt: the two who may ask for its proof."""
        row = self._transaction.one(
            """
            SELECT r.account, g.partner FROM receipts r JOIN grants g ON g.hash = r.grant_hash
            WHERE r.hash = :hash
            """,
            {"hash": receipt},
        )
        return (row[0], row[1]) if row else None

    def grant_of(self, receipt: bytes) -> bytes:
        """The grant that a receipt stands under.

        Raises:
            NotFound: if there is no such receipt.
        """
        row = self._transaction.one("SELECT grant_hash FROM receipts WHERE hash = :hash", {"hash": receipt})
        if row is None:
            raise NotFound("no such receipt")
        found: bytes = row[0]
        return found

    def chain_of(self, account: bytes) -> OwnerChain:
        """Where an owner's chain stands, for reading."""
        row = self._transaction.one(
            "SELECT id, receipts, receipts_head FROM accounts WHERE id = :account", {"account": account}
        )
        if row is None:
            raise NotFound("no such account")
        return OwnerChain(*row)

    def erase_statements(self, account: bytes) -> None:
        """Delete an owner's statements; their entries in the log mean nothing to anybody then."""
        self._transaction.run("DELETE FROM statements WHERE account = :account", {"account": account})

    def keep_statement(self, statement: Signed[Statement]) -> None:
        """Keep a statement, and queue it for the log."""
        self._transaction.run(
            "INSERT INTO statements (hash, account, raw) VALUES (:hash, :account, :raw)",
            {"hash": statement.hash, "account": statement.record.account, "raw": statement.raw},
        )
        self._transaction.run("INSERT INTO log_queue (entry) VALUES (:entry)", {"entry": statement.entry})


def _listed(row: Row) -> Listed:
    number, name, raw, use, revocation, grant, prev, blind = row
    return Listed(number, name, raw, use, revocation, grant, OwnerLink(number, prev, blind))


def _row(written: Written) -> dict[str, object]:
    receipt, use = written.receipt.record, written.use
    return {
        "hash": written.receipt.hash,
        "grant_hash": receipt.grant,
        "seq": receipt.seq,
        "account": written.account,
        "owner_seq": written.link.seq,
        "owner_prev": written.link.prev,
        "blind": written.link.blind,
        "use_hash": receipt.use,
        "use_time": int(use.record.time.timestamp()) if use else None,
        "use_raw": use.raw if use else None,
        "price": receipt.price,
        "fee": receipt.fee,
        "time": int(receipt.time.timestamp()),
        "raw": written.receipt.raw,
    }
