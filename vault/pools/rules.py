"""Who gets how much of a pot: the published formula (docs/spec/pool.md). Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from anchor import merkle


@dataclass(frozen=True, slots=True)
class Line:
    """A grant that has points, and its owner."""

    grant: bytes
    account: bytes
    points: int


@dataclass(frozen=True, slots=True)
class Share:
    """A line in its place: the points of the lines before it, and its part of the pot in micros."""

    grant: bytes
    account: bytes
    before: int
    points: int
    amount: int

    @property
    def leaf(self) -> bytes:
        """Its leaf in the tree over all of them."""
        return merkle.leaf_hash(self.before.to_bytes(8) + self.points.to_bytes(8) + self.grant)


def divide(pot: int, lines: Sequence[Line]) -> list[Share]:
    """Share a pot over lines in ascending order of their grants, to the last micro.

    Each sum of the shares so far is the exact part rounded down, so what is cut off is carried on.
    """
    total = sum(line.points for line in lines)
    shares, before = [], 0
    for line in lines:
        upto = before + line.points
        amount = pot * upto // total - pot * before // total
        shares.append(Share(line.grant, line.account, before, line.points, amount))
        before = upto
    return shares
