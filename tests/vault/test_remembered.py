"""Answers that are remembered for a while: who waits for whom, and what is not remembered."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from vault.remembered import Remembered

LIFE = timedelta(minutes=1)


class Counting:
    """Makes answers, and counts them; it stands still until ``go``."""

    def __init__(self) -> None:
        self.made, self.fails, self.go = 0, False, asyncio.Event()

    async def make(self) -> int:
        self.made += 1
        await self.go.wait()
        if self.fails:
            raise LookupError("no such thing")
        return self.made


class Hands:
    """A clock that stands."""

    def __init__(self) -> None:
        self.time = datetime(2027, 3, 14, 9, 26, 53, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time


def test_an_answer_is_made_once_for_all_who_ask_meanwhile() -> None:
    async def story() -> None:
        remembered, counting = Remembered[int](Hands(), LIFE, 10), Counting()
        asking = [asyncio.create_task(remembered.get("a", counting.make)) for _ in range(5)]
        await asyncio.sleep(0)
        asking[0].cancel()
        counting.go.set()
        assert await asyncio.gather(*asking[1:]) == [1, 1, 1, 1]

    asyncio.run(story())


def test_an_old_answer_is_made_anew_and_each_key_has_its_own() -> None:
    async def story() -> None:
        clock, counting = Hands(), Counting()
        remembered = Remembered[int](clock, LIFE, 10)
        counting.go.set()
        assert [await remembered.get(key, counting.make) for key in "aab"] == [1, 1, 2]
        clock.time += LIFE
        assert await remembered.get("a", counting.make) == 3

    asyncio.run(story())


def test_a_failure_is_told_to_all_who_wait_and_not_remembered() -> None:
    async def story() -> None:
        remembered, counting = Remembered[int](Hands(), LIFE, 10), Counting()
        counting.fails = True
        asking = [asyncio.create_task(remembered.get("a", counting.make)) for _ in range(2)]
        await asyncio.sleep(0)
        counting.go.set()
        found = await asyncio.gather(*asking, return_exceptions=True)
        assert [type(one) for one in found] == [LookupError, LookupError]
        counting.fails = False
        assert await remembered.get("a", counting.make) == 2

    asyncio.run(story())


@pytest.mark.parametrize("most", [1, 3])
def test_no_more_are_remembered_than_there_is_room_for(most: int) -> None:
    async def story() -> None:
        remembered, counting = Remembered[int](Hands(), LIFE, most), Counting()
        counting.go.set()
        for key in range(most + 1):
            await remembered.get(key, counting.make)
        assert await remembered.get(0, counting.make) == most + 2

    asyncio.run(story())


def test_an_answer_that_takes_long_is_made_once_however_long_it_takes() -> None:
    async def story() -> None:
        clock, counting = Hands(), Counting()
        remembered = Remembered[int](clock, LIFE, 10)
        asking = []
        for _ in range(6):
            asking.append(asyncio.create_task(remembered.get("a", counting.make)))
            await asyncio.sleep(0)
            clock.time += LIFE
        counting.go.set()
        assert await asyncio.gather(*asking) == [1] * 6
        clock.time += LIFE - timedelta(microseconds=1)
        assert await remembered.get("a", counting.make) == 1

    asyncio.run(story())


def test_an_answer_that_nobody_waited_for_grows_old_too_and_a_failure_is_forgotten() -> None:
    async def story() -> None:
        clock, counting = Hands(), Counting()
        remembered = Remembered[int](clock, LIFE, 10)
        for fails, then in ((False, 2), (True, 4)):
            counting.fails = fails
            asking = asyncio.create_task(remembered.get("a", counting.make))
            await asyncio.sleep(0)
            asking.cancel()
            counting.go.set()
            await asyncio.sleep(0.01)
            assert asking.cancelled()
            clock.time += LIFE
            counting.fails = False
            assert await remembered.get("a", counting.make) == then
            clock.time += LIFE
            counting.go.clear()

    asyncio.run(story())


def test_a_clock_that_is_set_back_makes_an_answer_anew() -> None:
    async def story() -> None:
        clock, counting = Hands(), Counting()
        remembered = Remembered[int](clock, LIFE, 10)
        counting.go.set()
        assert await remembered.get("a", counting.make) == 1
        clock.time -= timedelta(hours=1)
        assert await remembered.get("a", counting.make) == 2

    asyncio.run(story())
