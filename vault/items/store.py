"""Sealed items in and out. To this page an item is opaque bytes with a length and a hash."""

from collections.abc import Iterable
from dataclasses import dataclass

from anchor.records.account import Manifest
from anchor.records.signed import Signed
from vault.db import Row, Transaction, chunks
from vault.errors import Conflict, Forbidden
from vault.items.rules import NewVersion

COLLECTIONS_MAX = 100
"""Collections of one account. They are shown in one answer, with up to 8 KiB each."""


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
        sql = """
            SELECT f.item, f.field, f.sealed_hash, f.sealed FROM (VALUES :wanted) AS w CROSS JOIN fields f
            WHERE f.item = w.column1 AND f.field = w.column2
            """
        rows = (row for some in chunks(list(wanted)) for row in self._transaction.all(sql, {"wanted": some}))
        return {(row[0], row[1]): SealedField(row[2], row[3]) for row in rows}

    def keep_collection(self, account: bytes, collection: bytes, sealed: bytes) -> bool:
        """Keep a collection's sealed key; False if it was kept before.

        Raises:
            Conflict: if this id was kept with other bytes, or by another owner.
        """
        full = len(self.collections(account)) >= COLLECTIONS_MAX
        if full and not self.owns_collection(account, collection):
            raise Conflict(f"an account has at most {COLLECTIONS_MAX} collections")
        added = self._transaction.run(
            """
            INSERT INTO collections (id, account, sealed) VALUES (:id, :account, :sealed)
            ON CONFLICT DO NOTHING
            """,
            {"id": collection, "account": account, "sealed": sealed},
        )
        row = self._transaction.one(
            "SELECT account, sealed FROM collections WHERE id = :id", {"id": collection}
        )
        if row != (account, sealed):
            raise Conflict("a collection of this id exists")
        return bool(added)

    def collections(self, account: bytes) -> list[Row]:
        """Id and sealed key of an owner's collections."""
        return self._transaction.all(
            "SELECT id, sealed FROM collections WHERE account = :account ORDER BY id", {"account": account}
        )

    def version(self, account: bytes, item: bytes) -> int:
        """The newest version of an item, 0 if there is none.

        Raises:
            Forbidden: if the item is another owner's.
        """
        row = self._transaction.one("SELECT account, version FROM items WHERE id = :item", {"item": item})
        if row and row[0] != account:
            raise Forbidden("this item is not of this account")
        return int(row[1]) if row else 0

    def owns_collection(self, account: bytes, collection: bytes) -> bool:
        """Whether this collection was kept by this owner."""
        row = self._transaction.one("SELECT account FROM collections WHERE id = :id", {"id": collection})
        return row is not None and row[0] == account

    def any_in(self, collection: bytes) -> bool:
        """Whether an item of this collection is there, in its newest version."""
        row = self._transaction.one(
            """
            SELECT i.id FROM items i JOIN fields f ON f.item = i.id
            WHERE i.collection = :collection LIMIT 1
            """,
            {"collection": collection},
        )
        return row is not None

    def delete_collection(self, collection: bytes) -> None:
        """Delete a collection's sealed key."""
        self._transaction.run("DELETE FROM collections WHERE id = :id", {"id": collection})

    def write(self, new: NewVersion) -> None:
        """Put a version in place of the one before it. Envelopes of the old version go with it."""
        record = new.manifest.record
        self._transaction.run(
            """
            INSERT INTO items (id, account, collection, version, seq, key, manifest)
            VALUES (:item, :account, :collection, :version, :seq, :key, :manifest)
            ON CONFLICT (id) DO UPDATE SET collection = excluded.collection, version = excluded.version,
                                           seq = excluded.seq, key = excluded.key,
                                           manifest = excluded.manifest
            """,
            {
                "item": record.item,
                "account": record.account,
                "collection": record.collection,
                "version": record.version,
                "seq": record.seq,
                "key": new.key,
                "manifest": new.manifest.raw,
            },
        )
        if record.version > 1:
            self._transaction.run("DELETE FROM fields WHERE item = :item", {"item": record.item})
            self._transaction.run("DELETE FROM envelopes WHERE item = :item", {"item": record.item})
        self._transaction.run_many(
            "INSERT INTO fields (item, field, sealed_hash, sealed) VALUES (:item, :field, :hash, :sealed)",
            [
                {
                    "item": record.item,
                    "field": field.field,
                    "hash": field.sealed,
                    "sealed": new.fields[field.field],
                }
                for field in record.fields
                if field.field in new.fields  # an older version that was brought comes without them
            ],
        )
        self._append(new.manifest)

    def _append(self, manifest: Signed[Manifest]) -> None:
        self._transaction.run(
            "INSERT INTO journal (account, seq, hash, raw) VALUES (:account, :seq, :hash, :raw)",
            {
                "account": manifest.record.account,
                "seq": manifest.record.seq,
                "hash": manifest.hash,
                "raw": manifest.raw,
            },
        )

    def newest(self, account: bytes, after: int, limit: int) -> list[Row]:
        """Journal number, manifest and sealed key of the newest version of each item."""
        return self._transaction.all(
            """
            SELECT seq, manifest, key FROM items
            WHERE account = :account AND seq > :after ORDER BY seq LIMIT :limit
            """,
            {"account": account, "after": after, "limit": limit},
        )

    def whole(self, account: bytes, item: bytes) -> tuple[bytes, bytes, dict[bytes, bytes]] | None:
        """Manifest, sealed key and all sealed fields of an item."""
        row = self._transaction.one(
            "SELECT manifest, key FROM items WHERE id = :item AND account = :account",
            {"item": item, "account": account},
        )
        if row is None:
            return None
        fields = self._transaction.all("SELECT field, sealed FROM fields WHERE item = :item", {"item": item})
        return row[0], row[1], dict(fields)

    def erase(self, account: bytes) -> None:
        """Delete everything sealed that this owner wrote; of her manifests the hashes stay."""
        for statement in (
            "DELETE FROM fields WHERE item IN (SELECT id FROM items WHERE account = :account)",
            "DELETE FROM items WHERE account = :account",
            "DELETE FROM collections WHERE account = :account",
        ):
            self._transaction.run(statement, {"account": account})
        self._transaction.run(
            "UPDATE journal SET raw = :nothing WHERE account = :account", {"account": account, "nothing": b""}
        )

    def journal(self, account: bytes, after: int, limit: int) -> list[Row]:
        """Number and bytes of an owner's manifests, from the first."""
        return self._transaction.all(
            """
            SELECT seq, raw FROM journal
            WHERE account = :account AND seq > :after ORDER BY seq LIMIT :limit
            """,
            {"account": account, "after": after, "limit": limit},
        )
