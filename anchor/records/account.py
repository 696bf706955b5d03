"""What an owner's own devices sign for the vault: account, login and item manifests."""

from dataclasses import dataclass, field

from anchor.records.shape import (
    AccountAction,
    Count,
    Fields,
    Hash,
    Id,
    LockerKind,
    MaybeHash,
    Ordinal,
    Origin,
    PublicKey,
    Salt,
    SealingKey,
    Time,
)
from anchor.records.signed import Record, new_salt


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountEntry(Record):
    """One link of an account chain: a locker comes, goes, or the root key turns.

    The first entry creates the account and is signed by the locker it adds; every
    later one is signed by a locker that stands at that point. ``root_commitment``
    commits to the account root key of ``generation``; ``journal`` is the newest manifest of
    the owner's journal when it was signed, or None before the first.
    """

    NOUN = "account"

    account: Id
    seq: Ordinal
    prev: MaybeHash
    action: AccountAction
    kind: LockerKind
    sign_key: PublicKey
    sealing_key: SealingKey
    generation: Count
    root_commitment: Hash
    journal: MaybeHash
    time: Time
    salt: Salt = field(default_factory=new_salt)


@dataclass(frozen=True, slots=True, kw_only=True)
class Login(Record):
    """The answer to a login challenge. Signed by a locker of the account."""

    NOUN = "login"

    vault: Origin
    account: Id
    nonce: Hash
    expires: Time
    salt: Salt = field(default_factory=new_salt)


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest(Record):
    """One version of one item, in its place in the owner's journal. Signed by her device.

    ``chain`` is the newest entry of the account chain when it was signed, ``key`` the SHA-256
    of the sealed item key; ``fields`` lists every sealed field with the SHA-256 of its
    ciphertext, by ascending field id. A deletion lists none.
    """

    NOUN = "manifest"

    account: Id
    seq: Ordinal
    prev: MaybeHash
    chain: Hash
    collection: Id
    item: Id
    version: Ordinal
    key: Hash
    fields: Fields
    time: Time
    salt: Salt = field(default_factory=new_salt)
