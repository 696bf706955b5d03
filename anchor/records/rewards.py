"""The closed loop: a partner offers a reward, an owner redeems it, the partner fulfils it."""

from dataclasses import dataclass, field

from anchor.keys import verify_public_key
from anchor.records.shape import (
    Currency,
    Days,
    Domain,
    Hash,
    Id,
    MaybeHash,
    Ordinal,
    Origin,
    PublicKey,
    RewardKind,
    Salt,
    SealingKey,
    Text80,
    Text500,
    Time,
)
from anchor.records.signed import Record, Signed, new_salt, verify


@dataclass(frozen=True, slots=True, kw_only=True)
class Reward(Record):
    """Something a partner gives for earnings: a membership, a coupon or a course. Signed by the partner.

    ``price`` is in micros; it may be redeemed ``stock`` times before ``expires``, and is fulfilled
    within ``days`` or the money goes back.
    """

    NOUN = "reward"

    vault: Origin
    id: Id
    partner: Domain
    kind: RewardKind
    title: Text80
    details: Text500
    price: Ordinal
    currency: Currency
    stock: Ordinal
    days: Days
    expires: Time
    time: Time
    salt: Salt = field(default_factory=new_salt)


@dataclass(frozen=True, slots=True, kw_only=True)
class Redemption(Record):
    """An owner takes a reward. Signed by her key for that partner.

    A code comes sealed to ``sealing_key``, which is of this redemption alone.
    """

    NOUN = "redemption"

    vault: Origin
    reward: Hash
    owner_key: PublicKey
    sealing_key: SealingKey
    price: Ordinal
    currency: Currency
    time: Time
    salt: Salt = field(default_factory=new_salt)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fulfilment(Record):
    """The partner gave what was redeemed. Signed by the partner.

    ``code`` is the SHA-256 of the sealed code that comes with it; null if the redemption itself
    was honoured.
    """

    NOUN = "fulfilment"

    vault: Origin
    redemption: Hash
    code: MaybeHash
    time: Time
    salt: Salt = field(default_factory=new_salt)


def verify_redemption(raw: bytes) -> Signed[Redemption]:
    """Check a redemption against the key it carries.

    Raises:
        FormatError, SignatureError: as ``anchor.records.signed.verify``.
    """
    return verify(raw, Redemption, lambda _kid, redemption: verify_public_key(redemption.owner_key))
