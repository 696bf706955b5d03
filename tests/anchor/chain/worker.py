"""A worker as the outbox sees one: a store that survives, and a process that may die anywhere."""

from datetime import UTC, datetime, timedelta
from typing import Any, cast

from anchor.chain.decision import RootOf
from anchor.chain.memory_store import MemoryAnchorStore
from anchor.chain.outbox import Anchor, Attempt, Move, Outbox, Policy
from anchor.chain.port import Chain, Inclusion
from tests.anchor.chain.laboratories import LOG_ID, Laboratory, root_of

TICK = timedelta(seconds=20)
POLICY = Policy(patience=timedelta(seconds=60))
START = datetime(2027, 3, 14, 9, 26, 53, tzinfo=UTC)


class Killed(BaseException):
    """The process is gone. No ``except Exception`` may survive it."""


class Mortal:
    """Anything, seen by a process that dies before or after the named call.

    ``before`` and ``after`` name methods; the first call of such a method is the last thing done.
    """

    def __init__(self, inner: object, *, before: str = "", after: str = "") -> None:
        self._inner = inner
        self._before = before
        self._after = after

    def __getattr__(self, name: str) -> Any:  # it stands for whatever it wraps
        found = getattr(self._inner, name)
        if name not in {self._before, self._after}:
            return found

        def last(*arguments: object, **named: object) -> object:
            if name == self._before:
                raise Killed
            found(*arguments, **named)
            raise Killed

        return last


class Worker:
    """Plans and steps; everything but its store and its clock may be thrown away."""

    def __init__(self, laboratory: Laboratory, *, own: RootOf = root_of, policy: Policy = POLICY) -> None:
        self.laboratory = laboratory
        self.store = MemoryAnchorStore()
        self.now = START
        self._own = own
        self._policy = policy

    def outbox(self, store: object = None, chain: object = None) -> Outbox:
        kept: Any = store or self.store  # a Mortal stands for both
        spoken: Any = chain or self.laboratory.chain
        return Outbox(kept, spoken, LOG_ID, self._own, self._policy)

    def plan(self, size: int) -> Anchor | None:
        return self.outbox().plan(size, root_of(size))

    def step(self, times: int = 1) -> list[Move]:
        moves: list[Move] = []
        for _ in range(times):
            self.now += TICK
            moves += [move for _, move in self.outbox().step(self.now)]
        return moves

    def anchor(self, size: int, *, final: bool = True) -> Anchor:
        """Plan a size and bring it as far as it gets."""
        assert self.plan(size) is not None
        self.step(2)
        if final:
            self.settle()
        return self.newest()

    def settle(self) -> None:
        """Let blocks and time pass until nothing moves any more."""
        for _ in range(8):
            self.laboratory.mine()
            self.step()

    def newest(self) -> Anchor:
        return self.store.all()[-1]

    def statuses(self) -> list[str]:
        return [anchor.status for anchor in self.store.all()]

    def attempts(self) -> list[Attempt]:
        return [attempt for anchor in self.store.all() for attempt in self.store.attempts(anchor)]


def remembering_inclusions(chain: Chain) -> Chain:
    """The chain through a node that goes on showing each inclusion it once showed."""
    shown: dict[bytes, Inclusion] = {}

    class Remembering:
        def __getattr__(self, name: str) -> Any:  # it stands for the chain
            return getattr(chain, name)

        def inclusion(self, tx_hash: bytes) -> Inclusion | None:
            found = shown.get(tx_hash) or chain.inclusion(tx_hash)
            if found is not None:
                shown[tx_hash] = found
            return found

    return cast("Chain", Remembering())
