"""At most one worker does a duty, though several may run.

A lease is held until a time, and whoever finds it expired may take it. Since a
worker that slept too long does not know that it lost its lease, each change of
owner raises the lease's ``fence``; what is written under a lease is written in a
transaction that has looked at the fence and holds its row until the end.
"""

from dataclasses import dataclass

from vault.db import Transaction
from vault.errors import Unavailable


class LeaseHeld(Unavailable):
    """Another worker does this."""

    code = "lease-held"


class LeaseLost(Unavailable):
    """Another worker took over: leave the rest to it."""

    code = "lease-lost"


@dataclass(frozen=True, slots=True)
class Lease:
    """A duty's name, who holds it, and the number of that holding."""

    name: str
    owner: str
    fence: int


def take(transaction: Transaction, name: str, owner: str, *, now: int, until: int) -> Lease:
    """Take or keep a lease, and hold its row until the transaction ends. Times in seconds.

    Raises:
        LeaseHeld: while another owner's has not expired.
    """
    rows = transaction.all(
        """
        INSERT INTO leases (name, owner, fence, until) VALUES (:name, :owner, 1, :until)
        ON CONFLICT (name) DO UPDATE SET
            fence = leases.fence + CASE WHEN leases.owner = excluded.owner THEN 0 ELSE 1 END,
            owner = excluded.owner,
            until = excluded.until
        WHERE leases.owner = excluded.owner OR leases.until <= :now
        RETURNING fence
        """,
        {"name": name, "owner": owner, "until": until, "now": now},
    )
    if not rows:
        raise LeaseHeld(f"another worker holds {name}")
    return Lease(name, owner, rows[0][0])


def verify_lease(transaction: Transaction, lease: Lease) -> Lease:
    """Return the lease if it was not taken over, and hold its row until the transaction ends.

    Raises:
        LeaseLost: if it was.
    """
    row = transaction.one("SELECT fence FROM leases WHERE name = :name FOR UPDATE", {"name": lease.name})
    if row is None or row[0] != lease.fence:
        raise LeaseLost(f"another worker took over {lease.name}")
    return lease


def give_back(transaction: Transaction, owner: str) -> None:
    """Let the next worker take what this one held, without waiting."""
    transaction.run("UPDATE leases SET until = 0 WHERE owner = :owner", {"owner": owner})
