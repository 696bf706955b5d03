"""The end of a pool: counted, divided, signed and paid, in one transaction."""

from datetime import datetime
from hashlib import sha256

from anchor import merkle
from anchor.errors import ProofError
from anchor.keys import SigningKey
from anchor.records.pools import Division
from anchor.records.signed import sign
from vault.db import Transaction
from vault.offers.store import ENDED, Offers
from vault.payments import ledger
from vault.payments.store import Ledger
from vault.pools.rules import Share, divide
from vault.pools.store import Pools

DIVIDED_MAX = 20
"""Pools divided in one transaction."""


def divide_ended(transaction: Transaction, key: SigningKey, now: datetime, most: int = DIVIDED_MAX) -> int:
    """Divide the pools of offers that have ended, at most so many; how many there were.

    An offer without a pool has an empty division, so that it is not looked at again.
    """
    offers = Pools(transaction).undivided(ENDED, most)
    for offer in offers:
        _divide(transaction, offer, key, now)
    return len(offers)


def _divide(transaction: Transaction, name: bytes, key: SigningKey, now: datetime) -> None:
    offer = Offers(transaction).get(name)
    if offer is None:
        raise ProofError("an offer that ended is not there")
    pools, terms = Pools(transaction), offer.record
    lines = pools.lines(name, offer.expires) if terms.pool else []
    shares = divide(terms.pool, lines)
    division = Division(
        vault=terms.vault,
        offer=name,
        pot=terms.pool,
        currency=terms.currency,
        points=sum(line.points for line in lines),
        grants=len(shares),
        root=merkle.root([share.leaf for share in shares]),
        time=now,
    )
    pools.add(sign(division, key), shares)
    _pay(transaction, name, offer.partner, terms.pool, shares, int(now.timestamp()))


def _pay(
    transaction: Transaction, offer: bytes, partner: str, pot: int, shares: list[Share], now: int
) -> None:
    source = ledger.pool(offer)
    moves = [
        ledger.Transfer(
            "pool-share",
            share_name(offer, share.grant),
            source,
            ledger.payable(share.account),
            share.amount,
            share.account,
        )
        for share in shares
    ]
    if not shares:
        moves = [ledger.Transfer("pool-end", offer, source, ledger.funding(partner), pot)]
    Ledger(transaction).move([move for move in moves if move.amount], now)


def share_name(offer: bytes, grant: bytes) -> bytes:
    """How the books name what one grant got of one pool (docs/spec/pool.md)."""
    return sha256(b"planetvault/pool-share/v1\0" + offer + grant).digest()
