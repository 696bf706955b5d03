"""An append-only log: entries in, checkpoints and proofs out, over a store of tiles.

An entry is 33 bytes, a type byte and a salted SHA-256, so the log tells nothing
about what it holds. Appending reads the unfinished tiles at the right edge and
writes those it changed; nothing is ever rebuilt.

Before it extends a tree or signs it, a log hashes the edge it has read and
compares it with the root on record: damage is noticed before anything is signed
over it. ``verify`` reads everything again, as after restoring a backup.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from anchor.errors import AnchorError, FormatError, ProofError
from anchor.merkle import EMPTY_ROOT, HASH_BYTES, SIZE_MAX, TreeHead, leaf_hash, root, root_at
from anchor.note import NoteKey
from anchor.records.checkpoint import Checkpoint
from anchor.tiles import (
    ENTRIES,
    TILE_HEIGHT,
    TILE_WIDTH,
    TileId,
    Tree,
    narrow,
    read_bundle,
    tile_path,
    tile_width,
    write_bundle,
)

ENTRY_BYTES = 33  # type byte ‖ SHA-256; never 64, the length of two hashes side by side
VERIFY_STEP = 64 * 256  # entries read at a time


class StaleHeadError(AnchorError):
    """Another writer appended in between: read the head again."""


class LogStore(Protocol):
    """Where a log keeps its tiles. One instance sees one consistent state."""

    def head(self) -> TreeHead:
        """Size and root after the last ``grow``; ``TreeHead(0, EMPTY_ROOT)`` before the first."""
        ...

    def tile(self, tile: TileId) -> bytes:
        """The tile as it was last written, or ``b""`` if it never was."""
        ...

    def grow(self, old: TreeHead, new: TreeHead, tiles: Mapping[TileId, bytes]) -> None:
        """Set the head from ``old`` to ``new`` and write ``tiles``: all of it, durably, or nothing.

        Each tile replaces the narrower one of the same id, of which it is a
        continuation.

        Raises:
            StaleHeadError: if the head is no longer ``old``.
        """
        ...


class MemoryLogStore:
    """A ``LogStore`` in memory, for tests and for mirrors."""

    def __init__(self) -> None:
        self._head = TreeHead(0, EMPTY_ROOT)
        self._tiles: dict[TileId, bytes] = {}

    def head(self) -> TreeHead:
        """See ``LogStore``."""
        return self._head

    def tile(self, tile: TileId) -> bytes:
        """See ``LogStore``."""
        return self._tiles.get(tile, b"")

    def tiles(self) -> Iterable[tuple[TileId, bytes]]:
        """Every tile that was written."""
        return self._tiles.items()

    def grow(self, old: TreeHead, new: TreeHead, tiles: Mapping[TileId, bytes]) -> None:
        """See ``LogStore``."""
        if self._head != old:
            raise StaleHeadError("the log has grown since its head was read")
        self._tiles.update(tiles)
        self._head = new


class Log:
    """The log ``origin`` over a store."""

    def __init__(self, origin: str, store: LogStore) -> None:
        self.origin = origin
        self._store = store

    def head(self) -> TreeHead:
        """The size and root after the last append."""
        return self._store.head()

    def append(self, entries: Sequence[bytes]) -> TreeHead:
        """Add entries in their order, all or none, and return the new size and root.

        The first of them takes the old size as its index.

        Raises:
            FormatError: if an entry is not 33 bytes.
            ProofError: if the store does not hold the tree its head names; nothing is written.
            StaleHeadError: if another writer was faster; nothing is written.
        """
        old = self._store.head()
        if not entries:
            return old
        if any(len(entry) != ENTRY_BYTES for entry in entries):
            raise FormatError(f"an entry is {ENTRY_BYTES} bytes")
        if old.size + len(entries) > SIZE_MAX:
            raise FormatError("the log is full")
        self._tree_on_record(old)
        written = _grown(self._store, old.size, entries)
        size = old.size + len(entries)
        tree = Tree(lambda tile: written.get(tile) or self._store.tile(tile), size)
        new = TreeHead(size, tree.root())
        self._store.grow(old, new, written)
        return new

    def at(self, size: int) -> Tree:
        """The tree as it was at ``size``, for many proofs against one checkpoint.

        Raises:
            ProofError: if the log is not that long.
        """
        if not 0 <= size <= self._store.head().size:
            raise ProofError("the log is not that long")
        return Tree(self._store.tile, size)

    def root(self, size: int) -> bytes:
        """The root over the first ``size`` entries."""
        return self.at(size).root()

    def inclusion(self, index: int, size: int) -> tuple[bytes, ...]:
        """The path from entry ``index`` to the root at ``size``."""
        return self.at(size).inclusion(index)

    def consistency(self, old: int, new: int) -> tuple[bytes, ...]:
        """The proof that the tree at ``new`` begins with the tree at ``old``."""
        return self.at(new).consistency(old)

    def entries(self, start: int, end: int) -> list[bytes]:
        """The entries from ``start`` up to, not including, ``end``.

        Raises:
            ProofError: if the log is not that long, or a bundle is missing.
        """
        if not 0 <= start <= end <= self._store.head().size:
            raise ProofError("the log is not that long")
        found: list[bytes] = []
        for index in range(start // TILE_WIDTH, -(-end // TILE_WIDTH)):
            bundle = TileId(ENTRIES, index)
            found += read_bundle(narrow(bundle, self._store.tile(bundle), tile_width(bundle, end)))
        return found[start % TILE_WIDTH :]

    def verify(self) -> TreeHead:
        """Return the head, once every entry was read again and every tile found to follow from them.

        This takes a few seconds and 80 MB for a million entries.

        Raises:
            ProofError: if a tile, a bundle or the root on record is missing or wrong.
            FormatError: if a bundle can't be read.
        """
        head = self._store.head()
        mirror = MemoryLogStore()
        for start in range(0, head.size, VERIFY_STEP):
            entries = self.entries(start, min(start + VERIFY_STEP, head.size))
            Log(self.origin, mirror).append(entries)
        if mirror.head() != head:
            raise ProofError("the entries do not hash to the root on record")
        for tile, data in mirror.tiles():
            if narrow(tile, self._store.tile(tile), tile_width(tile, head.size)) != data:
                raise ProofError(f"{tile_path(tile)} does not follow from the entries")
        return head

    def checkpoint(self, size: int, key: NoteKey) -> bytes:
        """The signed checkpoint at ``size``, whose root leads to the one on record.

        A log has one root for each size for ever; whoever stores checkpoints
        must keep the first one and never hand out another.

        Raises:
            ProofError: if the log is not that long, or its tiles do not hash to the root on record.
            FormatError: if the key is not named like the log.
        """
        tree = self._tree_on_record(self._store.head())
        if size:
            tree.consistency(size)
        return Checkpoint(self.origin, size, root_at(tree.hash, size)).sign(key)

    def _tree_on_record(self, head: TreeHead) -> Tree:
        tree = Tree(self._store.tile, head.size)
        if tree.root() != head.root:
            raise ProofError("the tiles do not hash to the root on record")
        return tree


def _grown(store: LogStore, size: int, entries: Sequence[bytes]) -> dict[TileId, bytes]:
    """Every tile that changes when ``entries`` follow the first ``size`` ones."""
    written = _extended(
        store, TileId(ENTRIES, size // TILE_WIDTH), size, [write_bundle([e]) for e in entries]
    )
    hashes, level = [leaf_hash(entry) for entry in entries], 0
    while hashes:
        first = size >> (TILE_HEIGHT * level)
        tiles = _extended(store, TileId(level, first // TILE_WIDTH), size, hashes)
        written |= tiles
        whole = [data for data in tiles.values() if len(data) == HASH_BYTES * TILE_WIDTH]
        hashes = [root([data[i : i + HASH_BYTES] for i in range(0, len(data), HASH_BYTES)]) for data in whole]
        level += 1
    return written


def _extended(store: LogStore, edge: TileId, size: int, elements: Sequence[bytes]) -> dict[TileId, bytes]:
    """The tile at the right edge and those after it, once ``elements`` are added to them."""
    width = tile_width(edge, size)
    data, room = narrow(edge, store.tile(edge) if width else b"", width), TILE_WIDTH - width
    tiles = {edge: data + b"".join(elements[:room])}
    for index, at in enumerate(range(room, len(elements), TILE_WIDTH), start=edge.index + 1):
        tiles[TileId(edge.level, index)] = b"".join(elements[at : at + TILE_WIDTH])
    return tiles
