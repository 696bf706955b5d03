"""The tree in tiles: the layout of c2sp.org/tlog-tiles, so that any mirror can serve a log.

A tile is a row of up to 256 hashes. At level 0 they are leaf hashes; above, each
is the hash of one whole tile below. Tiles at ``ENTRIES`` hold the entries
themselves, each behind its length. A tile only ever grows to the right, so a
narrower tile is a prefix of a wider one::

    tile/0/x001/x234/067        level 0, index 1234067, all 256 hashes
    tile/1/000.p/17             level 1, index 0, the first 17
    tile/entries/000.p/8        the first 8 entries

A ``Tree`` reads any hash, root or proof of one size from such tiles.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache

from anchor.errors import FormatError, ProofError
from anchor.merkle import (
    EMPTY_ROOT,
    HASH_BYTES,
    SIZE_MAX,
    complete_levels,
    consistency_path,
    inclusion_path,
    root_at,
    verify_consistency,
    verify_inclusion,
)

TILE_HEIGHT = 8
TILE_WIDTH = 256
ENTRIES = -1  # the level of tiles that hold entries
LEVEL_MAX = 63
ENTRY_BYTES_MAX = 0xFFFF  # what a bundle's length prefix can say
TILES_KEPT = 64  # tiles a Tree keeps in memory, about 40 KB each

# Six groups of digits name every tile of the largest tree, so the pattern bounds the length.
_PATH = re.compile(
    r"tile/(?P<level>entries|[0-9]{1,2})/(?P<index>(?:x[0-9]{3}/){0,5}[0-9]{3})(?:\.p/(?P<width>[0-9]{1,3}))?"
)


@dataclass(frozen=True, slots=True)
class TileId:
    """Which tile: its level (``ENTRIES`` or 0 to 63) and its index in that level."""

    level: int
    index: int


ReadTile = Callable[[TileId], bytes]


def tile_path(tile: TileId, width: int = TILE_WIDTH) -> str:
    """The path under which the first ``width`` elements of ``tile`` are served."""
    groups = f"{tile.index:03}"
    groups = groups.zfill(-(-len(groups) // 3) * 3)
    elements = [groups[i : i + 3] for i in range(0, len(groups), 3)]
    name = "/".join([f"x{element}" for element in elements[:-1]] + elements[-1:])
    level = "entries" if tile.level == ENTRIES else str(tile.level)
    partial = "" if width == TILE_WIDTH else f".p/{width}"
    return f"tile/{level}/{name}{partial}"


def parse_tile_path(path: str) -> tuple[TileId, int]:
    """The tile and width a path names.

    Raises:
        FormatError: for any path that ``tile_path`` would not have written.
    """
    match = _PATH.fullmatch(path)
    if match is None:
        raise FormatError("not the path of a tile")
    level = ENTRIES if match["level"] == "entries" else int(match["level"])
    tile = TileId(level, int(match["index"].replace("x", "").replace("/", "")))
    width = int(match["width"]) if match["width"] else TILE_WIDTH
    if level > LEVEL_MAX or tile.index > SIZE_MAX // TILE_WIDTH or not 1 <= width <= TILE_WIDTH:
        raise FormatError("the path names a tile that no log can have")
    if tile_path(tile, width) != path:
        raise FormatError("the path of the tile is not in its canonical form")
    return tile, width


def tile_width(tile: TileId, size: int) -> int:
    """How many elements ``tile`` has in a tree of ``size`` leaves, 0 to 256."""
    in_level = size >> (TILE_HEIGHT * max(tile.level, 0))
    return min(max(in_level - tile.index * TILE_WIDTH, 0), TILE_WIDTH)


def narrow(tile: TileId, data: bytes, width: int) -> bytes:
    """The first ``width`` elements of a tile that has at least as many.

    Raises:
        ProofError: if the tile is missing or shorter than that.
    """
    if tile.level == ENTRIES:
        cut = write_bundle(read_bundle(data)[:width])
        complete = len(read_bundle(cut)) == width
    else:
        cut = data[: HASH_BYTES * width]
        complete = len(cut) == HASH_BYTES * width
    if not complete:
        raise ProofError(f"{tile_path(tile, width)} is missing or too short")
    return cut


def write_bundle(entries: Iterable[bytes]) -> bytes:
    """Entries one after another, each behind its length as two bytes, big-endian."""
    return b"".join(len(entry).to_bytes(2, "big") + entry for entry in entries)


def read_bundle(data: bytes) -> list[bytes]:
    """The entries of a bundle.

    Raises:
        FormatError: if the last entry is cut short, or there are more than 256.
    """
    entries: list[bytes] = []
    at = 0
    while at < len(data):
        start = at + 2
        at = start + int.from_bytes(data[at:start], "big")
        if at > len(data) or len(entries) == TILE_WIDTH:
            raise FormatError("the bundle is cut short or too wide")
        entries.append(data[start:at])
    return entries


class Tree:
    """The tree as it is at ``size`` leaves, its hashes read from tiles.

    Tiles that were read are kept, so one Tree serves many proofs cheaply; it must
    not outlive the state of the store behind ``read_tile``. What it hands out has
    been verified against its own root: tiles that contradict each other raise
    ``ProofError`` instead of becoming a proof that fails at a stranger's.
    """

    def __init__(self, read_tile: ReadTile, size: int) -> None:
        self.size = size
        self._read_tile = read_tile
        self._levels = lru_cache(maxsize=TILES_KEPT)(self._read_levels)
        self._root: bytes | None = EMPTY_ROOT if size == 0 else None

    def hash(self, level: int, index: int) -> bytes:
        """The hash of the complete subtree ``index`` at ``level``."""
        tile_level, height = divmod(level, TILE_HEIGHT)
        tile_index, offset = divmod(index << height, TILE_WIDTH)
        return self._levels(TileId(tile_level, tile_index))[height][offset >> height]

    def root(self) -> bytes:
        """The root over all ``size`` leaves."""
        if self._root is None:
            self._root = root_at(self.hash, self.size)
        return self._root

    def inclusion(self, index: int) -> tuple[bytes, ...]:
        """The inclusion path of the leaf at ``index``.

        Raises:
            ProofError: if there is no such leaf, or a tile is missing or wrong.
        """
        path = inclusion_path(self.hash, index=index, size=self.size)
        leaf = self.hash(0, index)
        verify_inclusion(leaf, index=index, size=self.size, path=path, root=self.root())
        return path

    def consistency(self, old: int) -> tuple[bytes, ...]:
        """The proof that this tree begins with its own first ``old`` leaves.

        Raises:
            ProofError: unless ``0 < old <= size``, or if a tile is missing or wrong.
        """
        path = consistency_path(self.hash, old=old, new=self.size)
        old_root = root_at(self.hash, old)
        verify_consistency(old=old, new=self.size, path=path, old_root=old_root, new_root=self.root())
        return path

    def _read_levels(self, tile: TileId) -> list[list[bytes]]:
        width = tile_width(tile, self.size)
        data = narrow(tile, self._read_tile(tile), width)
        return complete_levels([data[i : i + HASH_BYTES] for i in range(0, len(data), HASH_BYTES)])
