"""Proving to be an owner. Pure."""

import hmac
from datetime import datetime, timedelta
from hashlib import sha256

from anchor.errors import SignatureError
from anchor.records.account import Login
from anchor.records.signed import Signed, by, verify

_NO_ANSWER = "this is no answer to a challenge of this vault, or it came too late"
CHALLENGE_LIFE = timedelta(minutes=5)
CHANCE_BYTES = 16
SESSION_LIFE = timedelta(hours=12)


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
