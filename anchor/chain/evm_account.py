"""eth-account, imported without its side effect.

A curve library it brings along raises the interpreter's recursion limit to 100,000,
past what the C stack holds: hostile JSON, nested deep enough, would then end the
process where it should be a ``RecursionError``. So the limit is put back.
"""

import sys

_limit = sys.getrecursionlimit()

from eth_account import Account  # noqa: E402 - between reading the limit and putting it back
from eth_account.signers.local import LocalAccount  # noqa: E402
from eth_keys.datatypes import PrivateKey  # noqa: E402 - what eth-account signs with

sys.setrecursionlimit(_limit)

__all__ = ["Account", "LocalAccount", "public_key_of"]


def public_key_of(key: bytes) -> bytes:
    """The 64 bytes x ‖ y of a key's public half, by which the nodes of a chain know each other."""
    return PrivateKey(key).public_key.to_bytes()
