"""What the vault says of a transaction that carried a checkpoint to a chain."""

from dataclasses import dataclass, field

from anchor.records.shape import (
    Address,
    Boolean,
    Count,
    Finality,
    Hash,
    Ordinal,
    Origin,
    Salt,
    Text80,
    Time,
)
from anchor.records.signed import Record, new_salt


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor(Record):
    """(log, size, root) stands in ``contract`` since ``transaction``. Signed by the vault.

    It is the vault's word, not the chain's: a reader who does not want to believe it asks
    any node of the chain. ``development`` chains prove nothing to anybody but their owner.
    """

    NOUN = "anchor"

    log: Origin
    size: Ordinal
    root: Hash
    chain_id: Ordinal
    chain: Text80
    development: Boolean
    contract: Address
    transaction: Hash
    block: Count
    block_hash: Hash
    finality: Finality
    time: Time
    salt: Salt = field(default_factory=new_salt)
