r"""Every context, one function each: what a key is for, or where a sealed thing belongs.

A context is bound into each derived key and each sealed blob, so that nothing
opens in any other place than its own::

    "planetvault/v1/" ‖ label ‖ 00 ‖ for each part: u16be(length) ‖ part

Texts are UTF-8, whole numbers 8 bytes big-endian. Each label stands on exactly
one line of this file and serves exactly one purpose: two uses of one label
would let one value pass for another. Contexts that a partner sees name no
account, or partners could compare notes. Specification: docs/spec/sealing.md.
"""

from anchor.errors import FormatError
from anchor.records.shape import DOMAIN
from planetvault.sealing.errors import InputError

PREFIX = b"planetvault/v1/"
ID_BYTES = 16
KID_BYTES = 32
INTEGER_MAX = 2**53 - 1  # what a JavaScript number holds exactly
PART_BYTES_MAX = 65_535


def _context(label: str, *parts: bytes | str | int) -> bytes:
    return b"".join([PREFIX, label.encode(), b"\0", *map(_part, parts)])


def _part(value: bytes | str | int) -> bytes:
    if isinstance(value, int):
        return b"\0\x08" + _integer(value)
    octets = _text(value) if isinstance(value, str) else value
    if len(octets) > PART_BYTES_MAX:
        raise InputError("a part of a context has at most 65,535 bytes")
    return len(octets).to_bytes(2) + octets


def _text(value: str) -> bytes:
    try:
        return value.encode()
    except UnicodeEncodeError as error:
        raise InputError("a text is well-formed Unicode") from error


def _integer(value: int) -> bytes:
    if not 0 <= value <= INTEGER_MAX:
        raise InputError("a whole number in a context lies between 0 and 2^53 - 1")
    return value.to_bytes(8)


def _id(value: bytes) -> bytes:
    if len(value) != ID_BYTES:
        raise InputError("an id has 16 bytes")
    return value


def _kid(value: bytes) -> bytes:
    if len(value) != KID_BYTES:
        raise InputError("a key is named by 32 bytes")
    return value


def _domain(value: str) -> str:
    try:
        DOMAIN.read(value)
    except FormatError as error:
        raise InputError("a partner is named by its domain, in lower-case ASCII") from error
    return value


# -- lockers: from a locker's secret ------------------------------------------


def locker_sign() -> bytes:
    """Derives a locker's Ed25519 seed."""
    return _context("locker-sign")


def locker_open() -> bytes:
    """Derives the 32-byte seed of a locker's X-Wing key."""
    return _context("locker-open")


def locker_root() -> bytes:
    """Derives the key with which a locker vouches for its account's root kid."""
    return _context("locker-root")


def root_mac(account_id: bytes, root_kid: bytes) -> bytes:
    """Derives the root MAC itself from that key."""
    return _context("root-mac", _id(account_id), _kid(root_kid))


def password_locker(account_id: bytes, salt: bytes, passes: int, memory_kib: int) -> bytes:
    """Derives a locker's secret from a stretched password and a secret key."""
    return _context("password-locker", _id(account_id), salt, passes, memory_kib)


def passkey_locker(account_id: bytes) -> bytes:
    """Derives a locker's secret from what a passkey's PRF extension returns."""
    return _context("passkey-locker", _id(account_id))


def recovery_locker(account_id: bytes) -> bytes:
    """Derives a locker's secret from the entropy of a recovery phrase."""
    return _context("recovery-locker", _id(account_id))


def guardians_locker(account_id: bytes) -> bytes:
    """Derives a locker's secret from the guardians' secret and the vault's half."""
    return _context("guardians-locker", _id(account_id))


def guardians_asking() -> bytes:
    """Derives the Ed25519 seed that asks for the vault's half, from the guardians' secret."""
    return _context("guardians-asking")


def guardian_share(sealing_kid: bytes) -> bytes:
    """Binds a share that is sealed to a guardian, or to a device that asks for it back."""
    return _context("guardian-share", _kid(sealing_kid))


def locker_finder() -> bytes:
    """Derives the name by which a vault finds a locker, from its 128 bits that no person chose."""
    return _context("locker-finder")


# -- account: from, and around, the account root key --------------------------


def root_for_locker(account_id: bytes, generation: int, locker_kid: bytes) -> bytes:
    """Binds an account root key sealed to one locker."""
    return _context("root-for-locker", _id(account_id), generation, _kid(locker_kid))


def root_commitment(account_id: bytes, generation: int) -> bytes:
    """Precedes an account root key where it is hashed for the account chain."""
    return _context("root-commitment", _id(account_id), generation)


def wrap_roots() -> bytes:
    """Derives the key that seals the generation before."""
    return _context("wrap-roots")


def older_roots(account_id: bytes, generation: int) -> bytes:
    """Binds all roots before ``generation``, sealed under the root of that generation."""
    return _context("older-roots", _id(account_id), generation)


def identity() -> bytes:
    """Derives the owner's identity secret from the first root."""
    return _context("identity")


def pairwise(partner: str) -> bytes:
    """Derives the Ed25519 seed with which the owner signs for one partner."""
    return _context("pairwise", _domain(partner))


def import_secret() -> bytes:
    """Derives the secret that names imported items."""
    return _context("import-secret")


def record_secret() -> bytes:
    """Derives the secret that names the rows inside imported items."""
    return _context("record-secret")


def import_id(source: str, key: bytes) -> bytes:
    """Is hashed, keyed by that secret, into the id of an imported item."""
    return _context("import-id", source, key)


def wrap_secrets() -> bytes:
    """Derives the key that seals what an owner keeps under a name."""
    return _context("wrap-secrets")


def named_secret(account_id: bytes, generation: int, name: str) -> bytes:
    """Binds such a thing, sealed under the root of that generation."""
    return _context("named-secret", _id(account_id), generation, name)


def wrap_collections() -> bytes:
    """Derives the key that seals collection keys."""
    return _context("wrap-collections")


def collection(account_id: bytes, generation: int, collection_id: bytes) -> bytes:
    """Binds a collection key, sealed under the root of ``generation``."""
    return _context("collection", _id(account_id), generation, _id(collection_id))


def grant(grant_id: bytes, version: int) -> bytes:
    """Derives the grant key of one version of a grant from a root."""
    return _context("grant", _id(grant_id), version)


# -- items ---------------------------------------------------------------------


def item_key(collection_id: bytes, item_id: bytes, version: int) -> bytes:
    """Binds the key of one version of an item, sealed under its collection key."""
    return _context("item-key", _id(collection_id), _id(item_id), version)


def field(item_id: bytes, field_id: bytes, version: int) -> bytes:
    """Derives the key of one field in one version of an item."""
    return _context("field", _id(item_id), _id(field_id), version)


def field_value(item_id: bytes, field_id: bytes, version: int) -> bytes:
    """Binds the sealed value of that field."""
    return _context("field-value", _id(item_id), _id(field_id), version)


def blob(blob_id: bytes) -> bytes:
    """Binds a sealed blob."""
    return _context("blob", _id(blob_id))


# -- grants --------------------------------------------------------------------


def grant_key(
    grant_id: bytes, partner: str, sealing_kid: bytes, owner_kid: bytes, *, index: int, count: int
) -> bytes:
    """Binds share ``index`` of ``count`` of a grant key, sealed to a partner."""
    kids = _kid(sealing_kid), _kid(owner_kid)
    return _context("grant-key", _id(grant_id), _domain(partner), *kids, index, count)


def share_commit(grant_id: bytes, index: int, count: int) -> bytes:
    """Precedes a share where it is hashed for the signed grant."""
    return _context("share-commit", _id(grant_id), index, count)


def grant_key_commit(grant_id: bytes) -> bytes:
    """Precedes the grant key where it is hashed for the signed grant."""
    return _context("grant-key-commit", _id(grant_id))


def envelope(grant_id: bytes, item_id: bytes, version: int) -> bytes:
    """Binds the envelope that carries an item version's granted field keys."""
    return _context("envelope", _id(grant_id), _id(item_id), version)


def memory(name: str) -> bytes:
    """Binds what a client keeps on its own disk to the name it is kept under."""
    return _context("memory", name)
