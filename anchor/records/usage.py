"""A use and its receipt: what a partner asked for, and what the vault says happened."""

import hmac
from dataclasses import dataclass, field
from hashlib import sha256

from anchor.errors import FormatError, ProofError
from anchor.records.shape import (
    Count,
    Currency,
    Domain,
    Hash,
    Id,
    Items,
    MaybeHash,
    MaybePurpose,
    Micros,
    OpenedItems,
    Ordinal,
    Origin,
    Purpose,
    Salt,
    Time,
    write,
)
from anchor.records.signed import Record, new_salt

_NOTHING = bytes(32)


@dataclass(frozen=True, slots=True, kw_only=True)
class Use(Record):
    """A partner opens items under a grant, for one purpose. Signed by the partner.

    ``last`` is the newest receipt of this grant that the partner holds; ``items`` are in
    ascending order, each once. A use is its own credential: it needs no other signature.
    """

    NOUN = "use"

    vault: Origin
    grant: Hash
    purpose: Purpose
    items: Items
    last: MaybeHash
    time: Time
    salt: Salt = field(default_factory=new_salt)


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt(Record):
    """What happened under a grant, in its place in the grant's chain. Signed by the vault.

    A receipt for a use names the use; the one that closes the chain names the
    revocation, opens nothing and costs nothing, and no receipt follows it.
    ``owner_link`` hides this receipt's place in the owner's chain (see ``owner_link_of``).
    """

    NOUN = "receipt"
    ENTRY = 4

    vault: Origin
    grant: Hash
    use: MaybeHash
    revocation: MaybeHash
    partner: Domain
    purpose: MaybePurpose
    opened: OpenedItems
    price: Micros
    fee: Micros
    currency: Currency
    seq: Ordinal
    prev: MaybeHash
    owner_link: Hash
    time: Time
    salt: Salt = field(default_factory=new_salt)


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement(Record):
    """An owner's account at one size of the log. Signed by the vault.

    ``receipts`` counts her chain and ``head`` is its newest receipt; the four balances
    are in micros.
    """

    NOUN = "statement"
    ENTRY = 5

    vault: Origin
    account: Id
    log_size: Count
    receipts: Count
    head: MaybeHash
    pending: Micros
    payable: Micros
    leaving: Micros
    paid: Micros
    currency: Currency
    time: Time
    salt: Salt = field(default_factory=new_salt)


@dataclass(frozen=True, slots=True)
class OwnerLink:
    """A receipt's place in its owner's chain, told to the owner alone.

    Two partners who compared receipts could otherwise find an owner they share by her
    running numbers; so a receipt carries only a commitment, blinded by 32 random bytes.
    """

    seq: Ordinal
    prev: MaybeHash
    blind: Hash


def owner_link_of(link: OwnerLink) -> bytes:
    """The commitment in a receipt: SHA-256(label ‖ u64be(seq) ‖ prev or 32 zeros ‖ blind).

    The sizes are checked because the parts are joined without lengths: one byte moved
    from ``blind`` to ``prev`` would open the same commitment to another place.

    Raises:
        FormatError: if ``seq``, ``prev`` or ``blind`` is out of range, or a first
            receipt follows another.
    """
    write(link)
    if (link.seq == 1) != (link.prev is None):
        raise FormatError("an owner's first receipt follows nothing, a later one the one before")
    place = link.seq.to_bytes(8, "big") + (link.prev or _NOTHING)
    return sha256(b"planetvault/owner-link/v1\0" + place + link.blind).digest()


def verify_owner_link(link: OwnerLink, receipt: Receipt) -> OwnerLink:
    """Return the place if the receipt committed to it.

    Raises:
        FormatError: as ``owner_link_of``.
        ProofError: if it committed to another.
    """
    if not hmac.compare_digest(owner_link_of(link), receipt.owner_link):
        raise ProofError("this receipt stands elsewhere in the owner's chain")
    return link


def sealed_hash(ciphertexts: dict[bytes, bytes]) -> bytes:
    """One hash for all sealed fields of an opened item, by ascending field id.

    SHA-256 over ``id (16) ‖ SHA-256(ciphertext) (32)`` of each field; ``ciphertexts``
    maps field id to the SHA-256 of its ciphertext.
    """
    return sha256(b"".join(name + ciphertexts[name] for name in sorted(ciphertexts))).digest()
