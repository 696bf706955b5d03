"""Lockers: the ways to open an account. Each has one secret of 32 bytes and two keys.

::

    device      32 random bytes that stay on the device
    passkey     what the authenticator's PRF extension returns
    password    Argon2id(password) and a 128-bit secret key: either alone opens nothing
    recovery    the 128 bits behind twelve recovery words
    guardians   the 128 bits that guardians hold in shares, and a half that the vault holds
          └─▶ secret ─▶ Ed25519 key: signs, and proves at log-in that this locker is here
                    ─▶ X-Wing key: receives the account root key
                    ─▶ root MAC: says which account root this locker belongs to

The root MAC closes a gap. On a new device, all that is known about an account
comes from the server, which could build a whole account of its own around the
locker's public keys and have us write under keys it knows. The root MAC can only
be made with the locker's secret, so a made-up root has none. Specification:
docs/spec/keys.md.
"""

from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from hmac import compare_digest

from anchor.keys import SigningKey
from planetvault.sealing import contexts
from planetvault.sealing.errors import InputError, OpenError
from planetvault.sealing.hseal import OpeningKey
from planetvault.sealing.seal import KEY_BYTES, kdf, verify_key
from planetvault.sealing.sealer import FRESH, Sealer
from planetvault.sealing.stretching import Stretching, stretch
from planetvault.sealing.tree import AccountRoot, verify_root

SECRET_KEY_BYTES = 16
RECOVERY_ENTROPY_BYTES = 16
GUARDIANS_SECRET_BYTES = 16


class LockerKind(StrEnum):
    """The ways to open an account; the value stands in the account chain."""

    DEVICE = "device"
    PASSKEY = "passkey"
    PASSWORD = "password"  # noqa: S105 - the name of a kind, not a password
    RECOVERY = "recovery"
    GUARDIANS = "guardians"


class Locker:
    """One way to open an account, unlocked. Its ``repr`` shows kind and public name alone."""

    __slots__ = ("_secret", "kind", "opening", "signing")

    def __init__(self, kind: LockerKind, secret: bytes) -> None:
        self._secret = verify_key(secret)
        self.kind = kind
        self.signing = SigningKey(kdf(secret, contexts.locker_sign()))
        self.opening = OpeningKey(kdf(secret, contexts.locker_open()))

    @property
    def kid(self) -> bytes:
        """The locker's name in the account chain: that of its signing key."""
        return self.signing.kid

    def secret(self) -> bytes:
        """The 32 secret bytes, for a device to keep; never for a log line."""
        return self._secret

    def root_mac(self, account_id: bytes, root_kid: bytes) -> bytes:
        """32 bytes with which this locker vouches for its account's root.

        Args:
            account_id: 16 bytes.
            root_kid: name of the key that signed the first entry of the account chain.
        """
        key = kdf(self._secret, contexts.locker_root())
        return kdf(key, contexts.root_mac(account_id, root_kid))

    def verify_root_mac(self, account_id: bytes, root_kid: bytes, root_mac: bytes) -> bytes:
        """Return ``root_kid`` if this locker vouched for it.

        Raises:
            OpenError: if not: the account may have been made up by the server.
        """
        if not compare_digest(self.root_mac(account_id, root_kid), root_mac):
            raise OpenError
        return root_kid

    def __repr__(self) -> str:
        return f"Locker({self.kind}, kid={self.kid.hex()[:16]}…)"


def device_locker(secret: bytes) -> Locker:
    """The locker of a device that keeps ``secret``, 32 bytes."""
    return Locker(LockerKind.DEVICE, secret)


def new_device_locker(sealer: Sealer = FRESH) -> Locker:
    """Make the locker of a new device."""
    return device_locker(sealer.random(KEY_BYTES))


def passkey_locker(prf_output: bytes, account_id: bytes) -> Locker:
    """The locker behind a passkey, from the 32 bytes of its PRF extension (WebAuthn Level 3 §10.1.4)."""
    return Locker(LockerKind.PASSKEY, kdf(prf_output, contexts.passkey_locker(account_id)))


def password_locker(password: str, secret_key: bytes, account_id: bytes, stretching: Stretching) -> Locker:
    """The locker behind a password and a secret key of 16 random bytes (two-secret derivation).

    Args:
        password: as typed.
        secret_key: 128 bits that the server never saw, so that guessing passwords is hopeless.
        account_id: 16 bytes.
        stretching: salt and cost, as the server returned them.

    Raises:
        InputError: for an empty or overlong password, or a secret key of another length.
        WeakKeyError: if the cost lies outside what we accept.
    """
    if len(secret_key) != SECRET_KEY_BYTES:
        raise InputError("a secret key has 16 bytes")
    key = sha256(stretch(password, stretching) + secret_key).digest()
    place = contexts.password_locker(account_id, stretching.salt, stretching.passes, stretching.memory_kib)
    return Locker(LockerKind.PASSWORD, kdf(key, place))


def recovery_locker(entropy: bytes, account_id: bytes) -> Locker:
    """The locker behind a recovery phrase, from its 16 bytes of entropy.

    Raises:
        InputError: for another length.
    """
    if len(entropy) != RECOVERY_ENTROPY_BYTES:
        raise InputError("a recovery phrase holds 16 bytes")
    key = sha256(entropy).digest()
    return Locker(LockerKind.RECOVERY, kdf(key, contexts.recovery_locker(account_id)))


def guardians_locker(secret: bytes, half: bytes, account_id: bytes) -> Locker:
    """The locker behind what guardians and the vault hold (docs/spec/guardians.md).

    Args:
        secret: 16 bytes, brought back from shares.
        half: 32 bytes that the vault hands out after the waiting period.
        account_id: 16 bytes.

    Raises:
        InputError: for another length.
    """
    if len(secret) != GUARDIANS_SECRET_BYTES or len(half) != KEY_BYTES:
        raise InputError("guardians hold 16 bytes, and the vault 32")
    key = sha256(secret + half).digest()
    return Locker(LockerKind.GUARDIANS, kdf(key, contexts.guardians_locker(account_id)))


def asking_key(secret: bytes) -> SigningKey:
    """The key that asks the vault for its half; it stands on the guardians' secret alone."""
    return SigningKey(kdf(sha256(secret).digest(), contexts.guardians_asking()))


def finder_of(random: bytes) -> bytes:
    """32 bytes by which a vault finds a locker for somebody who remembers nothing of her account.

    Args:
        random: the entropy of a recovery phrase, a secret key, or a passkey's PRF output: never
            anything that a person chose, or the finder would let a vault guess it.

    Raises:
        InputError: for fewer than 16 bytes.
    """
    if len(random) < RECOVERY_ENTROPY_BYTES:
        raise InputError("a locker is found by 16 random bytes or more")
    return kdf(sha256(random).digest(), contexts.locker_finder())


@dataclass(frozen=True, slots=True)
class SealedRoot:
    """The account root key, sealed to one locker, and that locker's root MAC."""

    generation: int
    blob: bytes
    root_mac: bytes


def seal_root(root: AccountRoot, locker_kid: bytes, sealing_key: bytes, sealer: Sealer = FRESH) -> bytes:
    """Seal the account root key to a locker, present or not.

    Args:
        root: the newest generation.
        locker_kid: the locker's name, from the account chain.
        sealing_key: the locker's X-Wing key, from the account chain.
        sealer: where randomness comes from.
    """
    place = contexts.root_for_locker(root.account_id, root.generation, locker_kid)
    return sealer.hseal(sealing_key, place, root.key)


def open_root(
    locker: Locker, sealed: SealedRoot, account_id: bytes, *, root_kid: bytes, commitment: bytes
) -> AccountRoot:
    """Open the account root key with a locker.

    Args:
        locker: unlocked.
        sealed: what the server returned for this locker.
        account_id: 16 bytes.
        root_kid: name of the key that signed the first entry of the account chain.
        commitment: of this generation, from the verified account chain.

    Raises:
        OpenError: whatever the reason; a made-up account and a planted key included.
    """
    locker.verify_root_mac(account_id, root_kid, sealed.root_mac)
    place = contexts.root_for_locker(account_id, sealed.generation, locker.kid)
    key = locker.opening.hunseal(place, sealed.blob)
    if len(key) != KEY_BYTES:
        raise OpenError
    return verify_root(AccountRoot(account_id, sealed.generation, key), commitment)
