"""Receipts: each takes its place in the grant's chain and the owner's chain, and joins the log's queue."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from anchor.records.signed import Signed
from anchor.records.usage import OwnerLink, Receipt
from vault.db import Transaction


@dataclass(slots=True)
class OwnerChain:
    """Where an owner's chain of receipts stands."""

    account: bytes
    receipts: int
    head: bytes | None


@dataclass(frozen=True, slots=True)
class Written:
    """A receipt with its place in the owner's chain, and the bytes of the use it answers."""

    receipt: Signed[Receipt]
    account: bytes
    link: OwnerLink
    use_raw: bytes | None


@dataclass(frozen=True, slots=True)
class Answered:
    """A receipt given before: its bytes, and when."""

    raw: bytes
    grant: bytes
    time: int


class Receipts:
    """The receipts of one transaction."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def of_uses(self, uses: Iterable[bytes]) -> dict[bytes, Answered]:
        """The receipts that answered these uses before, by the hash of the use."""
        rows = self._transaction.all(
            "SELECT use_hash, raw, grant_hash, time FROM receipts WHERE use_hash IN :uses",
            {"uses": tuple(uses)},
        )
        return {row[0]: Answered(*row[1:]) for row in rows}

    def in_chain(self, grant: bytes, receipt: bytes) -> bool:
        """Whether this grant's chain holds this receipt."""
        found = self._transaction.one(
            "SELECT grant_hash FROM receipts WHERE hash = :receipt", {"receipt": receipt}
        )
        return found is not None and found[0] == grant

    def lock_owners(self, accounts: Iterable[bytes]) -> dict[bytes, OwnerChain]:
        """These owners' chains, held until the transaction ends, in one order for everybody."""
        rows = self._transaction.all(
            "SELECT id, receipts, receipts_head FROM accounts WHERE id IN :accounts ORDER BY id "
            + self._transaction.locking,
            {"accounts": tuple(accounts)},
        )
        return {row[0]: OwnerChain(*row) for row in rows}

    def append(self, written: Sequence[Written], chains: Iterable[OwnerChain]) -> None:
        """Store receipts, queue their entries for the log, and move the owners' chains."""
        self._transaction.run_many(
            """
            INSERT INTO receipts (hash, grant_hash, seq, account, owner_seq, owner_prev, blind,
                                  use_hash, use_raw, price, fee, time, raw)
            VALUES (:hash, :grant_hash, :seq, :account, :owner_seq, :owner_prev, :blind,
                    :use_hash, :use_raw, :price, :fee, :time, :raw)
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


def _row(written: Written) -> dict[str, object]:
    receipt = written.receipt.record
    return {
        "hash": written.receipt.hash,
        "grant_hash": receipt.grant,
        "seq": receipt.seq,
        "account": written.account,
        "owner_seq": written.link.seq,
        "owner_prev": written.link.prev,
        "blind": written.link.blind,
        "use_hash": receipt.use,
        "use_raw": written.use_raw,
        "price": receipt.price,
        "fee": receipt.fee,
        "time": int(receipt.time.timestamp()),
        "raw": written.receipt.raw,
    }
