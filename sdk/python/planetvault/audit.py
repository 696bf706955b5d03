"""Every balance of a vault, worked out a second time from signed records and top-ups alone.

It shares nothing with the vault's own arithmetic: prices, shares and fees are taken from
what owners and the vault signed, and the accounts are counted up from there. What the
vault's books say otherwise is a fault of the books.

    funding/<partner>   top-ups, minus what grants reserved, plus what came back
    campaign/<offer>, pool/<offer>: see audit_offers.py
    escrow/<grant>      reserved, minus the price of each use; nothing once the grant has ended
    earned/<owner key>  price - fee of each use under grants by this key, if nobody says whose it is; else
    pending, payable, leaving and paid/<account>: see audit_outflow.py
    fee                 the fee of each use
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from anchor.encoding import from_base64url, to_base64url
from anchor.errors import AnchorError
from anchor.records.account import AccountEntry
from anchor.records.consent import Grant, Revocation, verify_grant
from anchor.records.parties import Partner
from anchor.records.pools import Division
from anchor.records.rewards import Redemption
from anchor.records.signed import Signed, by, hash_of, unverified, verify
from anchor.records.tlog_proof import TlogProof
from anchor.records.trust import Trust, read_trust
from anchor.records.usage import Receipt, Statement
from planetvault.answers import Fields
from planetvault.audit_offers import Promised, payer, promise, read_offers
from planetvault.audit_outflow import BooksDisagree, Earning, Outflow, Release, balance, follow
from planetvault.bundle.archive import BundleReader
from planetvault.bundle.check import check_bundle
from planetvault.receipts import vault_key

__all__ = ["Audit", "BooksDisagree", "Movement", "Records", "audit", "audit_bundle", "earned"]

BASIS = 10_000
DAY = 86_400
Movement = tuple[str, str, str, str, int]
"""Kind, source (base64url hash), debit, credit, micros."""


@dataclass
class Audit:
    """What the records say: the balance of every account in micros, and every movement of money."""

    balances: Counter[str] = field(default_factory=Counter)
    movements: Counter[Movement] = field(default_factory=Counter)
    earnings: dict[bytes, Earning] = field(default_factory=dict)

    def move(self, kind: str, source: bytes, debit: str, credit: str, amount: int) -> None:
        """Count one movement, unless it is of nothing."""
        if amount:
            self.movements[kind, to_base64url(source), debit, credit, amount] += 1
            self.balances[debit] -= amount
            self.balances[credit] += amount

    def verify_movements(self, moved: Iterable[Movement]) -> "Audit":
        """Return the audit if these are its movements, each as often, and no other.

        Raises:
            BooksDisagree: naming one that is too much, or missing.
        """
        booked = Counter(moved)
        for word, odd in (
            ("has no record", booked - self.movements),
            ("was not booked", self.movements - booked),
        ):
            for movement in odd:
                raise BooksDisagree(f"a movement {word}: {movement}")
        return self

    def verify_balances(self, claimed: Mapping[str, int]) -> "Audit":
        """Return the audit if every account has the balance that is claimed.

        Raises:
            BooksDisagree: naming the first account that has another.
        """
        for account in sorted(self.balances.keys() | claimed):
            said, worked_out = claimed.get(account, 0), self.balances[account]
            if said != worked_out:
                raise BooksDisagree(f"{account} holds {said} micros, the records say {worked_out}")
        return self


@dataclass(frozen=True, slots=True)
class Records:
    """What an audit reads: signed bytes, and the top-ups as (partner, source, micros) or None if unknown.

    ``lapsed_at`` is up to which end the vault gave back what expired grants had left, and ``lapsed`` are
    those of them that nothing else had ended by then: a revocation may follow. ``owners`` says whose
    account an owner's key belongs to, ``outflow`` is what became of what she earned, and ``promised`` what
    partners offered to everybody.
    """

    grants: Iterable[bytes]
    revocations: Iterable[bytes]
    receipts: Iterable[bytes]
    top_ups: Iterable[tuple[str, bytes, int]] | None
    lapsed_at: datetime | None = None
    lapsed: Collection[bytes] = ()
    owners: Mapping[bytes, bytes] = field(default_factory=dict)
    outflow: Outflow = field(default_factory=Outflow)
    promised: Promised = field(default_factory=Promised)


def audit(records: Records, trust: Trust) -> Audit:
    """Work out every balance.

    Raises:
        BooksDisagree: for a record with a wrong signature, under a grant that is not here, at
            another price than granted, or if an account would ever hold less than nothing.
    """
    try:
        grants = {grant.hash: grant for grant in map(verify_grant, records.grants)}
        done = Audit()
        for partner, source, amount in records.top_ups or ():
            done.move("top-up", source, "outside", f"funding/{partner}", amount)
        paid = _reserve_and_use(done, grants, records, trust)
        _give_back(done, grants, _endings(grants, records), paid)
        _promise(done, grants, records, trust)
        follow(done.move, done.earnings, records.owners, records.outflow, trust)
    except AnchorError as error:
        raise BooksDisagree(f"a record does not hold: {error}") from error
    endless = ("outside",) if records.top_ups is not None else ("outside", "funding/", "pool/")
    short = [name for name, amount in done.balances.items() if amount < 0 and not name.startswith(endless)]
    if short or sum(done.balances.values()):
        raise BooksDisagree(f"accounts hold less than nothing: {short}")
    return done


def _reserve_and_use(
    done: Audit, grants: Mapping[bytes, Signed[Grant]], records: Records, trust: Trust
) -> Counter[bytes]:
    """Count reserves, prices and fees; what each grant has paid."""
    offers = read_offers(records.promised)
    for grant in grants.values():
        source, into = payer(grant.record, grants, offers), f"escrow/{to_base64url(grant.hash)}"
        done.move("reserve", grant.hash, source, into, _reserved(grant.record))
    paid: Counter[bytes] = Counter()
    periods: Counter[tuple[bytes, int]] = Counter()
    verified = [verify(raw, Receipt, vault_key(trust)) for raw in records.receipts]
    for receipt in sorted(verified, key=lambda one: (one.record.grant, one.record.seq)):
        if receipt.record.grant not in grants:
            raise BooksDisagree("a receipt stands under a grant that is not here")
        grant = grants[receipt.record.grant]
        period = grant.hash, _period(grant.record, receipt.record.time)
        _pay(done, receipt, grant, records.owners, first=not periods[period])
        if receipt.record.use is not None:
            periods[period] += 1
            paid[grant.hash] += receipt.record.price
    return paid


def _pay(
    done: Audit, receipt: Signed[Receipt], grant: Signed[Grant], owners: Mapping[bytes, bytes], *, first: bool
) -> None:
    """Count one receipt; ``first`` says whether it is the first use of its period."""
    record = receipt.record
    due = record.use is not None and (first or not grant.record.paid_by_period)
    price = grant.record.price if due else 0
    fee = price * grant.record.fee // BASIS
    if (record.price, record.fee) != (price, fee):
        raise BooksDisagree("a receipt has another price or fee than was granted")
    source = f"escrow/{to_base64url(grant.hash)}"
    key = grant.record.owner_key
    if key in owners and record.use is not None:
        done.earnings[receipt.hash] = Earning(owners[key], key, record.partner, price - fee, fee)
    hers = balance("pending", owners[key]) if key in owners else earned(key)
    done.move("share", receipt.hash, source, hers, price - fee)
    done.move("fee", receipt.hash, source, "fee", fee)


def _promise(done: Audit, grants: Mapping[bytes, Signed[Grant]], records: Records, trust: Trust) -> None:
    receipts = [verify(raw, Receipt, vault_key(trust)).record for raw in records.receipts]

    def credit(grant: Grant) -> str:
        key = grant.owner_key
        return balance("payable", records.owners[key]) if key in records.owners else earned(key)

    promise(done.move, done.balances, grants, receipts, credit, records.promised, trust)


def earned(owner_key: bytes) -> str:
    """The account of all that one owner earned from one partner, whatever became of it since."""
    return f"earned/{to_base64url(owner_key)}"


def _period(grant: Grant, moment: datetime) -> int:
    if not grant.period_days:
        return 0
    return int((moment - grant.not_before).total_seconds()) // (grant.period_days * DAY)


def _reserved(grant: Grant) -> int:
    times = grant.max_uses
    if grant.paid_by_period:
        lasts = int((grant.expires - grant.not_before).total_seconds())
        times = min(times, -(-lasts // (grant.period_days * DAY)))
    return min(grant.budget, grant.price * times)


def _endings(grants: Mapping[bytes, Signed[Grant]], records: Records) -> dict[bytes, tuple[str, bytes]]:
    """What ended each grant that has ended: how its money came back, and by which record."""
    ends: dict[bytes, tuple[str, bytes]] = {}
    for grant in grants.values():
        if grant.record.prev is not None:
            ends[grant.record.prev] = ("return", grant.hash)
    for raw in records.revocations:
        name = unverified(raw, Revocation).grant  # whose key must have signed it
        if name not in grants:
            raise BooksDisagree("a revocation of a grant that is not here")
        revocation = verify(raw, Revocation, by(grants[name].record.owner_key))
        ends[name] = ("return", revocation.hash)
    return ends | _lapses(grants, records, ends)


def _lapses(
    grants: Mapping[bytes, Signed[Grant]], records: Records, ended: Collection[bytes]
) -> dict[bytes, tuple[str, bytes]]:
    """The grants that time ended: all whose time was over, but for those that something else ended before."""
    until = records.lapsed_at
    over = {name for name, one in grants.items() if until is not None and one.record.expires <= until}
    if odd := set(records.lapsed) - over:
        raise BooksDisagree(f"{len(odd)} grants are said to have lapsed before their end")
    return {name: ("lapse", name) for name in over if name in records.lapsed or name not in ended}


def _give_back(
    done: Audit,
    grants: Mapping[bytes, Signed[Grant]],
    ends: Mapping[bytes, tuple[str, bytes]],
    paid: Counter[bytes],
) -> None:
    for name, (kind, source) in ends.items():
        terms = grants[name].record
        left = _reserved(terms) - paid[name]
        done.move(kind, source, f"escrow/{to_base64url(name)}", f"funding/{terms.partner}", left)


def audit_bundle(path: Path | str) -> Audit:
    """Work out an owner's books from her export, offline; what partners paid in is not in it.

    Raises:
        BundleBroken: if the bundle does not hold together.
        BooksDisagree: if the vault's statement names another balance than her records.
    """
    check_bundle(path)
    with BundleReader(Path(path)) as reader:
        trust = read_trust(reader.read("trust.json"))
        done = audit(_in_bundle(reader), trust)
        (raw,) = reader.lines("statement")
        account = reader.index.account
    said = verify(raw, Statement, vault_key(trust)).record
    balances = (
        ("pending", said.pending),
        ("payable", said.payable),
        ("leaving", said.leaving),
        ("paid", said.paid),
    )
    for name, claimed in balances:
        worked_out = done.balances[balance(name, account)]
        if claimed != worked_out:
            raise BooksDisagree(
                f"the statement says {claimed} micros are {name}, the records say {worked_out}"
            )
    return done


def _in_bundle(reader: BundleReader) -> Records:
    rows, money, account = (
        list(reader.objects("receipts.json")),
        reader.object("money.json"),
        reader.index.account,
    )
    grants = list(reader.lines("grants"))
    claims, redemptions = money.objects("claims"), money.objects("redemptions")
    keys = {unverified(raw, Grant).owner_key for raw in grants}
    keys |= {unverified(row.record("redemption"), Redemption).owner_key for row in redemptions}
    return Records(
        grants,
        [raw for row in rows if (raw := row.maybe_record("revocation"))],
        [row.record("receipt") for row in rows],
        None,
        owners=dict.fromkeys(keys, account),
        outflow=Outflow(
            releases=[
                Release(account, r.integer("since"), r.integer("size"), r.hash("root"))
                for r in money.objects("releases")
            ],
            indexes=_indexes(reader),
            disputes=[(r.record("dispute"), r.maybe_record("decision")) for r in money.objects("disputes")],
            claims=[row.record("claim") for row in claims],
            payouts=[raw for row in claims for raw in row.records("payouts")],
            rewards=list({row.record("reward") for row in redemptions}),
            redemptions=[row.record("redemption") for row in redemptions],
            fulfilments=[raw for row in redemptions if (raw := row.maybe_record("fulfilment"))],
            unfulfilled=[
                hash_of(Redemption, r.record("redemption"))
                for r in redemptions
                if r.text("state") == "unfulfilled"
            ],
            lockers={account: [_entry(raw).sign_key for raw in reader.lines("account/chain")]},
            partners={
                name.removeprefix("partners/"): _keys(reader, name) for name in reader.under("partners/")
            },
        ),
        promised=Promised(shares=[_shared(row) for row in reader.objects("pools.json")]),
    )


def _shared(row: Fields) -> tuple[bytes, bytes, int]:
    """Her part of a pot: between what is given up to the points before hers, and up to hers."""
    said = unverified(row.record("division"), Division)
    before, upto = row.integer("before"), row.integer("before") + row.integer("points")
    return said.offer, row.hash("grant"), said.pot * upto // said.points - said.pot * before // said.points


def _indexes(reader: BundleReader) -> dict[bytes, int]:
    """Where each receipt stands in the log, as its proof says; the proofs were checked."""
    found = {}
    for name in reader.under("proofs/"):
        receipt = from_base64url(name.removeprefix("proofs/").removesuffix(".tlog-proof"))
        found[receipt] = TlogProof.parse(reader.read(name)).index
    return found


def _entry(raw: bytes) -> AccountEntry:
    return unverified(raw, AccountEntry)


def _keys(reader: BundleReader, name: str) -> list[bytes]:
    return [unverified(raw, Partner).sign_key for raw in reader.lines(name)]
