"""Does the log still tell the story it told before? Reads through a function, so that anything can be a log.

Every entry is fetched once and hashed; the root over them must be the one the log signed.
If it is not, the log's own tiles are asked: when they lead to the new root and to another
old one, the log has signed two histories, and its own hashes show it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from anchor.encoding import to_base64
from anchor.errors import AnchorError, ForkError, FormatError, ProofError
from anchor.log import Log
from anchor.merkle import TreeHead, root_at
from anchor.note import NOTE_BYTES_MAX, Policy
from anchor.records.checkpoint import Checkpoint, verify_checkpoint
from anchor.tiles import ENTRIES, TILE_WIDTH, TileId, Tree, read_bundle, tile_path, tile_width
from planetvault.monitor.mirror import Growth, Mirror

TILE_BYTES_MAX = TILE_WIDTH * (2 + 33)
BUNDLES_AT_ONCE = 64

Fetch = Callable[[str, int], bytes]
"""What lies under a path of the log, at most so many bytes."""


class TilesWrong(ProofError):
    """The log does not serve the entries it signed for. Another mirror may have them."""


@dataclass(frozen=True, slots=True)
class Followed:
    """How far the log was followed before, how far now, and who cosigned what it shows now."""

    before: int
    now: int
    shown: int
    witnesses: tuple[str, ...]


class Follower:
    """Follows the log of ``policy`` into a folder."""

    def __init__(self, fetch: Fetch, policy: Policy, folder: Path) -> None:
        self._fetch, self._policy = fetch, policy
        self._mirror = Mirror(folder)

    def step(self) -> Followed:
        """Look at the newest checkpoint once; keep what continues the story, and what contradicts it.

        Raises:
            FormatError, SignatureError: what is shown is no checkpoint of this log, or lacks its quorum.
            ForkError: the log signed two histories; both checkpoints are kept.
            TilesWrong: its tiles do not lead to what it signed.
        """
        note = self._fetch("checkpoint", NOTE_BYTES_MAX)
        verified = verify_checkpoint(note, self._policy)
        shown, known = verified.checkpoint, self._mirror.head()
        if shown.size <= known.size:
            self._verify_within(note, shown, known)
        else:
            self._grow(note, shown, known)
        names = tuple(one.witness.name for one in verified.cosignatures)
        return Followed(known.size, max(shown.size, known.size), shown.size, names)

    def _verify_within(self, note: bytes, shown: Checkpoint, known: TreeHead) -> None:
        own = Log(shown.origin, Growth(self._mirror))
        if own.root(shown.size) != shown.root:
            raise self._forked(
                note, shown.size, own.consistency(shown.size, known.size) if shown.size else ()
            )

    def _grow(self, note: bytes, shown: Checkpoint, known: TreeHead) -> None:
        growth = Growth(self._mirror)
        log = Log(shown.origin, growth)
        try:
            for start in range(known.size, shown.size, BUNDLES_AT_ONCE * TILE_WIDTH):
                log.append(
                    self._entries(start, min(start + BUNDLES_AT_ONCE * TILE_WIDTH, shown.size), shown.size)
                )
        except FormatError as error:
            raise TilesWrong(f"the entries can't be read: {error}") from error
        if growth.head() != shown.head:
            raise self._why_not(note, shown, known)
        self._mirror.keep(growth, note)

    def _entries(self, start: int, end: int, size: int) -> list[bytes]:
        found: list[bytes] = []
        for index in range(start // TILE_WIDTH, -(-end // TILE_WIDTH)):
            found += read_bundle(self._tile(TileId(ENTRIES, index), size))
        skipped = start % TILE_WIDTH
        return found[skipped : skipped + end - start]

    def _tile(self, tile: TileId, size: int) -> bytes:
        return self._fetch(tile_path(tile, tile_width(tile, size)), TILE_BYTES_MAX)

    def _why_not(self, note: bytes, shown: Checkpoint, known: TreeHead) -> ProofError:
        """Two histories, if the log's own tiles say so; or tiles that are no good."""
        wrong = TilesWrong("the entries do not hash to the root that the log signed")
        if not known.size:
            return wrong
        tree = Tree(lambda tile: self._tile(tile, shown.size), shown.size)
        try:
            own_root, path = root_at(tree.hash, known.size), tree.consistency(known.size)
            proved = tree.root() == shown.root and own_root != known.root
        except AnchorError:
            return wrong
        return self._forked(note, known.size, path) if proved else wrong

    def _forked(self, note: bytes, size: int, path: tuple[bytes, ...]) -> ForkError:
        kept = self._mirror.keep_evidence(note, "".join(f"{to_base64(one)}\n" for one in path).encode())
        return ForkError(f"the log signed two histories of its first {size} entries: see {kept.parent}")
