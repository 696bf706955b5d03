"""What every export begins with: a record's hash, and the steps from there to the root of the log."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from anchor.merkle import leaf_hash, node_hash
from anchor.records.anchored import Anchor


@dataclass(frozen=True, slots=True)
class Step:
    """A sibling, and whether it stands left of the way up."""

    sibling: bytes
    left: bool


@dataclass(frozen=True, slots=True)
class Included:
    """A record in a log, as a verified proof shows it.

    ``file`` is what hashes to the record's hash by plain SHA-256, and ``entry`` the 33 bytes in the
    log; ``received`` is when the record says it was made. ``checkpoint`` is the signed note.
    """

    file: bytes
    entry: bytes
    index: int
    size: int
    path: tuple[bytes, ...]
    root: bytes
    checkpoint: bytes
    received: datetime
    anchor: Anchor | None

    @property
    def hash(self) -> bytes:
        """SHA-256 of ``file``: what stands in the entry behind its type byte."""
        return sha256(self.file).digest()

    def steps(self) -> Iterator[Step]:
        """The siblings from the leaf up, each with its side (RFC 9162 §2.1.3.2)."""
        node, last = self.index, self.size - 1
        for sibling in self.path:
            left = bool(node & 1) or node == last
            if left:
                while node and not node & 1:
                    node, last = node >> 1, last >> 1
            node, last = node >> 1, last >> 1
            yield Step(sibling, left)

    def climbed(self) -> bytes:
        """The root, by the steps."""
        reached = leaf_hash(self.entry)
        for step in self.steps():
            reached = node_hash(step.sibling, reached) if step.left else node_hash(reached, step.sibling)
        return reached
