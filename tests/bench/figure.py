"""One figure of a run, beside the ceiling that was measured in the same run."""

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """``value`` in ``unit``, beside a ``ceiling`` in the same unit and ``of`` what it is.

    A target is the ``least`` or the ``most`` the value may be, in its own unit. ``aside``
    says what else was seen, ``at`` how many there were already if that is what it is about.
    """

    name: str
    value: float
    unit: str
    ceiling: float | None = None
    of: str = ""
    least: float | None = None
    most: float | None = None
    aside: str = ""
    at: int = 0

    @property
    def ratio(self) -> float | None:
        """The value over its ceiling."""
        return self.value / self.ceiling if self.ceiling else None

    @property
    def reached(self) -> float | None:
        """How much of the target was reached: 1 or more is met; None if there is none."""
        if self.least is not None:
            return self.value / self.least
        return None if self.most is None else self.most / self.value

    @property
    def met(self) -> bool | None:
        """Whether the target is met; None if there is none."""
        return None if self.reached is None else self.reached >= 1

    @property
    def target(self) -> str:
        """The target in words: as a ratio where the ceiling decides it."""
        bound, sign = (self.least, "≥") if self.least is not None else (self.most, "≤")
        return "" if bound is None else f"{sign} {_short(bound)} {self.unit}"

    @property
    def cells(self) -> tuple[str, ...]:
        """Name, value, ceiling, ratio, target and verdict, as a table shows them."""
        beside = f"{_short(self.ceiling)} {self.unit}, {self.of}" if self.ceiling else ""
        ratio = f"{self.ratio:.2f}" if self.ratio is not None else ""
        verdict = {True: "met", False: "NOT met", None: ""}[self.met]
        value = f"{_short(self.value)} {self.unit}"
        name = f"{self.name}, at {self.at:,}" if self.at else self.name
        return (name, value, beside, ratio, self.target, verdict, self.aside)


def _short(value: float) -> str:
    """Three figures that mean something, and none that don't."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def seconds(work: Callable[[], object]) -> float:
    """How long ``work`` takes."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def rate(work: Callable[[], object], count: int, *, each: int = 1, rounds: int = 3) -> float:
    """How often a second, over ``count`` calls that do ``each`` pieces of work: the best of the rounds.

    The best, since others use this machine too; ceilings are taken the same way.
    """
    return count * each / min(seconds(lambda: [work() for _ in range(count)]) for _ in range(rounds))
