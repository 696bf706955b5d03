"""The same key and the same body: the same answer, once done. Kept in the transaction of the effect."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256

from vault.db import Transaction
from vault.errors import IdempotencyKeyMissing, IdempotencyKeyReused

KEY_MAX = 200
CREATED = 201
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
    names = {"scope": scope, "key": key}
    fingerprint = sha256(request).digest()
    expires = now + int(LIFE.total_seconds())
    claimed = transaction.run(  # first of all: whoever sends the same key at the same time waits here
        """
        INSERT INTO idempotency_keys (scope, key, fingerprint, status, body, expires)
        VALUES (:scope, :key, :fingerprint, :status, :body, :expires) ON CONFLICT DO NOTHING
        """,
        names | {"fingerprint": fingerprint, "status": CREATED, "body": b"", "expires": expires},
    )
    if not claimed:
        return _done_before(transaction, names, fingerprint)
    body = effect()
    transaction.run(
        "UPDATE idempotency_keys SET body = :body WHERE scope = :scope AND key = :key", names | {"body": body}
    )
    return Done(CREATED, body, replayed=False)


def _done_before(transaction: Transaction, names: dict[str, str], fingerprint: bytes) -> Done:
    row = transaction.one(
        "SELECT fingerprint, status, body FROM idempotency_keys WHERE scope = :scope AND key = :key", names
    )
    if row is None or row[0] != fingerprint:
        raise IdempotencyKeyReused("this key was used for another request")
    return Done(row[1], row[2], replayed=True)
