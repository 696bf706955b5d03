"""One figure of a run, and the bound or the ceiling it is held against."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """``value`` beside a ``ceiling`` of the same run and the ratio to reach, or the ``most`` it may be."""

    name: str
    value: float
    unit: str
    ceiling: float | None = None
    target: float | None = None
    most: float | None = None

    @property
    def ratio(self) -> float | None:
        """The value over its ceiling, or over the most it may be."""
        bound = self.ceiling or self.most
        return self.value / bound if bound else None

    @property
    def met(self) -> bool | None:
        """Whether the target is met; None if there is none."""
        if self.most is not None:
            return self.value <= self.most
        return None if self.target is None or self.ratio is None else self.ratio >= self.target

    @property
    def line(self) -> str:
        """The figure as a row of the table."""
        bound = f"{self.ceiling:>10,.0f}" if self.ceiling else f"{'':>10}"
        ratio = f"{self.ratio:>6.2f}" if self.ratio is not None else f"{'':>6}"
        wanted = f"≥ {self.target:.2f}" if self.target is not None else f"≤ {self.most}" if self.most else ""
        verdict = {True: "met", False: "NOT MET", None: ""}[self.met]
        return f"{self.name:<58}{self.value:>11,.2f} {self.unit:<3}{bound}{ratio}  {wanted:<8}{verdict}"
