"""What owners earned becomes payable once its receipt is in a published checkpoint.

From then on nobody can unmake the use that was paid for. The receipts between two
sizes of the log become one transfer for each owner; ``releases`` keeps how far money
has followed, in the same transaction.
"""

from dataclasses import dataclass
from hashlib import sha256

from vault.db import Transaction
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


def release(transaction: Transaction, covering: Covering, now: int) -> int:
    """Move what the receipts up to this checkpoint earned from pending to payable; the micros moved.

    Doing it again moves nothing.

    Raises:
        Conflict: somebody else released meanwhile; undo the transaction.
        InsufficientFunds: if an owner's pending balance is less than her receipts say; undo
            the transaction, and somebody has to look.
    """
    since = released_size(transaction)
    if covering.size <= since:
        return 0
    earned = _earned(transaction, since, covering.size)
    transfers = [_transfer(account, amount, covering) for account, amount in earned.items()]
    Ledger(transaction).move(transfers, now)
    _follow(transaction, since, covering.size)
    return sum(earned.values())


def _earned(transaction: Transaction, since: int, size: int) -> dict[bytes, int]:
    """Micros by owner, of the receipts at positions from ``since`` up to ``size``."""
    rows = transaction.all(
        """
        SELECT r.account, SUM(r.price - r.fee)
        FROM log_entries e JOIN receipts r ON r.id = e.receipt
        WHERE e.position >= :since AND e.position < :size
        GROUP BY r.account
        """,
        {"since": since, "size": size},
    )
    return {account: int(amount) for account, amount in rows if amount}


def _transfer(account: bytes, amount: int, covering: Covering) -> Transfer:
    place = covering.size.to_bytes(8, "big") + covering.root
    source = sha256(b"planetvault/release/v1\0" + place + account).digest()
    return Transfer(KIND, source, ledger.pending(account), ledger.payable(account), amount, account)


def _follow(transaction: Transaction, since: int, size: int) -> None:
    sizes = {"name": _LOG, "since": since, "size": size}
    first = "INSERT INTO releases (name, size) VALUES (:name, :size) ON CONFLICT DO NOTHING"
    later = "UPDATE releases SET size = :size WHERE name = :name AND size = :since"
    if not transaction.run(later if since else first, sizes):
        raise Conflict("somebody else released these receipts meanwhile")
