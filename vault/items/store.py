"""Sealed items in and out. To this page an item is opaque bytes with a length and a hash."""

from collections.abc import Iterable
from dataclasses import dataclass

from vault.db import Transaction


@dataclass(frozen=True, slots=True)
class SealedField:
    """One sealed field as stored: the SHA-256 the owner signed for, and the ciphertext."""

    hash: bytes
    sealed: bytes


class Items:
    """The items of one transaction."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def fields(self, wanted: Iterable[tuple[bytes, bytes]]) -> dict[tuple[bytes, bytes], SealedField]:
        """The sealed fields by (item, field id)."""
        pairs = tuple(wanted)
        if not pairs:
            return {}
        rows = self._transaction.all(
            "SELECT item, field, sealed_hash, sealed FROM fields WHERE item IN :items AND field IN :fields",
            {"items": tuple({item for item, _ in pairs}), "fields": tuple({field for _, field in pairs})},
        )
        return {(row[0], row[1]): SealedField(row[2], row[3]) for row in rows}
