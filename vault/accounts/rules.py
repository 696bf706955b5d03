"""Opening an account and proving to be its owner. Pure."""

import hmac
from collections.abc import Collection
from datetime import datetime, timedelta
from hashlib import sha256

from anchor.errors import FormatError, SignatureError
from anchor.keys import kid_of, verify_public_key
from anchor.records.account import AccountEntry, Login
from anchor.records.signed import Signed, by, verify
from vault.errors import Conflict, Malformed

_NO_ANSWER = "this is no answer to a challenge of this vault, or it came too late"
CHALLENGE_LIFE = timedelta(minutes=5)
CHANCE_BYTES = 16
SESSION_LIFE = timedelta(hours=12)
LOCKERS_MAX = 64
"""Lockers that stand at one time: more devices than a person carries."""
OLDER_ROOTS = "roots"
"""The secret that moves with the account chain, and with nothing else."""


def verify_first_entry(raw: bytes) -> Signed[AccountEntry]:
    """The entry that creates an account, signed by the locker it adds.

    Raises:
        FormatError, SignatureError: if it is not one.
    """
    signed = verify(raw, AccountEntry, lambda _kid, entry: verify_public_key(entry.sign_key))
    entry = signed.record
    if (entry.seq, entry.prev, entry.action, entry.generation) != (1, None, "create", 0):
        raise FormatError("an account begins with an entry that creates it")
    return signed


def named(entry: AccountEntry) -> bytes:
    """The kid of the locker an entry is about."""
    return kid_of(entry.sign_key)


def verify_moved(
    entry: AccountEntry, standing: Collection[bytes], roots: Collection[bytes], older: bytes | None
) -> AccountEntry:
    """An entry that comes with exactly the sealed roots it calls for.

    ``standing`` are the lockers before it. A new locker gets the root key of today; when the
    root key turns, every locker that still stands gets the new one, and the older ones are
    sealed again.

    Raises:
        Malformed: if one is missing or too many.
        Conflict: if more lockers would stand than may.
    """
    before, locker = set(standing), {named(entry)}
    if entry.action == "add" and len(before) >= LOCKERS_MAX:
        raise Conflict(f"an account has at most {LOCKERS_MAX} lockers: remove one first")
    wanted = {"add": locker, "remove": before - locker}.get(entry.action, before)
    if set(roots) != wanted:
        raise Malformed("the root key comes sealed to exactly the lockers that need it")
    if (older is None) != (entry.action == "add"):
        raise Malformed("the older roots come with a new root key, and with nothing else")
    return entry


def challenge(secret: bytes, kid: bytes, expires: datetime, chance: bytes) -> bytes:
    """The nonce a locker must sign: 16 bytes of chance, and 16 by which the vault knows it as its own.

    So it need not be stored before it is answered, and two logins of one moment differ.
    """
    mark = hmac.digest(secret, kid + int(expires.timestamp()).to_bytes(8, "big") + chance, sha256)
    return chance + mark[:CHANCE_BYTES]


def decoy_account(secret: bytes, kid: bytes) -> bytes:
    """The account an unknown kid seems to belong to, always the same one."""
    return hmac.digest(secret, b"decoy" + kid, sha256)[:16]


def verify_login(
    raw: bytes, sign_key: bytes, *, account: bytes, origin: str, secret: bytes, now: datetime
) -> Signed[Login]:
    """The signed answer to a challenge of ours that has not expired.

    Raises:
        FormatError, SignatureError: if it is not one.
    """
    login = verify(raw, Login, by(sign_key))
    record = login.record
    if not now <= record.expires <= now + CHALLENGE_LIFE:
        raise SignatureError(_NO_ANSWER)
    chance = record.nonce[:CHANCE_BYTES]
    ours = hmac.compare_digest(challenge(secret, login.kid, record.expires, chance), record.nonce)
    if not ours or (record.vault, record.account) != (origin, account):
        raise SignatureError(_NO_ANSWER)
    return login
