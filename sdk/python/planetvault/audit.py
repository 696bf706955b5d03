"""Every balance of a vault, worked out a second time from signed records and top-ups alone.

It shares nothing with the vault's own arithmetic: prices, shares and fees are taken from
what owners and the vault signed, and the accounts are counted up from there. What the
vault's books say otherwise is a fault of the books.

    funding/<partner>   top-ups, minus what grants reserved, plus what came back
    escrow/<grant>      reserved, minus the price of each use; nothing once the grant has ended
    earned/<owner key>  price - fee of each use under grants by this key
    fee                 the fee of each use
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from anchor.encoding import to_base64url
from anchor.errors import AnchorError
from anchor.records.consent import Grant, Revocation, verify_grant
from anchor.records.signed import Signed, by, unverified, verify
from anchor.records.trust import Trust, read_trust
from anchor.records.usage import Receipt, Statement
from planetvault.bundle.archive import BundleReader
from planetvault.bundle.check import check_bundle
from planetvault.errors import PlanetVaultError
from planetvault.receipts import vault_key

BASIS = 10_000
DAY = 86_400
Movement = tuple[str, str, str, str, int]
"""Kind, source (base64url hash), debit, credit, micros."""


class BooksDisagree(PlanetVaultError):
    """A record is not what it must be, or the books say something else than the records."""


@dataclass
class Audit:
    """What the records say: the balance of every account in micros, and every movement of money."""

    balances: Counter[str] = field(default_factory=Counter)
    movements: Counter[Movement] = field(default_factory=Counter)

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

    ``lapsed_at`` is when the vault last gave back what expired grants had left.
    """

    grants: Iterable[bytes]
    revocations: Iterable[bytes]
    receipts: Iterable[bytes]
    top_ups: Iterable[tuple[str, bytes, int]] | None
    lapsed_at: datetime | None = None


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
        paid = _reserve_and_use(done, grants, records.receipts, trust)
        _give_back(done, grants, _endings(grants, records), paid)
    except AnchorError as error:
        raise BooksDisagree(f"a record does not hold: {error}") from error
    endless = ("outside",) if records.top_ups is not None else ("outside", "funding/")
    short = [name for name, amount in done.balances.items() if amount < 0 and not name.startswith(endless)]
    if short or sum(done.balances.values()):
        raise BooksDisagree(f"accounts hold less than nothing: {short}")
    return done


def _reserve_and_use(
    done: Audit, grants: Mapping[bytes, Signed[Grant]], receipts: Iterable[bytes], trust: Trust
) -> Counter[bytes]:
    """Count reserves, prices and fees; what each grant has paid."""
    for grant in grants.values():
        source, into = f"funding/{grant.record.partner}", f"escrow/{to_base64url(grant.hash)}"
        done.move("reserve", grant.hash, source, into, _reserved(grant.record))
    paid: Counter[bytes] = Counter()
    periods: Counter[tuple[bytes, int]] = Counter()
    verified = [verify(raw, Receipt, vault_key(trust)) for raw in receipts]
    for receipt in sorted(verified, key=lambda one: (one.record.grant, one.record.seq)):
        if receipt.record.grant not in grants:
            raise BooksDisagree("a receipt stands under a grant that is not here")
        grant = grants[receipt.record.grant]
        period = grant.hash, _period(grant.record, receipt.record.time)
        _pay(done, receipt, grant, first=not periods[period])
        if receipt.record.use is not None:
            periods[period] += 1
            paid[grant.hash] += receipt.record.price
    return paid


def _pay(done: Audit, receipt: Signed[Receipt], grant: Signed[Grant], *, first: bool) -> None:
    """Count one receipt; ``first`` says whether it is the first use of its period."""
    record = receipt.record
    due = record.use is not None and (first or not grant.record.paid_by_period)
    price = grant.record.price if due else 0
    fee = price * grant.record.fee // BASIS
    if (record.price, record.fee) != (price, fee):
        raise BooksDisagree("a receipt has another price or fee than was granted")
    source = f"escrow/{to_base64url(grant.hash)}"
    done.move("share", receipt.hash, source, earned(grant.record.owner_key), price - fee)
    done.move("fee", receipt.hash, source, "fee", fee)


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
    if records.lapsed_at is not None:
        gone = [g for g in grants.values() if g.record.expires <= records.lapsed_at]
        ends = {grant.hash: ("lapse", grant.hash) for grant in gone}
    for grant in grants.values():
        if grant.record.prev is not None:
            ends[grant.record.prev] = ("return", grant.hash)
    for raw in records.revocations:
        name = unverified(raw, Revocation).grant  # whose key must have signed it
        if name not in grants:
            raise BooksDisagree("a revocation of a grant that is not here")
        revocation = verify(raw, Revocation, by(grants[name].record.owner_key))
        ends[name] = ("return", revocation.hash)
    return ends


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
        BooksDisagree: if the vault's statement says she earned something else than her receipts.
    """
    check_bundle(path)
    with BundleReader(Path(path)) as reader:
        trust = read_trust(reader.read("trust.json"))
        rows = list(reader.objects("receipts.json"))
        revocations = [raw for row in rows if (raw := row.maybe_record("revocation"))]
        receipts = [row.record("receipt") for row in rows]
        done = audit(Records(list(reader.lines("grants")), revocations, receipts, None), trust)
        (raw,) = reader.lines("statement")
    said = verify(raw, Statement, vault_key(trust)).record
    earnings = sum(amount for name, amount in done.balances.items() if name.startswith("earned/"))
    if said.pending + said.payable + said.leaving + said.paid != earnings:
        raise BooksDisagree(f"the statement says another sum than the receipts: {earnings} micros")
    return done
