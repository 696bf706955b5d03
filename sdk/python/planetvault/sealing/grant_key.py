"""A grant key: sealed once to a partner, in as many shares as there are holders.

The key is split by XOR over 1 to 8 holders (the vault, independent stewards), so
that all of them must release their share before the partner can open anything.
Each share is sealed to the partner's public key. Since anybody can seal to a
public key, the signed grant carries a commitment to every share and to the whole
key, and opening checks each of them: a holder that seals a share of its own is
found out. Specification: docs/spec/envelope.md.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import reduce
from hashlib import sha256
from hmac import compare_digest

from anchor.keys import kid_of
from planetvault.sealing import contexts
from planetvault.sealing.errors import InputError, OpenError
from planetvault.sealing.hseal import OpeningKey
from planetvault.sealing.seal import KEY_BYTES, kdf, verify_key
from planetvault.sealing.sealer import FRESH, Sealer
from planetvault.sealing.tree import AccountRoot

HOLDERS_MAX = 8


@dataclass(frozen=True, slots=True)
class GrantKey:
    """The key under which a grant's envelopes are sealed."""

    grant_id: bytes
    key: bytes = field(repr=False)

    def __post_init__(self) -> None:
        verify_key(self.key)


@dataclass(frozen=True, slots=True)
class GrantKeyCommitment:
    """What the signed grant says about its key: one hash for each share, one for the whole."""

    shares: tuple[bytes, ...]
    key: bytes


@dataclass(frozen=True, slots=True)
class SealedGrantKey:
    """One sealed share per holder, and the commitment that belongs into the grant."""

    shares: tuple[bytes, ...]
    commitment: GrantKeyCommitment


def derive_grant_key(root: AccountRoot, grant_id: bytes, version: int) -> GrantKey:
    """The key of one version of a grant, from the newest root when the grant is signed.

    It is derived rather than drawn, so that each of the owner's devices has it and
    nothing more need be stored. A root renewed later gives another key: see
    ``find_grant_key``.
    """
    return GrantKey(grant_id, kdf(root.key, contexts.grant(grant_id, version)))


def find_grant_key(
    roots: Iterable[AccountRoot], grant_id: bytes, version: int, commitment: GrantKeyCommitment
) -> GrantKey:
    """The key of a standing grant, as the owner, to write the envelopes to come.

    Args:
        roots: the roots of all generations.
        grant_id: from the grant.
        version: from the grant.
        commitment: from the grant, which the owner signed.

    Raises:
        OpenError: if none of the roots gives the key she committed to.
    """
    for root in roots:
        key = derive_grant_key(root, grant_id, version)
        if compare_digest(_key_commit(grant_id, key.key), commitment.key):
            return key
    raise OpenError


def seal_grant_key(
    key: GrantKey,
    *,
    partner: str,
    sealing_key: bytes,
    owner_kid: bytes,
    holders: int = 1,
    sealer: Sealer = FRESH,
) -> SealedGrantKey:
    """Split a grant key over ``holders`` and seal each share to the partner.

    Args:
        key: the grant's key; see ``derive_grant_key``.
        partner: the partner's domain.
        sealing_key: the partner's X-Wing public key, from the directory and pinned.
        owner_kid: name of the key with which the owner signs for this partner.
        holders: 1 to 8.
        sealer: where randomness comes from.

    Raises:
        InputError: for an unusable public key or a number of holders out of range.
    """
    shares = _split(key.key, holders, sealer)
    places = _places(key.grant_id, partner, kid_of(sealing_key), owner_kid, holders)
    blobs = [sealer.hseal(sealing_key, place, share) for place, share in zip(places, shares, strict=True)]
    return SealedGrantKey(tuple(blobs), _commit(key, shares))


def open_grant_key(
    opener: OpeningKey,
    grant_id: bytes,
    shares: Sequence[bytes],
    commitment: GrantKeyCommitment,
    *,
    partner: str,
    owner_kid: bytes,
) -> GrantKey:
    """Open a grant key as the partner.

    Args:
        opener: the partner's secret X-Wing key.
        grant_id: from the grant.
        shares: one sealed share per holder, in the grant's order.
        commitment: from the grant whose signature was verified.
        partner: the partner's own domain.
        owner_kid: name of the key that signed the grant.

    Raises:
        OpenError: if a share is missing, altered, or not the one the owner committed to.
    """
    count = len(commitment.shares)
    if not 1 <= count <= HOLDERS_MAX or len(shares) != count:
        raise OpenError
    places = _places(grant_id, partner, opener.kid, owner_kid, count)
    opened = [opener.hunseal(place, blob) for place, blob in zip(places, shares, strict=True)]
    return _verify_shares(grant_id, opened, commitment)


def _places(grant_id: bytes, partner: str, sealing_kid: bytes, owner_kid: bytes, count: int) -> list[bytes]:
    return [
        contexts.grant_key(grant_id, partner, sealing_kid, owner_kid, index=index, count=count)
        for index in range(count)
    ]


def _split(key: bytes, holders: int, sealer: Sealer) -> list[bytes]:
    if not 1 <= holders <= HOLDERS_MAX:
        raise InputError("a grant key has 1 to 8 holders")
    shares = [sealer.random(KEY_BYTES) for _ in range(holders - 1)]
    return [*shares, reduce(_xor, shares, key)]


def _xor(left: bytes, right: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(left, right, strict=True))


def _commit(key: GrantKey, shares: Sequence[bytes]) -> GrantKeyCommitment:
    commits = (_share_commit(key.grant_id, i, len(shares), share) for i, share in enumerate(shares))
    return GrantKeyCommitment(tuple(commits), _key_commit(key.grant_id, key.key))


def _share_commit(grant_id: bytes, index: int, count: int, share: bytes) -> bytes:
    return sha256(contexts.share_commit(grant_id, index, count) + share).digest()


def _key_commit(grant_id: bytes, key: bytes) -> bytes:
    return sha256(contexts.grant_key_commit(grant_id) + key).digest()


def _verify_shares(grant_id: bytes, shares: list[bytes], commitment: GrantKeyCommitment) -> GrantKey:
    for index, (share, expected) in enumerate(zip(shares, commitment.shares, strict=True)):
        commit = _share_commit(grant_id, index, len(shares), share)
        if len(share) != KEY_BYTES or not compare_digest(commit, expected):
            raise OpenError
    return _verify_key(grant_id, reduce(_xor, shares), commitment)


def _verify_key(grant_id: bytes, key: bytes, commitment: GrantKeyCommitment) -> GrantKey:
    if len(key) != KEY_BYTES or not compare_digest(_key_commit(grant_id, key), commitment.key):
        raise OpenError
    return GrantKey(grant_id, key)
