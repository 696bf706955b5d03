"""The key tree: account root key → identity and collections → items → fields.

::

    lockers ──hseal──▶ account root key, one per generation (removing a locker starts a new one)
                          ├── the root key of the generation before
                          ├── identity secret: signing key per partner, ids of imported items
                          ├── collection key, one per epoch ──▶ item key, one per item version
                          │                                        └── field key = kdf(item key, …)
                          └── grant keys, for the owner's own devices

A root key is authentic only if it matches the commitment in the signed account
chain; everything below it is sealed under it, so only who holds it can have made
it. After a locker was removed, its holder still knows the older roots: read with
any generation, write only with the newest. Specification: docs/spec/keys.md.
"""

from dataclasses import dataclass, field
from hashlib import sha256
from hmac import compare_digest, digest

from anchor.keys import SigningKey
from planetvault.sealing import contexts
from planetvault.sealing.errors import InputError, OpenError
from planetvault.sealing.layout import LayoutReader, write_text
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


def seal_previous_root(newer: AccountRoot, older: AccountRoot, sealer: Sealer = FRESH) -> bytes:
    """Seal the root of the generation before, so that old data stays readable."""
    if newer.account_id != older.account_id or newer.generation != older.generation + 1:
        raise InputError("a root key seals the root of the generation right before it")
    place = contexts.previous_root(older.account_id, older.generation)
    return sealer.seal(kdf(newer.key, contexts.wrap_roots()), place, older.key)


def open_previous_root(newer: AccountRoot, commitment: bytes, blob: bytes) -> AccountRoot:
    """Open the root of the generation before ``newer``.

    Raises:
        OpenError: whatever the reason, a differing commitment included.
    """
    if newer.generation == 0:
        raise OpenError
    place = contexts.previous_root(newer.account_id, newer.generation - 1)
    key = unseal(kdf(newer.key, contexts.wrap_roots()), place, blob)
    if len(key) != KEY_BYTES:
        raise OpenError
    return verify_root(AccountRoot(newer.account_id, newer.generation - 1, key), commitment)


@dataclass(frozen=True, slots=True)
class Identity:
    """The owner's identity secret: random, the same in every generation of the root.

    It is sealed anew under each root, so all her devices sign with the same key
    for one partner before and after a device was removed.
    """

    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        verify_key(self.secret)

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


def new_identity(sealer: Sealer = FRESH) -> Identity:
    """Make the identity secret of a new account."""
    return Identity(sealer.random(KEY_BYTES))


def seal_identity(root: AccountRoot, identity: Identity, sealer: Sealer = FRESH) -> bytes:
    """Seal the identity secret under the newest root."""
    place = contexts.identity(root.account_id, root.generation)
    return sealer.seal(kdf(root.key, contexts.wrap_identity()), place, identity.secret)


def open_identity(root: AccountRoot, blob: bytes) -> Identity:
    """Open the identity secret.

    Raises:
        OpenError: whatever the reason.
    """
    place = contexts.identity(root.account_id, root.generation)
    secret = unseal(kdf(root.key, contexts.wrap_identity()), place, blob)
    if len(secret) != KEY_BYTES:
        raise OpenError
    return Identity(secret)


@dataclass(frozen=True, slots=True)
class CollectionKey:
    """What opens one collection: the key of one epoch, and the secret that names its fields.

    ``generation`` is that of the root it is sealed under. ``names`` is the same in
    every epoch, so that a field keeps its id for as long as the collection lives.
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
    """Make a collection of one kind, such as ``music.play``: epoch 0."""
    collection_id = sealer.random(contexts.ID_BYTES)
    secrets = sealer.random(KEY_BYTES), sealer.random(KEY_BYTES)
    return CollectionKey(collection_id, kind, 0, root.generation, *secrets)


def next_epoch(root: AccountRoot, collection: CollectionKey, sealer: Sealer = FRESH) -> CollectionKey:
    """Renew a collection's key, as is due before the first write after the root was renewed."""
    key = sealer.random(KEY_BYTES)
    epoch = collection.epoch + 1
    return CollectionKey(
        collection.collection_id, collection.kind, epoch, root.generation, key, collection.names
    )


def verify_writable(root: AccountRoot, collection: CollectionKey) -> CollectionKey:
    """Return ``collection`` if nothing older than ``root``, the newest, can open what it will seal.

    Raises:
        InputError: if it was sealed under an older root, which a removed locker still knows.
    """
    if collection.generation != root.generation:
        raise InputError("this collection key is older than the account root: renew it before writing")
    return collection


def seal_collection(root: AccountRoot, collection: CollectionKey, sealer: Sealer = FRESH) -> bytes:
    """Seal one epoch of a collection key under the root of its generation."""
    verify_writable(root, collection)
    place = _collection_place(root, collection.collection_id, collection.epoch)
    plaintext = pad(collection.key + collection.names + write_text(collection.kind))
    return sealer.seal(kdf(root.key, contexts.wrap_collections()), place, plaintext)


def open_collection(root: AccountRoot, collection_id: bytes, epoch: int, blob: bytes) -> CollectionKey:
    """Open one epoch of a collection key, sealed under ``root``.

    Raises:
        OpenError: whatever the reason.
    """
    place = _collection_place(root, collection_id, epoch)
    reader = LayoutReader(unpad(unseal(kdf(root.key, contexts.wrap_collections()), place, blob)))
    secrets = reader.take(KEY_BYTES), reader.take(KEY_BYTES)
    kind = reader.text()
    reader.end()
    return CollectionKey(collection_id, kind, epoch, root.generation, *secrets)


def _collection_place(root: AccountRoot, collection_id: bytes, epoch: int) -> bytes:
    return contexts.collection(root.account_id, root.generation, collection_id, epoch)
