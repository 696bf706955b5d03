"""Opening an account and proving to be its owner. Pure."""

import hmac
from datetime import datetime, timedelta
from hashlib import sha256

from anchor.errors import FormatError, SignatureError
from anchor.keys import verify_public_key
from anchor.records.account import AccountEntry, Login
from anchor.records.signed import Signed, by, verify

CHALLENGE_LIFE = timedelta(minutes=5)
SESSION_LIFE = timedelta(hours=12)


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


def challenge(secret: bytes, kid: bytes, expires: datetime) -> bytes:
    """The nonce a locker must sign: known to the vault without being stored."""
    return hmac.digest(secret, kid + int(expires.timestamp()).to_bytes(8, "big"), sha256)


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
    fresh = now <= record.expires <= now + CHALLENGE_LIFE
    ours = hmac.compare_digest(challenge(secret, login.kid, record.expires), record.nonce)
    if not fresh or not ours or (record.vault, record.account) != (origin, account):
        raise SignatureError("this is no answer to a challenge of this vault, or it came too late")
    return login
