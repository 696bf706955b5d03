"""Claims by the payout contract: one root over all that every address was ever owed."""

from collections import Counter
from dataclasses import dataclass

from anchor.chain.distribution import Distribution, distribute
from vault.db import Row, Transaction
from vault.errors import Conflict, NotFound
from vault.payouts.rules import EVM

LEAVES_MAX = 20_000
"""Addresses in one distribution: a tree over more takes minutes."""
CLAIMS_MAX = 5000
"""Claims that one publication settles at a time; call it again for the rest."""


@dataclass(frozen=True, slots=True)
class Owed:
    """What is owed by address, in micros since the beginning, and the newest claim that is in it."""

    by_address: dict[str, int]
    newest: int


def owed(transaction: Transaction) -> Owed:
    """All claims by the contract, of old distributions and new.

    Raises:
        Conflict: if there is none, or they are to too many addresses.
    """
    row = transaction.one("SELECT COALESCE(MAX(id), 0) FROM claims WHERE way = :way", {"way": EVM})
    newest = row[0] if row else 0
    sums = _sums(transaction, newest)
    if not 1 <= len(sums) <= LEAVES_MAX:
        raise Conflict(f"a distribution is to 1 to {LEAVES_MAX} addresses")
    return Owed(sums, newest)


def _sums(transaction: Transaction, newest: int) -> dict[str, int]:
    """What the claims up to this one come to, by address, in micros."""
    rows = transaction.all(
        "SELECT destination, amount FROM claims WHERE way = :way AND state <> 'failed' AND id <= :newest",
        {"way": EVM, "newest": newest},
    )
    sums: Counter[str] = Counter()
    for destination, amount in rows:
        sums[destination] += amount
    return dict(sums)


def tree_of(debts: Owed) -> Distribution:
    """The distribution of these debts."""
    return distribute({bytes.fromhex(address[2:]): amount for address, amount in debts.by_address.items()})


def keep(transaction: Transaction, debts: Owed, made: Distribution, now: int) -> None:
    """Keep a distribution; the claims in it can't fail any more. The same one again changes nothing.

    Raises:
        Conflict: if what is owed changed meanwhile, or one of newer claims was kept: make it again.
    """
    if number_of(transaction, made.root) is not None:
        return
    row = transaction.one("SELECT COALESCE(MAX(number), 0) FROM distributions")
    number = (row[0] if row else 0) + 1
    transaction.run(
        """
        UPDATE claims SET distribution = :number
        WHERE way = :way AND state = 'leaving' AND distribution IS NULL AND id <= :newest
        """,
        {"number": number, "way": EVM, "newest": debts.newest},
    )
    overtaken = transaction.one(
        "SELECT 1 FROM claims WHERE way = :way AND distribution IS NOT NULL AND id > :newest LIMIT 1",
        {"way": EVM, "newest": debts.newest},
    )
    if overtaken or _sums(transaction, debts.newest) != debts.by_address:
        raise Conflict("what is owed changed meanwhile: make the distribution again")
    transaction.run(
        "INSERT INTO distributions (number, root, total, time) VALUES (:number, :root, :total, :time)",
        {"number": number, "root": made.root, "total": made.total, "time": now},
    )
    transaction.run("DELETE FROM distribution_shares")
    transaction.run_many(
        "INSERT INTO distribution_shares (address, cumulative, proof) VALUES (:address, :cumulative, :proof)",
        [
            {
                "address": address,
                "cumulative": amount,
                "proof": b"".join(made.proofs[bytes.fromhex(address[2:])]),
            }
            for address, amount in debts.by_address.items()
        ],
    )


def number_of(transaction: Transaction, root: bytes) -> int | None:
    """Which distribution has this root."""
    row = transaction.one("SELECT number FROM distributions WHERE root = :root", {"root": root})
    return row[0] if row else None


def made_after(transaction: Transaction, after: int, limit: int) -> list[Row]:
    """Number, root, total and time of distributions, and how many claims that are new in each wait."""
    return transaction.all(
        """
        SELECT d.number, d.root, d.total, d.time,
               (SELECT COUNT(*) FROM claims c
                WHERE c.way = :way AND c.distribution = d.number AND c.state = 'leaving')
        FROM distributions d WHERE d.number > :after ORDER BY d.number LIMIT :limit
        """,
        {"way": EVM, "after": after, "limit": limit},
    )


def unsettled(transaction: Transaction, root: bytes) -> list[bytes]:
    """Claims in a distribution, or in one before, that wait; at most ``CLAIMS_MAX``.

    Raises:
        NotFound: if there is no such distribution.
    """
    number = number_of(transaction, root)
    if number is None:
        raise NotFound("no such distribution")
    rows = transaction.all(
        """
        SELECT hash FROM claims
        WHERE way = :way AND distribution <= :number AND state = 'leaving' ORDER BY id LIMIT :most
        """,
        {"way": EVM, "number": number, "most": CLAIMS_MAX},
    )
    return [row[0] for row in rows]


def share_of(transaction: Transaction, claim: bytes, account: bytes) -> Row:
    """Address, micros in all and path of the newest distribution that holds this claim, and its root.

    Raises:
        NotFound: if the owner made no such claim, or no distribution holds it yet.
    """
    row = transaction.one(
        """
        SELECT s.address, s.cumulative, s.proof,
               (SELECT root FROM distributions ORDER BY number DESC LIMIT 1)
        FROM claims c JOIN distribution_shares s ON s.address = c.destination
        WHERE c.hash = :claim AND c.account = :account AND c.distribution IS NOT NULL
        """,
        {"claim": claim, "account": account},
    )
    if row is None:
        raise NotFound("no distribution holds such a claim")
    return row
