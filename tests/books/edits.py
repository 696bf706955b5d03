"""One micro more in one place of the books, or of what was signed: does the audit see it?"""

import random
from collections.abc import Iterator
from dataclasses import replace

from planetvault.audit import Audit, BooksDisagree, Records, audit
from planetvault.audit_outflow import Outflow

from anchor.encoding import from_base64url, to_base64url
from anchor.keys import SigningKey
from anchor.records.signed import sign, unverified
from anchor.records.trust import Trust
from anchor.records.usage import Receipt
from tests.books.business import Business, Claimed, records_of, trust_of, verify_business


def unseen_in(business: Business, tries: int) -> int:
    """How many of four times so many edits nobody noticed; the vault's own key signs some of them."""
    done, books = verify_business(business)
    records, trust = records_of(business), trust_of(business)
    key = business.instances[0].service.keys.records
    dice = random.Random(tries)  # noqa: S311 - the same edits again
    receipts = list(records.receipts)
    seen = [_movement_seen(done, books, dice) for _ in range(tries)]
    seen += [_balance_seen(done, books, dice) for _ in range(tries)]
    for number in range(tries):
        others = _other_receipts(dice.choice(receipts), key, number % 2)
        seen += [_receipt_seen(records, raw, trust) for raw in others]
    return seen.count(False)


def _movement_seen(done: Audit, books: Claimed, dice: random.Random) -> bool:
    moved = list(books.movements)
    at = dice.randrange(len(moved))
    moved[at] = (*moved[at][:4], moved[at][4] + dice.choice([-1, 1]))
    try:
        done.verify_movements(moved)
    except BooksDisagree:
        return True
    return False


def _balance_seen(done: Audit, books: Claimed, dice: random.Random) -> bool:
    account = dice.choice(sorted(books.balances))
    try:
        done.verify_balances(books.balances | {account: books.balances[account] + dice.choice([-1, 1])})
    except BooksDisagree as error:
        return account in str(error)
    return False


def _other_receipts(raw: bytes, key: SigningKey, number: int) -> Iterator[bytes]:
    """A receipt with one micro more in its bytes, and one that the vault itself signed so."""
    record = unverified(raw, Receipt)
    header, payload, signature = raw.split(b".")
    text = from_base64url(payload.decode())
    old, new = b'"price":%d,' % record.price, b'"price":%d,' % (record.price + 1)
    yield b".".join([header, to_base64url(text.replace(old, new)).encode(), signature])
    yield sign(replace(record, price=record.price + 1, fee=record.fee + number), key).raw


def _receipt_seen(records: Records, raw: bytes, trust: Trust) -> bool:
    only = replace(records, receipts=[raw], outflow=Outflow())
    try:
        audit(only, trust)
    except BooksDisagree:
        return True
    return False
