"""A copy of a log in a folder: tiles, and the newest checkpoint that was found to continue it.

::

    checkpoint                  the newest checkpoint, as it was signed
    tile/0/000, tile/entries/000 …   every tile, as wide as it is by now
    evidence/1.before, 1.after, 1.proof   two checkpoints that contradict each other
"""

import os
from collections.abc import Mapping
from pathlib import Path

from anchor.errors import ProofError
from anchor.log import StaleHeadError
from anchor.merkle import EMPTY_ROOT, TreeHead
from anchor.note import Note
from anchor.records.checkpoint import Checkpoint
from anchor.tiles import TileId, tile_path


class Growth:
    """What a mirror would be, in memory until it was found to be right. A ``LogStore``."""

    def __init__(self, mirror: "Mirror") -> None:
        self._mirror = mirror
        self._head = mirror.head()
        self.tiles: dict[TileId, bytes] = {}

    def head(self) -> TreeHead:
        """See ``LogStore``."""
        return self._head

    def tile(self, tile: TileId) -> bytes:
        """See ``LogStore``."""
        return self.tiles.get(tile) or self._mirror.tile(tile)

    def grow(self, old: TreeHead, new: TreeHead, tiles: Mapping[TileId, bytes]) -> None:
        """See ``LogStore``."""
        if self._head != old:
            raise StaleHeadError("the mirror has grown since its head was read")
        self.tiles.update(tiles)
        self._head = new


class Mirror:
    """The folder. Tiles wider than the checkpoint says are left from a process that ended too early."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def note(self) -> bytes | None:
        """The newest checkpoint kept; None before the first."""
        try:
            return (self._folder / "checkpoint").read_bytes()
        except FileNotFoundError:
            return None

    def head(self) -> TreeHead:
        """Its size and root."""
        note = self.note()
        return TreeHead(0, EMPTY_ROOT) if note is None else Checkpoint.parse(Note.parse(note).text).head

    def tile(self, tile: TileId) -> bytes:
        """See ``LogStore``."""
        try:
            return (self._folder / tile_path(tile)).read_bytes()
        except FileNotFoundError:
            return b""

    def keep(self, growth: Growth, note: bytes) -> None:
        """Write the tiles, and then the checkpoint over them."""
        for tile, data in growth.tiles.items():
            _write(self._folder / tile_path(tile), data)
        _write(self._folder / "checkpoint", note)

    def keep_evidence(self, after: bytes, proof: bytes) -> Path:
        """Write down two checkpoints that contradict each other; the path of the second."""
        folder, before = self._folder / "evidence", self.note()
        if before is None:
            raise ProofError("without a first checkpoint there is no contradiction")
        number = 1
        while (path := folder / f"{number}.after").exists():
            if path.read_bytes() == after:
                return path
            number += 1
        _write(folder / f"{number}.before", before)
        _write(folder / f"{number}.proof", proof)
        _write(path, after)
        return path


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(path.name + ".new")
    with fresh.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
