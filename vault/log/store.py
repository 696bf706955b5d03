"""The log in the database: its queue, its tiles, its entries, its checkpoints.

Everything here happens inside somebody's transaction, so the tree, the entries and
the checkpoint over them are there together or not at all.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from anchor.log import StaleHeadError
from anchor.merkle import EMPTY_ROOT, TreeHead
from anchor.records.signed import entry_of
from anchor.records.trust import ChainTrust
from anchor.records.usage import Receipt
from anchor.tiles import TileId
from vault.db import Row, Transaction, chunks

RECEIPT_TYPE = entry_of(Receipt, bytes(32))[:1]


class Tiles:
    """The ``LogStore`` of ``anchor.log``, within one transaction."""

    def __init__(self, transaction: Transaction, origin: str) -> None:
        self._transaction = transaction
        self._origin = origin

    def head(self) -> TreeHead:
        """See ``LogStore``."""
        row = self._transaction.one(
            "SELECT size, root FROM log_heads WHERE origin = :origin", {"origin": self._origin}
        )
        return TreeHead(*row) if row else TreeHead(0, EMPTY_ROOT)

    def tile(self, tile: TileId) -> bytes:
        """See ``LogStore``."""
        row = self._transaction.one(
            "SELECT hashes FROM log_tiles WHERE level = :level AND tile = :tile",
            {"level": tile.level, "tile": tile.index},
        )
        found: bytes = row[0] if row else b""
        return found

    def grow(self, old: TreeHead, new: TreeHead, tiles: Mapping[TileId, bytes]) -> None:
        """See ``LogStore``."""
        if not (self._first(new) if old.size == 0 else self._next(old, new)):
            raise StaleHeadError("the log has grown since its head was read")
        self._transaction.run_many(
            """
            INSERT INTO log_tiles (level, tile, hashes) VALUES (:level, :tile, :hashes)
            ON CONFLICT (level, tile) DO UPDATE SET hashes = excluded.hashes
            """,
            [{"level": tile.level, "tile": tile.index, "hashes": data} for tile, data in tiles.items()],
        )

    def _first(self, new: TreeHead) -> int:
        return self._transaction.run(
            """
            INSERT INTO log_heads (origin, size, root, published) VALUES (:origin, :size, :root, 0)
            ON CONFLICT DO NOTHING
            """,
            {"origin": self._origin, "size": new.size, "root": new.root},
        )

    def _next(self, old: TreeHead, new: TreeHead) -> int:
        return self._transaction.run(
            """
            UPDATE log_heads SET size = :size, root = :root
            WHERE origin = :origin AND size = :old_size AND root = :old_root
            """,
            {
                "origin": self._origin,
                "size": new.size,
                "root": new.root,
                "old_size": old.size,
                "old_root": old.root,
            },
        )


@dataclass(frozen=True, slots=True)
class Receipted:
    """A receipt's row number, and its position in the log if it has one."""

    row: int
    position: int | None


class Entries:
    """Entries that wait for their place, and those that have one."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def queue(self, entries: Iterable[bytes]) -> None:
        """Let entries of 33 bytes wait for the log, in this order."""
        self._transaction.run_many(
            "INSERT INTO log_queue (entry) VALUES (:entry)", [{"entry": entry} for entry in entries]
        )

    def waiting(self) -> bool:
        """Whether an entry waits."""
        return self._transaction.one("SELECT id FROM log_queue ORDER BY id LIMIT 1") is not None

    def take(self, count: int) -> list[bytes]:
        """The ``count`` that wait longest, out of the queue.

        A lower number may become visible after a higher one, since transactions overlap;
        never within one grant, whose row is held from the number's making to the commit.
        """
        rows = self._transaction.all(
            """
            DELETE FROM log_queue WHERE id IN (SELECT id FROM log_queue ORDER BY id LIMIT :count)
            RETURNING id, entry
            """,
            {"count": count},
        )
        return [entry for _, entry in sorted(rows)]

    def receipts(self, entries: Iterable[bytes]) -> dict[bytes, Receipted]:
        """Those of the entries that are receipts, each with its row and its place if it has one."""
        found: dict[bytes, Receipted] = {}
        for some in chunks([entry[1:] for entry in entries if entry[:1] == RECEIPT_TYPE]):
            rows = self._transaction.all(
                """
                SELECT r.hash, r.id, e.position FROM receipts r LEFT JOIN log_entries e ON e.receipt = r.id
                WHERE r.hash IN :hashes
                """,
                {"hashes": some},
            )
            found |= {RECEIPT_TYPE + row[0]: Receipted(*row[1:]) for row in rows}
        return found

    def add(self, position: int, receipts: Sequence[int | None]) -> None:
        """Write down which receipts stand from ``position`` on, None for another kind of entry.

        A receipt that stands somewhere breaks the index and undoes the transaction.
        """
        self._transaction.run_many(
            "INSERT INTO log_entries (position, receipt) VALUES (:position, :receipt)",
            [{"position": at, "receipt": receipt} for at, receipt in enumerate(receipts, position)],
        )


@dataclass(frozen=True, slots=True)
class Stored:
    """A signed checkpoint, and when (seconds) it was signed."""

    size: int
    root: bytes
    note: bytes
    time: int


class Checkpoints:
    """The signed checkpoints of one log. Each size has one, for ever."""

    def __init__(self, transaction: Transaction, origin: str) -> None:
        self._transaction = transaction
        self._origin = origin

    def add(self, head: TreeHead, note: bytes, time: int) -> None:
        """Keep a checkpoint; a second one for its size breaks the key and undoes the transaction."""
        self._transaction.run(
            "INSERT INTO checkpoints (size, root, note, time) VALUES (:size, :root, :note, :time)",
            {"size": head.size, "root": head.root, "note": note, "time": time},
        )

    def at(self, size: int) -> Stored | None:
        """The checkpoint of exactly this size."""
        return self._first("WHERE size = :size", {"size": size})

    def newest(self) -> Stored | None:
        """The newest one signed, which may not have left this house yet."""
        return self._first("ORDER BY size DESC LIMIT 1", {})

    def published(self) -> Stored | None:
        """The newest one that may be shown."""
        return self.at(self.published_size())

    def published_size(self) -> int:
        """The size of the newest one that may be shown; 0 before the first."""
        row = self._transaction.one(
            "SELECT published FROM log_heads WHERE origin = :origin", {"origin": self._origin}
        )
        return row[0] if row else 0

    def first_after(self, size: int) -> Stored | None:
        """The oldest one that covers more than the first ``size`` entries."""
        return self._first("WHERE size > :size ORDER BY size LIMIT 1", {"size": size})

    def last_within(self, size: int, most: int) -> Stored | None:
        """The newest above ``size`` and not above ``most``."""
        return self._first(
            "WHERE size > :size AND size <= :most ORDER BY size DESC LIMIT 1", {"size": size, "most": most}
        )

    def newest_until(self, time: int, most: int) -> int:
        """The size of the newest one signed at ``time`` (seconds) or before, at most ``most``; 0 if none."""
        row = self._transaction.one(
            "SELECT size FROM checkpoints WHERE time <= :time ORDER BY time DESC, size DESC LIMIT 1",
            {"time": time},
        )
        return min(row[0], most) if row else 0

    def publish(self, size: int) -> None:
        """Let everybody see the checkpoint of this size. It never goes back."""
        self._transaction.run(
            "UPDATE log_heads SET published = :size WHERE origin = :origin AND published < :size",
            {"size": size, "origin": self._origin},
        )

    def _first(self, where: str, parameters: Mapping[str, int]) -> Stored | None:
        every = "SELECT size, root, note, time FROM checkpoints "
        row = self._transaction.one(every + where, parameters)
        return Stored(*row) if row else None


class Cosignatures:
    """What witnesses, named by their vkeys, signed of checkpoints."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def add(self, size: int, witness: str, line: bytes) -> None:
        """Keep a verified line. A second one for the same checkpoint is not needed."""
        self._transaction.run(
            """
            INSERT INTO cosignatures (size, witness, line) VALUES (:size, :witness, :line)
            ON CONFLICT DO NOTHING
            """,
            {"size": size, "witness": witness, "line": line},
        )

    def newest_of(self, witness: str) -> int:
        """The size this witness cosigned last; 0 before the first."""
        row = self._transaction.one(
            "SELECT MAX(size) FROM cosignatures WHERE witness = :witness", {"witness": witness}
        )
        return row[0] or 0 if row else 0

    def newest_size(self, witnesses: Sequence[str], quorum: int) -> int:
        """The largest size that at least ``quorum`` (one or more) of these cosigned; 0 before the first."""
        if not witnesses:
            return 0
        row = self._transaction.one(
            """
            SELECT size FROM cosignatures WHERE witness IN :witnesses
            GROUP BY size HAVING COUNT(*) >= :quorum ORDER BY size DESC LIMIT 1
            """,
            {"witnesses": tuple(witnesses), "quorum": max(quorum, 1)},
        )
        return row[0] if row else 0

    def on(self, checkpoint: Stored) -> bytes:
        """The note of a checkpoint with every cosignature it has."""
        rows = self._transaction.all(
            "SELECT line FROM cosignatures WHERE size = :size ORDER BY witness", {"size": checkpoint.size}
        )
        return checkpoint.note + b"".join(row[0] for row in rows)


class AnchorRecords:
    """What the vault signed of checkpoints that stand on one chain, in one contract.

    They are found by chain and contract, as a reader of the trust file finds them.
    """

    def __init__(self, transaction: Transaction, chain: ChainTrust | None) -> None:
        self._transaction = transaction
        self._chain = {"chain_id": chain.id, "contract": chain.contract} if chain else None

    def at(self, size: int) -> tuple[bytes, bytes | None] | None:
        """The signed anchor of the checkpoint of exactly this size, and its chain proof as it is kept."""
        row = self._first("SELECT raw, chain_proof", "AND size = :size", size=size)
        return (row[0], row[1]) if row else None

    def newest_size(self) -> int:
        """The size of the newest checkpoint that stands there; 0 before the first."""
        row = self._first("SELECT size", "ORDER BY size DESC LIMIT 1")
        return row[0] if row else 0

    def reached(self, *statuses: str) -> int:
        """The size of the newest anchor whose transaction has one of these statuses there; 0 if none has."""
        if self._chain is None:
            return 0
        row = self._transaction.one(
            """
            SELECT MAX(a.size) FROM anchors a JOIN anchor_chains c ON c.target = a.target
            WHERE c.chain_id = :chain_id AND c.contract = :contract AND a.status IN :statuses
            """,
            {**self._chain, "statuses": statuses},
        )
        return row[0] or 0 if row else 0

    def _first(self, select: str, where: str, **parameters: int) -> Row | None:
        if self._chain is None:
            return None
        there = " FROM anchor_records WHERE chain_id = :chain_id AND contract = :contract "
        return self._transaction.one(select + there + where, {**self._chain, **parameters})
