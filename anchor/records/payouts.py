"""Money on its way out: an owner claims what is payable, and the vault says what became of it."""

from dataclasses import dataclass, field

from anchor.records.shape import (
    Currency,
    Hash,
    Id,
    Ordinal,
    Origin,
    PayoutOutcome,
    PayoutWay,
    Salt,
    Text80,
    Time,
)
from anchor.records.signed import Record, new_salt


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim(Record):
    """An owner wants part of her payable balance. Signed by a locker of the account.

    ``amount`` is in micros. ``destination`` is the bank account as she writes it, or for the
    way ``evm`` an address, ``0x`` and 40 lower-case hexadecimal digits.
    """

    NOUN = "claim"

    vault: Origin
    account: Id
    way: PayoutWay
    amount: Ordinal
    currency: Currency
    destination: Text80
    time: Time
    salt: Salt = field(default_factory=new_salt)


@dataclass(frozen=True, slots=True, kw_only=True)
class Payout(Record):
    """What became of a claim: settled, failed, or returned after it was settled. Signed by the vault.

    ``reference`` is what the bank or the chain calls it.
    """

    NOUN = "payout"
    ENTRY = 16

    vault: Origin
    claim: Hash
    outcome: PayoutOutcome
    amount: Ordinal
    currency: Currency
    reference: Text80
    time: Time
    salt: Salt = field(default_factory=new_salt)
