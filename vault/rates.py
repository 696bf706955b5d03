"""How fast one caller may ask: a bucket for each, that fills steadily and holds a minute's worth.

The buckets are of this process alone: with several of them, each allows as much. What is left is
told as draft-ietf-httpapi-ratelimit-headers says; ``vault/pace.py`` charges.
"""

import math
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from vault.errors import TooManyRequests
from vault.settings import Settings

WINDOW_SECONDS = 60
BUCKETS_MAX = 100_000
"""Callers remembered: the one who was away longest is forgotten, and has a full bucket again."""


class Buckets:
    """The buckets of one kind of caller: ``quota`` requests a minute, and as many at once. 0 is no limit."""

    def __init__(self, name: str, quota: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.name, self.quota, self._clock = name, quota, clock
        self._levels: OrderedDict[object, tuple[float, float]] = OrderedDict()
        self._policy = f'"{name}";q={quota};w={WINDOW_SECONDS}'.encode()

    def left(self, caller: object) -> float:
        """What this caller may still ask for now; below 0 after a large batch."""
        level, at = self._levels.get(caller, (float(self.quota), 0.0))
        return min(float(self.quota), level + (self._clock() - at) * self.quota / WINDOW_SECONDS)

    def verify(self, caller: object) -> None:
        """Let through who may ask for one more.

        Raises:
            TooManyRequests: with the seconds until then.
        """
        if self.quota and (left := self.left(caller)) < 1:
            wait = math.ceil((1 - left) * WINDOW_SECONDS / self.quota)
            raise TooManyRequests("you ask faster than this vault allows: wait", wait)

    def take(self, caller: object, weight: int) -> list[tuple[bytes, bytes]]:
        """Charge a caller; the headers that say what is left."""
        if not self.quota:
            return []
        left = self.left(caller) - weight
        self._levels[caller] = (left, self._clock())
        self._levels.move_to_end(caller)
        if len(self._levels) > BUCKETS_MAX:
            self._levels.popitem(last=False)
        full = math.ceil((self.quota - left) * WINDOW_SECONDS / self.quota)
        shown = f'"{self.name}";r={max(0, int(left))};t={full}'.encode()
        return [(b"ratelimit-policy", self._policy), (b"ratelimit", shown)]


@dataclass(frozen=True, slots=True)
class Rates:
    """The buckets of a service, one kind for each kind of caller."""

    address: Buckets
    owner: Buckets
    partner: Buckets

    @classmethod
    def of(cls, settings: Settings) -> "Rates":
        """As the settings say."""
        return cls(
            Buckets("address", settings.rate_address),
            Buckets("owner", settings.rate_owner),
            Buckets("partner", settings.rate_partner),
        )


@dataclass(slots=True)
class Charge:
    """Who pays for a request: its address, until somebody proved to be its sender."""

    buckets: Buckets
    caller: object
    weight: int = 1

    def to(self, buckets: Buckets, caller: object, weight: int = 1) -> None:
        """Charge somebody who proved to have sent it."""
        self.buckets, self.caller, self.weight = buckets, caller, weight
