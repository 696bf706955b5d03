"""The books, read a second time: every balance and chain worked out from the records alone.

Nothing of the vault's own arithmetic is used here. What it wrote into columns must be
what the signed bytes and the transfers say; where it is not, the first thing wrong is
named.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass
from functools import lru_cache

from anchor.encoding import to_base64url
from anchor.records.consent import Grant, Revocation
from anchor.records.signed import Signed, by, hash_of, unverified, verify
from anchor.records.usage import OwnerLink, Receipt, Use, verify_owner_link
from vault.db import Transaction
from vault.pools.flow import share_name

Transfers = list[tuple[str, bytes, str, str, int]]


@dataclass
class Books:
    """Everything that the vault owes an account of, as its tables hold it."""

    grants: dict[bytes, Grant]
    receipts: dict[bytes, list[Signed[Receipt]]]
    transfers: Transfers


def verify_books(transaction: Transaction, vault_key: bytes) -> Books:
    """Return the books if they are in order."""
    books = Books(_grants(transaction), defaultdict(list), transfers_of(transaction))
    rows = transaction.all("SELECT raw, use_raw, grant_hash FROM receipts ORDER BY grant_hash, seq")
    for raw, use_raw, grant in rows:
        receipt = _receipt(raw, vault_key)
        assert receipt.record.grant == grant
        assert receipt.record.use == (hash_of(Use, use_raw) if use_raw else None)
        books.receipts[grant].append(receipt)
    _verify_grant_chains(transaction, books)
    _verify_owner_chains(transaction, vault_key)
    _verify_sources(transaction, books)
    verify_balances(transaction, books.transfers)
    _verify_queue(transaction, books)
    return books


@lru_cache(maxsize=100_000)
def _receipt(raw: bytes, vault_key: bytes) -> Signed[Receipt]:
    """The receipt in these bytes. A test reads its books after every step: a signature is verified once."""
    return verify(raw, Receipt, by(vault_key))


@lru_cache(maxsize=100_000)
def _grant(raw: bytes) -> Grant:
    return unverified(raw, Grant)


def _grants(transaction: Transaction) -> dict[bytes, Grant]:
    return {row[0]: _grant(row[1]) for row in transaction.all("SELECT hash, raw FROM grants")}


def transfers_of(transaction: Transaction) -> Transfers:
    """Every transfer, in its order."""
    rows = transaction.all("SELECT kind, source, debit, credit, amount FROM transfers ORDER BY id")
    return [(row[0], row[1], row[2], row[3], row[4]) for row in rows]


def _verify_grant_chains(transaction: Transaction, books: Books) -> None:
    """Numbers without a gap, each naming the one before; a closing receipt is the last; terms are kept."""
    for name, state, seq, head, uses in transaction.all(
        "SELECT grant_hash, state, seq, head, uses FROM grant_chains"
    ):
        chain, grant = books.receipts[name], books.grants[name]
        assert [one.record.seq for one in chain] == list(range(1, seq + 1))
        assert [one.record.prev for one in chain] == [None, *(one.hash for one in chain)][: len(chain)]
        assert head == (chain[-1].hash if chain else None)
        closing = [one for one in chain if one.record.use is None]
        assert closing == ([chain[-1]] if state == "revoked" else [])
        opened = [one.record for one in chain if one.record.use is not None]
        assert len(opened) == uses <= grant.max_uses
        assert sum(one.price for one in opened) <= grant.budget
        periods = [(one.time - grant.not_before).days // (grant.period_days or 10**6) for one in opened]
        first = {number: place for place, number in reversed([*enumerate(periods)])}
        begins = [first[number] == place for place, number in enumerate(periods)]
        prices = [grant.price if paid or not grant.paid_by_period else 0 for paid in begins]
        assert [one.price for one in opened] == prices
        assert [one.fee for one in opened] == [price * grant.fee // 10_000 for price in prices]
        assert all(count <= (grant.period_uses or uses) for count in Counter(periods).values())
        assert {one.purpose for one in opened} <= set(grant.purposes)


def _verify_owner_chains(transaction: Transaction, vault_key: bytes) -> None:
    for account, count, head in transaction.all("SELECT id, receipts, receipts_head FROM accounts"):
        rows = transaction.all(
            "SELECT hash, raw, owner_seq, owner_prev, blind FROM receipts WHERE account = :account"
            " ORDER BY owner_seq",
            {"account": account},
        )
        assert [row[2] for row in rows] == list(range(1, count + 1))
        assert [row[3] for row in rows] == [None, *(row[0] for row in rows)][: len(rows)]
        assert head == (rows[-1][0] if rows else None)
        for name, raw, seq, prev, blind in rows:
            receipt = _receipt(raw, vault_key)
            assert receipt.hash == name
            verify_owner_link(OwnerLink(seq, prev, blind), receipt.record)


def _verify_sources(transaction: Transaction, books: Books) -> None:
    """Each transfer comes from a record, and each record moved just the money it says."""
    moved: dict[bytes, Transfers] = defaultdict(list)
    for transfer in books.transfers:
        moved[transfer[1]].append(transfer)
    owners = {row[0]: row[1] for row in transaction.all("SELECT hash, account FROM receipts")}
    for grant, chain in books.receipts.items():
        for one in chain:
            price, fee = one.record.price, one.record.fee
            wanted = [part for part in (("share", price - fee), ("fee", fee)) if part[1]]
            parts = moved.pop(one.hash, [])
            assert [(kind, amount) for kind, _, _, _, amount in parts] == wanted
            for kind, _, debit, credit, _ in parts:
                assert debit == f"escrow/{to_base64url(grant)}"
                earner = f"pending/{to_base64url(owners[one.hash])}"
                assert credit == (earner if kind == "share" else "fee")
    offers = {
        row[0]
        for table in ("offers", "withdrawals")
        for row in transaction.all(f"SELECT hash FROM {table}")  # noqa: S608 - two fixed words
    }
    shares = {
        share_name(row[0], row[1]) for row in transaction.all("SELECT offer, grant_hash FROM pool_shares")
    }
    revocations = {row[0] for row in transaction.all("SELECT hash FROM revocations")}
    for source, parts in moved.items():
        kinds = sorted(kind for kind, *_ in parts)
        of_a_grant = set(kinds) <= {"reserve", "return", "lapse"} and source in books.grants
        of_an_offer = set(kinds) <= {"campaign", "pool", "campaign-end", "pool-end"} and source in offers
        of_a_share = kinds == ["pool-share"] and source in shares
        of_a_revocation = kinds == ["return"] and source in revocations
        assert kinds == ["top-up"] or of_a_grant or of_a_revocation or of_an_offer or of_a_share


def verify_balances(transaction: Transaction, transfers: Transfers) -> None:
    """The fold over the transfers is what the columns say, sums to nothing, and is nowhere negative."""
    fold: Counter[str] = Counter()
    for _, _, debit, credit, amount in transfers:
        assert amount > 0
        fold[debit] -= amount
        fold[credit] += amount
        assert debit == "outside" or fold[debit] >= 0
    assert sum(fold.values()) == 0
    kept = {row[0]: row[1] for row in transaction.all("SELECT account, amount FROM balances")}
    for grant, escrow in transaction.all("SELECT grant_hash, escrow FROM grant_chains"):
        kept[f"escrow/{to_base64url(grant)}"] = escrow
    uncached = {"outside", "fee"}
    assert {name: value for name, value in kept.items() if value} == {
        name: value for name, value in fold.items() if value and name not in uncached
    }


def _verify_queue(transaction: Transaction, books: Books) -> None:
    """Every grant, revocation and receipt waits for the log exactly once, a grant's in their order."""
    queued = [row[0] for row in transaction.all("SELECT entry FROM log_queue ORDER BY id")]
    assert len(queued) == len(set(queued))
    places = {entry: place for place, entry in enumerate(queued)}
    rows = transaction.all("SELECT grant_hash, hash FROM revocations")
    revocations: dict[bytes, bytes] = {row[0]: row[1] for row in rows}
    for name in books.grants:
        in_order = [bytes([Grant.ENTRY or 0]) + name]
        chain = books.receipts[name]
        in_order += [one.entry for one in chain if one.record.use is not None]
        if name in revocations:
            in_order.append(bytes([Revocation.ENTRY or 0]) + revocations[name])
            in_order.append(chain[-1].entry)
        at = [places[entry] for entry in in_order]
        assert at == sorted(at)
