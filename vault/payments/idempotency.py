"""The same key and the same body: the same answer, once done. Kept in the transaction of the effect."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256

from vault.db import Transaction
from vault.errors import IdempotencyKeyMissing, IdempotencyKeyReused

KEY_MAX = 200
LIFE = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Done:
    """An answer, and whether it was given before."""

    status: int
    body: bytes
    replayed: bool


def verify_key(key: str | None) -> str:
    """Return a usable ``Idempotency-Key``.

    Raises:
        IdempotencyKeyMissing: if there is none, or it is too long or not printable.
    """
    if not key or len(key) > KEY_MAX or not key.isascii() or not key.isprintable():
        raise IdempotencyKeyMissing(f"send an Idempotency-Key of 1 to {KEY_MAX} printable characters")
    return key


def once(
    transaction: Transaction, scope: str, key: str, request: bytes, now: int, effect: Callable[[], bytes]
) -> Done:
    """Run ``effect`` unless this key was used in this scope, and keep its answer.

    Raises:
        IdempotencyKeyReused: if the key came with another request.
    """
    fingerprint = sha256(request).digest()
    row = transaction.one(
        "SELECT fingerprint, status, body FROM idempotency_keys WHERE scope = :scope AND key = :key",
        {"scope": scope, "key": key},
    )
    if row is not None:
        if row[0] != fingerprint:
            raise IdempotencyKeyReused("this key was used for another request")
        return Done(row[1], row[2], replayed=True)
    body = effect()
    transaction.run(
        """
        INSERT INTO idempotency_keys (scope, key, fingerprint, status, body, expires)
        VALUES (:scope, :key, :fingerprint, 201, :body, :expires)
        """,
        {
            "scope": scope,
            "key": key,
            "fingerprint": fingerprint,
            "body": body,
            "expires": now + int(LIFE.total_seconds()),
        },
    )
    return Done(201, body, replayed=False)
