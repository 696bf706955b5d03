"""The anchor store's twin in memory: for tests, and for a log that is tried out without a database.

It keeps what a database would keep, so that everything else may be thrown away
and started again from it.
"""

from collections.abc import Sequence
from dataclasses import replace

from anchor.chain.outbox import Anchor, Attempt, Status


class MemoryAnchorStore:
    """See ``AnchorStore``. Also the shortest description of the two tables it needs."""

    def __init__(self) -> None:
        self._anchors: dict[int, Anchor] = {}
        self._attempts: dict[int, list[Attempt]] = {}

    def plan(self, log_id: bytes, size: int, root: bytes) -> Anchor:
        """See ``AnchorStore``."""
        anchor = Anchor(len(self._anchors) + 1, log_id, size, root)
        self._anchors[anchor.id] = anchor
        self._attempts[anchor.id] = []
        return anchor

    def add_attempt(self, anchor: Anchor, attempt: Attempt) -> None:
        """See ``AnchorStore``."""
        self._attempts[anchor.id].append(attempt)
        self._anchors[anchor.id] = replace(anchor, status="sent")

    def write(self, anchor: Anchor) -> None:
        """See ``AnchorStore``."""
        self._anchors[anchor.id] = anchor

    def attempts(self, anchor: Anchor) -> Sequence[Attempt]:
        """See ``AnchorStore``."""
        return tuple(self._attempts[anchor.id])

    def in_flight(self) -> Sequence[Anchor]:
        """See ``AnchorStore``."""
        return self._with("planned", "sent")

    def mined(self, count: int) -> Sequence[Anchor]:
        """See ``AnchorStore``."""
        return self._with("mined")[-count:]

    def final(self, count: int) -> Sequence[Anchor]:
        """See ``AnchorStore``."""
        return self._with("final")[-count:]

    def newest_size(self) -> int:
        """See ``AnchorStore``."""
        return max((anchor.size for anchor in self._anchors.values()), default=0)

    def all(self) -> Sequence[Anchor]:
        """Every anchor, smallest size first."""
        return self._with("planned", "sent", "mined", "final", "covered")

    def _with(self, *statuses: Status) -> Sequence[Anchor]:
        found = [anchor for anchor in self._anchors.values() if anchor.status in statuses]
        return tuple(sorted(found, key=lambda anchor: anchor.size))
