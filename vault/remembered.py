"""Answers for everybody that cost much: made once in a while, and shared by all who ask meanwhile."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Generic, TypeVar

T = TypeVar("T")


class Remembered(Generic[T]):
    """At most ``most`` answers, each for ``life``. Who asks while one is being made waits for that one."""

    def __init__(self, clock: Callable[[], datetime], life: timedelta, most: int) -> None:
        self._clock, self._life, self._most = clock, life, most
        self._answers: dict[Hashable, _Answer[T]] = {}

    async def get(self, key: Hashable, make: Callable[[], Awaitable[T]]) -> T:
        """The answer by this key, made anew if it is old. What ``make`` raises is not remembered."""
        answer = self._answers.get(key)
        if answer is None or self._is_old(answer):
            if len(self._answers) >= self._most:
                self._answers.clear()
            answer = self._answers[key] = _Answer(asyncio.ensure_future(make()))
            answer.coming.add_done_callback(partial(self._came, key, answer))
        return await asyncio.shield(answer.coming)

    def _came(self, key: Hashable, answer: "_Answer[T]", coming: asyncio.Future[T]) -> None:
        """It is as old as its end, whoever still waits for it."""
        if coming.cancelled() or coming.exception():
            if self._answers.get(key) is answer:
                del self._answers[key]
        else:
            answer.made = self._clock()

    def _is_old(self, answer: "_Answer[T]") -> bool:
        """One that is still being made is not, however long it takes; one from the future is."""
        return answer.made is not None and not timedelta() <= self._clock() - answer.made < self._life


@dataclass
class _Answer(Generic[T]):
    coming: asyncio.Future[T]
    made: datetime | None = None
