"""What a partner proposes to everybody, and what an owner proposes back: offer, withdrawal, counter."""

from dataclasses import dataclass, field

from anchor.keys import verify_public_key
from anchor.records.consent import verify_periods
from anchor.records.shape import (
    Boolean,
    Clusters,
    Count,
    Currency,
    Days,
    Domain,
    Hash,
    Id,
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
class Offer(Record):
    """What a partner proposes to everybody. Signed by the partner.

    The terms are those of an ask. ``budget`` is the most that the uses of one grant may cost,
    ``campaign`` the most that all grants together may set aside, and ``pool`` what is shared at
    ``expires`` among those whose data was used, all in micros of ``currency``.
    """

    NOUN = "offer"

    vault: Origin
    id: Id
    partner: Domain
    clusters: Clusters
    purposes: Purposes
    reason: Text500
    price: Micros
    budget: Micros
    campaign: Micros
    pool: Micros
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
class Withdrawal(Record):
    """The partner takes an offer back: nobody can answer it any more. Signed by the partner."""

    NOUN = "withdrawal"

    offer: Hash
    time: Time
    salt: Salt = field(default_factory=new_salt)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counter(Record):
    """What an owner would agree to instead of an ask or an offer. Signed by her key for its partner.

    ``ask`` is the ask or the offer. The partner accepts by an ask with these very terms.
    """

    NOUN = "counter"

    vault: Origin
    ask: Hash
    owner_key: PublicKey
    partner: Domain
    clusters: Clusters
    purposes: Purposes
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


def verify_counter(raw: bytes) -> Signed[Counter]:
    """Check a counter-offer against the key it carries.

    Raises:
        FormatError, SignatureError: as ``anchor.records.signed.verify``.
    """
    signed = verify(raw, Counter, lambda _kid, counter: verify_public_key(counter.owner_key))
    verify_periods(signed.record)
    return signed
