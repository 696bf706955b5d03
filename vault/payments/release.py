"""What owners earned becomes payable once its receipt is in a published checkpoint of a certain age.

From then on nobody can unmake the use that was paid for, and nobody disputes it any more.
The receipts between two sizes of the log become one transfer for each owner; ``releases``
keeps how far money has followed, in the same transaction. A disputed receipt is left out
for good: its decision moves its money.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from vault.db import Row, Transaction
from vault.errors import Conflict
from vault.payments import ledger
from vault.payments.ledger import Transfer
from vault.payments.store import Ledger

KIND = "release"
_LOG = "log"


@dataclass(frozen=True, slots=True)
class Covering:
    """The published checkpoint that the released receipts are in."""

    size: int
    root: bytes


def released_size(transaction: Transaction) -> int:
    """How many of the log's entries money has followed."""
    row = transaction.one("SELECT size FROM releases WHERE name = :name", {"name": _LOG})
    return row[0] if row else 0


def hold_releases(transaction: Transaction) -> int:
    """As ``released_size``; until the transaction ends, no money follows any further."""
    first = "INSERT INTO releases (name, size) VALUES (:name, 0) ON CONFLICT DO NOTHING"
    transaction.run(first, {"name": _LOG})
    row = transaction.one("SELECT size FROM releases WHERE name = :name FOR UPDATE", {"name": _LOG})
    return row[0] if row else 0


def release(transaction: Transaction, covering: Covering, now: int) -> int:
    """Move what the receipts up to this checkpoint earned from pending to payable; the micros moved.

    Doing it again moves nothing.

    Raises:
        Conflict: somebody else released meanwhile; undo the transaction.
        InsufficientFunds: if an owner's pending balance is less than her receipts say; undo
            the transaction, and somebody has to look.
    """
    since = hold_releases(transaction)
    if covering.size <= since:
        return 0
    earned = _earned(transaction, since, covering.size)
    transfers = [_transfer(account, amount, covering) for account, amount in earned.items()]
    Ledger(transaction).move(transfers, now)
    _keep_steps(transaction, transfers, since, covering)
    _follow(transaction, since, covering.size)
    return sum(earned.values())


def _earned(transaction: Transaction, since: int, size: int) -> dict[bytes, int]:
    """Micros by owner, of the receipts at positions from ``since`` up to ``size``."""
    rows = transaction.all(
        """
        SELECT r.account, SUM(r.price - r.fee)
        FROM log_entries e JOIN receipts r ON r.id = e.receipt
        WHERE e.position >= :since AND e.position < :size
          AND NOT EXISTS (SELECT 1 FROM disputes d WHERE d.receipt = r.hash)
        GROUP BY r.account
        """,
        {"since": since, "size": size},
    )
    return {account: int(amount) for account, amount in rows if amount}


def _transfer(account: bytes, amount: int, covering: Covering) -> Transfer:
    place = covering.size.to_bytes(8, "big") + covering.root
    source = sha256(b"planetvault/release/v1\0" + place + account).digest()
    return Transfer(KIND, source, ledger.pending(account), ledger.payable(account), amount, account)


def _keep_steps(
    transaction: Transaction, transfers: Sequence[Transfer], since: int, covering: Covering
) -> None:
    """Which receipts each transfer is for, so that its owner can work it out again."""
    transaction.run_many(
        """
        INSERT INTO release_steps (source, account, since, size, root)
        VALUES (:source, :account, :since, :size, :root)
        """,
        [
            {
                "source": one.source,
                "account": one.account,
                "since": since,
                "size": covering.size,
                "root": covering.root,
            }
            for one in transfers
        ],
    )


def steps_of(transaction: Transaction, account: bytes, after: int, limit: int) -> list[Row]:
    """Size, since and root of the releases that moved money of an owner's."""
    return transaction.all(
        """
        SELECT size, since, root FROM release_steps
        WHERE account = :account AND size > :after ORDER BY size LIMIT :limit
        """,
        {"account": account, "after": after, "limit": limit},
    )


def _follow(transaction: Transaction, since: int, size: int) -> None:
    moved = transaction.run(
        "UPDATE releases SET size = :size WHERE name = :name AND size = :since",
        {"name": _LOG, "size": size, "since": since},
    )
    if not moved:
        raise Conflict("somebody else released these receipts meanwhile")
