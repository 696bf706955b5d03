"""The vault's word that it deleted what it kept of an owner."""

from dataclasses import dataclass, field

from anchor.records.shape import Count, Hash, Id, MaybeHash, MaybeId, Origin, Salt, Time
from anchor.records.signed import Record, new_salt


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure(Record):
    """An account's end: everything sealed was deleted, and where its three chains stood. Signed by the vault.

    ``chain`` is the newest account entry, ``journal`` the newest of ``manifests``, and ``head`` the
    newest of ``receipts``. What stays is what others need as evidence, and tells nothing of her data.
    """

    NOUN = "erasure"
    ENTRY = 6

    vault: Origin
    account: Id
    chain: Hash
    manifests: Count
    journal: MaybeHash
    receipts: Count
    head: MaybeHash
    time: Time
    salt: Salt = field(default_factory=new_salt)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deletion(Record):
    """The end of some items, or of a collection's key. Signed by the vault.

    The items are those that the manifests above ``since``, up to ``manifests``, delete; ``journal``
    is the newest of them.
    """

    NOUN = "deletion"
    ENTRY = 0x13

    vault: Origin
    account: Id
    collection: MaybeId
    since: Count
    manifests: Count
    journal: MaybeHash
    time: Time
    salt: Salt = field(default_factory=new_salt)
