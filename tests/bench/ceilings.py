"""What nothing here can be faster than: signatures, a durable commit, a hash, raw AES-256-GCM."""

import os
import sqlite3
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from anchor.keys import SigningKey, verify_signature
from tests.bench.figure import rate, seconds

RECORD = bytes(600)
"""About as many bytes as a use has."""
ROUNDS = 20


def signing() -> float:
    """Ed25519 signatures made in a second."""
    key = SigningKey.generate()
    return rate(lambda: key.sign(RECORD), 1000)


def verifying() -> float:
    """Ed25519 signatures checked in a second."""
    key = SigningKey.generate()
    signature = key.sign(RECORD)
    return rate(lambda: verify_signature(key.public, RECORD, signature), 1000)


def both(one: float, other: float) -> float:
    """How often a second both are done, one after the other."""
    return 1 / (1 / one + 1 / other)


def committing(folder: Path) -> float:
    """Durable commits of one row in a second: SQLite in WAL, synchronous=FULL."""
    connection = sqlite3.connect(folder / "ceiling.sqlite3", isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL"):
        connection.execute(f"PRAGMA {pragma}")
    connection.execute("CREATE TABLE rows (id INTEGER PRIMARY KEY, row BLOB)")

    def commit() -> None:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("INSERT INTO rows (row) VALUES (?)", (RECORD,))
        connection.execute("COMMIT")

    try:
        return rate(commit, 300)
    finally:
        connection.close()


def hashing() -> float:
    """SHA-256 of a node of a tree, from Python, in a second."""
    node = b"\x01" + bytes(64)
    return rate(lambda: [sha256(node).digest() for _ in range(1000)], 100, each=1000)


def encrypting(values: Sequence[bytes]) -> float:
    """Seconds for raw AES-256-GCM over these, each with a nonce."""
    cipher, nonce = AESGCM(os.urandom(32)), bytes(12)
    return min(seconds(lambda: [cipher.encrypt(nonce, one, None) for one in values]) for _ in range(ROUNDS))
