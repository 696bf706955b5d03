"""Who is who: partners in the public directory, owners behind a key per partner."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from anchor.errors import FormatError, ProofError, SignatureError
from anchor.keys import kid_of, verify_public_key
from anchor.records.shape import Domain, Id, MaybeHash, Ordinal, PublicKey, Salt, SealingKey, Text80, Time
from anchor.records.signed import (
    Record,
    Signed,
    hash_of,
    named_kid,
    new_salt,
    unverified,
    verify,
)

ENTRIES_MAX = 64
"""A partner that changed its keys more often than this starts a new domain."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Partner(Record):
    """A partner's entry in the directory: its domain, its keys, and the entry before.

    The first entry is signed by its own ``sign_key``; each later one by the key of
    the entry it follows, so that whoever pinned one key can walk to the newest.
    """

    NOUN = "partner"
    ENTRY = 1

    partner: Domain
    name: Text80
    sign_key: PublicKey
    sealing_key: SealingKey
    seq: Ordinal
    prev: MaybeHash
    time: Time
    salt: Salt = field(default_factory=new_salt)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairing(Record):
    """An owner's key for one partner, told to the vault alone. Signed by that key."""

    NOUN = "pairing"

    account: Id
    partner: Domain
    owner_key: PublicKey
    time: Time
    salt: Salt = field(default_factory=new_salt)


def verify_partner(raws: Sequence[bytes]) -> tuple[Signed[Partner], ...]:
    """Check a partner's whole history of entries, oldest first.

    Raises:
        FormatError, SignatureError: if an entry is malformed or not signed by the key before it.
        ProofError: if the entries do not follow one another.
    """
    if not 0 < len(raws) <= ENTRIES_MAX:
        raise FormatError(f"expected 1 to {ENTRIES_MAX} directory entries")
    entries: list[Signed[Partner]] = []
    for raw in raws:
        entries.append(verify_next_entry(raw, entries))
    return tuple(entries)


def verify_successors(raws: Sequence[bytes], pinned_kid: bytes) -> tuple[Signed[Partner], ...]:
    """Check a partner's entries from one that holds the pinned key onward, oldest first.

    The first is taken by the kid of its ``sign_key``: its own signature is by a key that the
    reader may not have, and is not needed. The second names the first by its hash, every byte
    of it, and is signed by the pinned key; so there are two at least.

    Raises:
        FormatError, SignatureError: if an entry is malformed or not signed by the key before it.
        ProofError: if the first does not hold the pinned key, or the others do not follow one another.
    """
    if not 1 < len(raws) <= ENTRIES_MAX:
        raise FormatError(f"expected 2 to {ENTRIES_MAX} directory entries")
    first = unverified(raws[0], Partner)
    verify_public_key(first.sign_key)
    if kid_of(first.sign_key) != pinned_kid:
        raise ProofError("the first of the partner's entries does not hold the key that the grant names")
    entries = [Signed(first, raws[0], named_kid(raws[0], Partner), hash_of(Partner, raws[0]))]
    for raw in raws[1:]:
        entries.append(verify_next_entry(raw, entries))
    return tuple(entries)


def verify_next_entry(raw: bytes, before: Sequence[Signed[Partner]]) -> Signed[Partner]:
    """Check one entry against all those before it, oldest first; with none, as the first.

    A key that was replaced does not come back: a grant names a key, and must not
    reach keys that were given up before it was signed.

    Raises:
        FormatError, SignatureError, ProofError: as ``verify_partner`` does.
    """
    if len(before) >= ENTRIES_MAX:
        raise FormatError(f"expected 1 to {ENTRIES_MAX} directory entries")
    last = before[-1] if before else None

    def signer(_kid: bytes, entry: Partner) -> bytes:
        verify_public_key(entry.sign_key)
        return last.record.sign_key if last else entry.sign_key

    signed = verify(raw, Partner, signer)
    entry = signed.record
    expected = (last.hash, last.record.seq + 1, last.record.partner) if last else (None, 1, entry.partner)
    if (entry.prev, entry.seq, entry.partner) != expected:
        raise ProofError("the directory entries do not follow one another")
    if last and entry.sign_key != last.record.sign_key:
        _verify_fresh(entry.sign_key, before)
    return signed


def _verify_fresh(sign_key: bytes, before: Sequence[Signed[Partner]]) -> bytes:
    if any(sign_key == entry.record.sign_key for entry in before):
        raise ProofError("a signing key that was replaced does not come back")
    return sign_key


def verify_signer(entries: Sequence[Signed[Partner]], pinned_kid: bytes, kid: bytes) -> Signed[Partner]:
    """The entry whose key is ``kid``, if it is the pinned one or came after it.

    Raises:
        ProofError: if the pinned key is not in these entries.
        SignatureError: if ``kid`` is unknown, or was rotated away before the pinned one.
    """
    kids = [kid_of(entry.record.sign_key) for entry in entries]
    if pinned_kid not in kids:
        raise ProofError("the partner's entries do not hold the key that the grant names")
    allowed = range(kids.index(pinned_kid), len(kids))
    for position in allowed:
        if kids[position] == kid:
            return entries[position]
    raise SignatureError("the partner signed with a key the grant does not reach")
