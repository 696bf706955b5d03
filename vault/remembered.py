"""Answers for everybody that cost much: made once in a while, and shared by all who ask meanwhile."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from datetime import datetime, timedelta
from typing import Generic, TypeVar

T = TypeVar("T")


class Remembered(Generic[T]):
    """At most ``most`` answers, each for ``life``. Who asks while one is being made waits for that one."""

    def __init__(self, clock: Callable[[], datetime], life: timedelta, most: int) -> None:
        self._clock, self._life, self._most = clock, life, most
        self._answers: dict[Hashable, tuple[asyncio.Future[T], datetime]] = {}

    async def get(self, key: Hashable, make: Callable[[], Awaitable[T]]) -> T:
        """The answer by this key, made anew if it is old. What ``make`` raises is not remembered."""
        now = self._clock()
        answer, made = self._answers.get(key, (None, now))
        if answer is None or now - made >= self._life:
            if len(self._answers) >= self._most:
                self._answers.clear()
            answer = asyncio.ensure_future(make())
            self._answers[key] = (answer, now)
        try:
            return await asyncio.shield(answer)
        except Exception:
            if self._answers.get(key, (None, now))[0] is answer:
                del self._answers[key]
            raise
