"""The key tree: account root key → collections → items → fields.

::

    lockers ──hseal──▶ account root key, one per generation (removing a locker starts a new one)
                          ├── all roots of earlier generations, sealed under the newest
                          ├── identity secret, from the first root: signing key per partner, import ids
                          ├── collection key ──▶ item key, one per item version ──▶ field key
                          └── grant key, one per grant version

A root key is authentic only if it matches the commitment in the signed account
chain; everything below it is derived from it or sealed under it, so only who
holds it can have made it. After a locker was removed, its holder still knows the
older roots: read with any generation, write only with the newest. Specification:
docs/spec/keys.md.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from hmac import compare_digest, digest

from anchor.keys import SigningKey
from planetvault.sealing import contexts
from planetvault.sealing.errors import InputError, OpenError
from planetvault.sealing.layout import LayoutReader, write_integer, write_text
from planetvault.sealing.padding import pad, unpad
from planetvault.sealing.seal import KEY_BYTES, kdf, unseal, verify_key
from planetvault.sealing.sealer import FRESH, Sealer


@dataclass(frozen=True, slots=True)
class AccountRoot:
    """The account root key of one generation: whoever holds it can open the account."""

    account_id: bytes
    generation: int
    key: bytes = field(repr=False)

    def __post_init__(self) -> None:
        verify_key(self.key)

    def commitment(self) -> bytes:
        """32 bytes for the signed account chain; they tell nothing about the key."""
        return sha256(contexts.root_commitment(self.account_id, self.generation) + self.key).digest()


def new_root(account_id: bytes, sealer: Sealer = FRESH) -> AccountRoot:
    """Make the first root of an account: generation 0."""
    return AccountRoot(account_id, 0, sealer.random(KEY_BYTES))


def next_root(root: AccountRoot, sealer: Sealer = FRESH) -> AccountRoot:
    """Make the root of the next generation, which no locker knows yet."""
    return AccountRoot(root.account_id, root.generation + 1, sealer.random(KEY_BYTES))


def verify_root(root: AccountRoot, commitment: bytes) -> AccountRoot:
    """Return ``root`` if the signed account chain commits to it.

    Raises:
        OpenError: if it does not: somebody sealed a key of their own.
    """
    if not compare_digest(root.commitment(), commitment):
        raise OpenError
    return root


def seal_older_roots(newest: AccountRoot, older: Sequence[AccountRoot], sealer: Sealer = FRESH) -> bytes:
    """Seal all earlier roots under the newest, so that old data stays readable.

    Args:
        newest: the root of generation g.
        older: those of generations 0 to g - 1, in order.
        sealer: where randomness comes from.

    Raises:
        InputError: if one is missing or belongs to another account.
    """
    expected = [(newest.account_id, generation) for generation in range(newest.generation)]
    if [(root.account_id, root.generation) for root in older] != expected:
        raise InputError("the newest root key seals every one before it")
    place = contexts.older_roots(newest.account_id, newest.generation)
    return sealer.seal(kdf(newest.key, contexts.wrap_roots()), place, b"".join(r.key for r in older))


def open_older_roots(
    newest: AccountRoot, commitments: Sequence[bytes], blob: bytes
) -> tuple[AccountRoot, ...]:
    """Open the roots of all generations before ``newest``, in order.

    Args:
        newest: opened with a locker.
        commitments: of generations 0 to g - 1, from the verified account chain.
        blob: sealed under ``newest``.

    Raises:
        OpenError: whatever the reason, a differing commitment included.
    """
    place = contexts.older_roots(newest.account_id, newest.generation)
    octets = unseal(kdf(newest.key, contexts.wrap_roots()), place, blob)
    if len(commitments) != newest.generation or len(octets) != newest.generation * KEY_BYTES:
        raise OpenError
    keys = (octets[start : start + KEY_BYTES] for start in range(0, len(octets), KEY_BYTES))
    roots = (AccountRoot(newest.account_id, generation, key) for generation, key in enumerate(keys))
    return tuple(map(verify_root, roots, commitments))


@dataclass(frozen=True, slots=True)
class Identity:
    """The owner's identity secret: the same in every generation of the root.

    So all her devices sign with the same key for one partner, before and after a
    device was removed.
    """

    secret: bytes = field(repr=False)

    def signing_key_for(self, partner: str) -> SigningKey:
        """The key with which the owner signs for one partner; two partners can't link theirs."""
        return SigningKey(kdf(self.secret, contexts.pairwise(partner)))

    def import_id(self, source: str, key: bytes) -> bytes:
        """The item id, 16 bytes, for a thing imported from ``source``, where it is named ``key``.

        The same thing imported twice becomes a new version of one item, and yet
        the id tells nothing to who doesn't hold the identity secret.
        """
        secret = kdf(self.secret, contexts.import_secret())
        return digest(secret, contexts.import_id(source, key), "sha256")[: contexts.ID_BYTES]

    def record_secret(self) -> bytes:
        """The secret, 32 bytes, that importers name rows with; see docs/spec/data-record.md."""
        return kdf(self.secret, contexts.record_secret())


def identity_of(first: AccountRoot) -> Identity:
    """The identity secret of an account, from its first root.

    The account chain commits to that root, so nobody can plant another identity. A
    device that was removed keeps knowing it; what its signatures can still reach is
    in docs/spec/keys.md.

    Raises:
        InputError: for a root of a later generation.
    """
    if first.generation != 0:
        raise InputError("the identity stands on the first root")
    return Identity(kdf(first.key, contexts.identity()))


@dataclass(frozen=True, slots=True)
class CollectionKey:
    """What opens the items of one collection, and the secret that names their fields.

    A collection is renewed under a new id before the first write after the root was
    renewed; ``epoch`` counts that. ``names`` stays the same, so a field keeps its id.
    ``generation`` is that of the root it is sealed under.
    """

    collection_id: bytes
    kind: str
    epoch: int
    generation: int
    key: bytes = field(repr=False)
    names: bytes = field(repr=False)

    def __post_init__(self) -> None:
        verify_key(self.key)
        verify_key(self.names)

    def field_id(self, name: str) -> bytes:
        """The id of a field, 16 bytes: unreadable to whoever doesn't hold the collection."""
        return digest(self.names, name.encode(), "sha256")[: contexts.ID_BYTES]


def new_collection(root: AccountRoot, kind: str, sealer: Sealer = FRESH) -> CollectionKey:
    """Make a collection of one kind, such as ``music.play``, under the newest root."""
    collection_id = sealer.random(contexts.ID_BYTES)
    secrets = sealer.random(KEY_BYTES), sealer.random(KEY_BYTES)
    return CollectionKey(collection_id, kind, 0, root.generation, *secrets)


def renew_collection(root: AccountRoot, collection: CollectionKey, sealer: Sealer = FRESH) -> CollectionKey:
    """Make the collection's next epoch under the newest root: a new id, a new key, the same names."""
    collection_id, key = sealer.random(contexts.ID_BYTES), sealer.random(KEY_BYTES)
    epoch = collection.epoch + 1
    return CollectionKey(collection_id, collection.kind, epoch, root.generation, key, collection.names)


def verify_writable(newest: AccountRoot, collection: CollectionKey) -> CollectionKey:
    """Return ``collection`` if nobody who was removed can open what it will seal.

    Raises:
        InputError: if it was sealed under an older root, which a removed locker still knows.
    """
    if collection.generation != newest.generation:
        raise InputError("this collection key is older than the account root: renew it before writing")
    return collection


def seal_collection(root: AccountRoot, collection: CollectionKey, sealer: Sealer = FRESH) -> bytes:
    """Seal a collection key under the root of its generation."""
    verify_writable(root, collection)
    place = contexts.collection(root.account_id, root.generation, collection.collection_id)
    octets = collection.key + collection.names + write_integer(collection.epoch) + write_text(collection.kind)
    return sealer.seal(kdf(root.key, contexts.wrap_collections()), place, pad(octets))


def open_collection(roots: Iterable[AccountRoot], collection_id: bytes, blob: bytes) -> CollectionKey:
    """Open a collection key with whichever root it is sealed under.

    Args:
        roots: to read, the roots of all generations; the newest first is fastest.
        collection_id: 16 bytes.
        blob: what the vault returned.

    Raises:
        OpenError: whatever the reason.
    """
    for root in roots:
        place = contexts.collection(root.account_id, root.generation, collection_id)
        try:
            octets = unseal(kdf(root.key, contexts.wrap_collections()), place, blob)
        except OpenError:
            continue
        return _read_collection(root, collection_id, unpad(octets))
    raise OpenError


def _read_collection(root: AccountRoot, collection_id: bytes, octets: bytes) -> CollectionKey:
    reader = LayoutReader(octets)
    key, names, epoch, kind = reader.take(KEY_BYTES), reader.take(KEY_BYTES), reader.integer(), reader.text()
    reader.end()
    return CollectionKey(collection_id, kind, epoch, root.generation, key, names)
