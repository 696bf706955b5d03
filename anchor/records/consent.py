"""What a partner asks and what an owner answers: ask, grant, denial, revocation."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from anchor.errors import FormatError
from anchor.keys import verify_public_key
from anchor.records.shape import (
    BasisPoints,
    Boolean,
    Clusters,
    Count,
    Currency,
    Days,
    Domain,
    Hash,
    Holders,
    Id,
    Language,
    MaybeHash,
    Micros,
    Ordinal,
    Origin,
    PublicKey,
    Purposes,
    Salt,
    Text500,
    Time,
)
from anchor.records.signed import Record, Signed, new_salt, verify


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask(Record):
    """What a partner proposes to one owner. Signed by the partner.

    ``owner`` is the kid of the owner's key for this partner; ``price`` is per use, or with
    ``paid_by_period`` per period, and ``budget`` the most that all uses together may cost, both
    in micros of ``currency``. ``counter`` is the counter-offer of hers that it accepts.
    """

    NOUN = "ask"

    vault: Origin
    id: Id
    partner: Domain
    owner: Hash
    counter: MaybeHash
    clusters: Clusters
    purposes: Purposes
    reason: Text500
    price: Micros
    budget: Micros
    currency: Currency
    max_uses: Ordinal
    period_days: Days
    period_uses: Count
    paid_by_period: Boolean
    look_back_days: Days
    future_items: Boolean
    duration_days: Days
    retention_days: Days
    expires: Time
    time: Time
    salt: Salt = field(default_factory=new_salt)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant(Record):
    """What an owner allows one partner. Signed by the owner's key for this partner.

    Immutable: a change is a new ``version`` whose ``prev`` names the old one. It pins the
    partner's keys, commits to the grant key and to the share of every holder, and holds
    the hash of the very text she saw in ``language``. Of each ``price`` the vault keeps
    ``fee`` basis points. ``ask`` is the ask or the offer that it answers.

    A period has ``period_days`` and begins with ``not_before``; it allows ``period_uses`` uses,
    and with ``paid_by_period`` the price is due once in it, for its first use. Zero days: no periods.
    """

    NOUN = "grant"
    ENTRY = 2

    vault: Origin
    id: Id
    version: Ordinal
    prev: MaybeHash
    ask: MaybeHash
    owner_key: PublicKey
    partner: Domain
    partner_key: Hash
    sealing_key: Hash
    clusters: Clusters
    purposes: Purposes
    price: Micros
    fee: BasisPoints
    budget: Micros
    currency: Currency
    max_uses: Ordinal
    period_days: Days
    period_uses: Count
    paid_by_period: Boolean
    look_back_days: Days
    future_items: Boolean
    not_before: Time
    expires: Time
    retention_days: Days
    text: Hash
    language: Language
    key_commitment: Hash
    holders: Holders
    time: Time
    salt: Salt = field(default_factory=new_salt)


@dataclass(frozen=True, slots=True, kw_only=True)
class Denial(Record):
    """The owner's no to an ask, without a reason. Signed by the key the ask was put to."""

    NOUN = "denial"

    ask: Hash
    owner_key: PublicKey
    time: Time
    salt: Salt = field(default_factory=new_salt)


@dataclass(frozen=True, slots=True, kw_only=True)
class Revocation(Record):
    """The owner's no to a grant she gave. Signed by the key that signed the grant.

    ``uses`` is the number of uses she knew of; ``erase`` asks the partner to erase.
    """

    NOUN = "revocation"
    ENTRY = 3

    grant: Hash
    erase: Boolean
    uses: Count
    time: Time
    salt: Salt = field(default_factory=new_salt)


def verify_grant(raw: bytes) -> Signed[Grant]:
    """Check a grant against the key it carries, and that its terms make sense together.

    Raises:
        FormatError: if it is malformed, or allows nothing.
        SignatureError: if the key it carries did not sign it.
    """
    signed = verify(raw, Grant, lambda _kid, grant: verify_public_key(grant.owner_key))
    grant = signed.record
    if grant.not_before >= grant.expires:
        raise FormatError("the grant ends before it begins")
    if (grant.version == 1) != (grant.prev is None):
        raise FormatError("a first version follows nothing, a later one names the one before")
    verify_periods(grant)
    return signed


def verify_denial(raw: bytes) -> Signed[Denial]:
    """Check a denial against the key it carries.

    Raises:
        FormatError, SignatureError: as ``anchor.records.signed.verify``.
    """
    return verify(raw, Denial, lambda _kid, denial: verify_public_key(denial.owner_key))


class Periodic(Protocol):
    """Terms that may go by periods."""

    @property
    def period_days(self) -> int:
        """The length of a period; 0 if there are none."""
        ...

    @property
    def period_uses(self) -> int:
        """The most uses in one period; 0 if only the number of all uses is limited."""
        ...

    @property
    def paid_by_period(self) -> bool:
        """Whether the price is that of a period, and not of each use."""
        ...


P = TypeVar("P", bound=Periodic)


def verify_periods(terms: P) -> P:
    """Return terms that speak of periods only if there are any.

    Raises:
        FormatError: if a limit or a price of periods stands beside none.
    """
    if terms.period_days == 0 and (terms.period_uses or terms.paid_by_period):
        raise FormatError("without periods nothing is limited or paid by period")
    return terms


def period_at(grant: Grant, moment: datetime) -> int:
    """Which period of a grant a moment lies in, counted from 0; always 0 if there are none."""
    if grant.period_days == 0:
        return 0
    return (moment - grant.not_before) // timedelta(days=grant.period_days)


def payments_max(grant: Grant) -> int:
    """How often the price of a grant can fall due: for each use, or for each period that has one."""
    if not grant.paid_by_period:
        return grant.max_uses
    last = grant.expires - timedelta(seconds=1)
    return min(grant.max_uses, period_at(grant, last) + 1)


def fee_of(grant: Grant) -> int:
    """The vault's part of one use, in micros, rounded down so that the owner never loses by rounding."""
    return grant.price * grant.fee // 10_000
