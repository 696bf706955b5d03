"""Evidence logs of one transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from anchor.log import StaleHeadError
from anchor.merkle import TreeHead
from anchor.records.signed import Signed
from anchor.tiles import TileId
from vault.db import Transaction
from vault.errors import NotFound


@dataclass(frozen=True, slots=True)
class EvidenceLog:
    """A row: the log's name below the vault's, and the partner it belongs to."""

    id: int
    name: str
    tenant: str
    size: int
    root: bytes


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry, its record as it was signed, and the key that signed it."""

    log: int
    position: int
    hash: bytes
    noun: str
    partner: str
    raw: bytes
    sign_key: bytes
    time: int


@dataclass(frozen=True, slots=True)
class Head:
    """A signed checkpoint of a log, and where its record stands in the vault's log, if it does yet.

    It stands at ``after`` or behind it, at ``position`` once that is known.
    """

    log: int
    size: int
    root: bytes
    note: bytes
    head: bytes
    hash: bytes
    after: int
    position: int | None


_LOG = "SELECT id, name, tenant, size, root FROM evidence_logs "
_GROWN = """
    WHERE size > COALESCE((SELECT MAX(h.size) FROM evidence_heads h WHERE h.log = evidence_logs.id), 0)
    ORDER BY id LIMIT :count
    """
_ENTRY = "SELECT log, position, hash, noun, partner, raw, sign_key, time FROM evidence_entries "
_HEAD = "SELECT log, size, root, note, head, hash, after, position FROM evidence_heads "


class EvidenceLogs:
    """Logs, members and entries."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def open(self, name: str, tenant: str, empty: bytes, now: int) -> bool:
        """Open a log for a tenant; False if the name is taken."""
        return bool(
            self._transaction.run(
                """
                INSERT INTO evidence_logs (name, tenant, size, root, opened)
                VALUES (:name, :tenant, 0, :root, :now) ON CONFLICT DO NOTHING
                """,
                {"name": name, "tenant": tenant, "root": empty, "now": now},
            )
        )

    def named(self, name: str) -> EvidenceLog:
        """A log by its name.

        Raises:
            NotFound: if there is none.
        """
        row = self._transaction.one(_LOG + "WHERE name = :name", {"name": name})
        if row is None:
            raise NotFound("there is no such evidence log")
        return EvidenceLog(*row)

    def by_id(self, log: int) -> EvidenceLog:
        """A log by its row."""
        row = self._transaction.one(_LOG + "WHERE id = :id", {"id": log})
        if row is None:
            raise NotFound("there is no such evidence log")
        return EvidenceLog(*row)

    def of_tenant(self, tenant: str) -> int:
        """How many logs a tenant has."""
        row = self._transaction.one(
            "SELECT COUNT(*) FROM evidence_logs WHERE tenant = :tenant", {"tenant": tenant}
        )
        return row[0] if row else 0

    def all(self, after: int, count: int) -> list[EvidenceLog]:
        """Logs in the order they were opened."""
        rows = self._transaction.all(
            _LOG + "WHERE id > :after ORDER BY id LIMIT :count", {"after": after, "count": count}
        )
        return [EvidenceLog(*row) for row in rows]

    def grown(self, count: int) -> list[EvidenceLog]:
        """Logs that have entries no head covers."""
        rows = self._transaction.all(_LOG + _GROWN, {"count": count})
        return [EvidenceLog(*row) for row in rows]

    def members(self, log: EvidenceLog) -> list[str]:
        """Who may write, in alphabetical order."""
        rows = self._transaction.all(
            "SELECT domain FROM evidence_members WHERE log = :log ORDER BY domain", {"log": log.id}
        )
        return [row[0] for row in rows]

    def admit(self, log: EvidenceLog, domain: str, now: int) -> None:
        """Let a partner write."""
        self._transaction.run(
            """
            INSERT INTO evidence_members (log, domain, since) VALUES (:log, :domain, :now)
            ON CONFLICT DO NOTHING
            """,
            {"log": log.id, "domain": domain, "now": now},
        )

    def remove(self, log: EvidenceLog, domain: str) -> None:
        """Let a partner write no more."""
        self._transaction.run(
            "DELETE FROM evidence_members WHERE log = :log AND domain = :domain",
            {"log": log.id, "domain": domain},
        )

    def entry(self, record: bytes) -> Entry | None:
        """The entry of a record, by its hash."""
        row = self._transaction.one(_ENTRY + "WHERE hash = :hash", {"hash": record})
        return Entry(*row) if row else None

    def entries(self, log: EvidenceLog, start: int, count: int) -> list[Entry]:
        """Entries from a position on."""
        rows = self._transaction.all(
            _ENTRY + "WHERE log = :log AND position >= :start ORDER BY position LIMIT :count",
            {"log": log.id, "start": start, "count": count},
        )
        return [Entry(*row) for row in rows]

    def keep(self, entry: Entry) -> None:
        """Write down what took a place."""
        self._transaction.run(
            """
            INSERT INTO evidence_entries (log, position, hash, noun, partner, raw, sign_key, time)
            VALUES (:log, :position, :hash, :noun, :partner, :raw, :sign_key, :time)
            """,
            {name: getattr(entry, name) for name in Entry.__slots__},
        )


class Heads:
    """Checkpoints of evidence logs, and their way into the vault's log."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def add(self, log: EvidenceLog, note: bytes, head: Signed[Any], after: int) -> None:
        """Keep a checkpoint of the whole log, and queue the vault's record of it."""
        self._transaction.run(
            """
            INSERT INTO evidence_heads (log, size, root, note, head, hash, after)
            VALUES (:log, :size, :root, :note, :head, :hash, :after)
            """,
            {
                "log": log.id,
                "size": log.size,
                "root": log.root,
                "note": note,
                "head": head.raw,
                "hash": head.hash,
                "after": after,
            },
        )
        self._transaction.run("INSERT INTO log_queue (entry) VALUES (:entry)", {"entry": head.entry})

    def newest(self, log: EvidenceLog) -> Head | None:
        """The newest checkpoint of a log."""
        return self._first("WHERE log = :log ORDER BY size DESC LIMIT 1", {"log": log.id})

    def covered(self, log: int, position: int, below: int) -> Head | None:
        """The newest head over an entry that stands in the first ``below`` entries of the vault's log."""
        return self._first(
            """
            WHERE log = :log AND size > :position AND position IS NOT NULL AND position < :below
            ORDER BY size DESC LIMIT 1
            """,
            {"log": log, "position": position, "below": below},
        )

    def missing(self, count: int) -> list[Head]:
        """Heads whose place in the vault's log is not known yet, the oldest first."""
        rows = self._transaction.all(
            _HEAD + "WHERE position IS NULL ORDER BY after, log, size LIMIT :count", {"count": count}
        )
        return [Head(*row) for row in rows]

    def place(self, head: bytes, position: int) -> None:
        """Write down where a head stands."""
        self._transaction.run(
            "UPDATE evidence_heads SET position = :position WHERE hash = :hash AND position IS NULL",
            {"position": position, "hash": head},
        )

    def look_behind(self, size: int, heads: Sequence[bytes]) -> None:
        """These do not stand in the first ``size`` entries of the vault's log."""
        self._transaction.run_many(
            "UPDATE evidence_heads SET after = :size WHERE hash = :hash AND after < :size",
            [{"size": size, "hash": head} for head in heads],
        )

    def _first(self, where: str, parameters: Mapping[str, int]) -> Head | None:
        row = self._transaction.one(_HEAD + where, parameters)
        return Head(*row) if row else None


class EvidenceTiles:
    """The ``LogStore`` of one evidence log, within one transaction."""

    def __init__(self, transaction: Transaction, log: EvidenceLog) -> None:
        self._transaction, self._log = transaction, log

    def head(self) -> TreeHead:
        """See ``LogStore``: as it was when the row was read, which ``grow`` holds it to."""
        return TreeHead(self._log.size, self._log.root)

    def tile(self, tile: TileId) -> bytes:
        """See ``LogStore``."""
        row = self._transaction.one(
            "SELECT hashes FROM evidence_tiles WHERE log = :log AND level = :level AND tile = :tile",
            {"log": self._log.id, "level": tile.level, "tile": tile.index},
        )
        found: bytes = row[0] if row else b""
        return found

    def grow(self, old: TreeHead, new: TreeHead, tiles: Mapping[TileId, bytes]) -> None:
        """See ``LogStore``."""
        moved = self._transaction.run(
            """
            UPDATE evidence_logs SET size = :size, root = :root
            WHERE id = :id AND size = :old_size AND root = :old_root
            """,
            {
                "id": self._log.id,
                "size": new.size,
                "root": new.root,
                "old_size": old.size,
                "old_root": old.root,
            },
        )
        if not moved:
            raise StaleHeadError("the log has grown since its head was read")
        self._transaction.run_many(
            """
            INSERT INTO evidence_tiles (log, level, tile, hashes) VALUES (:log, :level, :tile, :hashes)
            ON CONFLICT (log, level, tile) DO UPDATE SET hashes = excluded.hashes
            """,
            [
                {"log": self._log.id, "level": tile.level, "tile": tile.index, "hashes": data}
                for tile, data in tiles.items()
            ],
        )


def positions(found: Sequence[bytes], start: int) -> dict[bytes, int]:
    """Entries of the vault's log from ``start`` on, by the record hash in them."""
    return {entry[1:]: start + number for number, entry in enumerate(found)}
