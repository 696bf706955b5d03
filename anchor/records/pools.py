"""How a pot was shared: division."""

from dataclasses import dataclass, field

from anchor.records.shape import Count, Currency, Hash, Micros, Origin, Salt, Time
from anchor.records.signed import Record, new_salt


@dataclass(frozen=True, slots=True, kw_only=True)
class Division(Record):
    """How the pool of an offer was shared. Signed by the vault.

    ``pot`` is in micros of ``currency``; ``points`` are those of all ``grants`` together, and
    ``root`` is that of the tree over one leaf for each grant (docs/spec/pool.md).
    """

    NOUN = "division"
    ENTRY = 18

    vault: Origin
    offer: Hash
    pot: Micros
    currency: Currency
    points: Count
    grants: Count
    root: Hash
    time: Time
    salt: Salt = field(default_factory=new_salt)
