"""When one side says that a use was not right: a dispute, and a decision, which may give money back."""

from dataclasses import dataclass, field

from anchor.records.shape import Currency, Hash, Micros, Origin, Salt, Text500, Time
from anchor.records.signed import Record, new_salt


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispute(Record):
    """One side disputes a receipt. Signed by the grant's owner key, or by the partner's key."""

    NOUN = "dispute"

    vault: Origin
    receipt: Hash
    reason: Text500
    time: Time
    salt: Salt = field(default_factory=new_salt)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision(Record):
    """How a dispute ended. Signed by the vault.

    ``share`` goes back to the partner out of what the owner earned by the receipt, ``fee`` out of
    the vault's part, both in micros; what is left of the owner's share becomes payable.
    """

    NOUN = "decision"
    ENTRY = 17

    vault: Origin
    dispute: Hash
    receipt: Hash
    share: Micros
    fee: Micros
    currency: Currency
    reason: Text500
    time: Time
    salt: Salt = field(default_factory=new_salt)
