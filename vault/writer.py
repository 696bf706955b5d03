"""One writer: the requests of the same moment share one transaction.

A durable commit costs a quarter of a millisecond however much is in it, so whoever
waits while one commit is on its way to the disk goes into the next one together.
Work of one kind is handed over as a list, which lets a store answer for all of it
with one statement. What a piece of work can do before the transaction is done while
others still arrive, who then go along. If a transaction fails, its work is done again one by one, so
that a fault stays with the request that caused it; what a driver refused is tried a few
times, since another process may have come in between.
"""

import asyncio
import random
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Any, TypeVar

from vault.db import DRIVER_ERRORS, Connection, Transaction, writing
from vault.errors import Unavailable

T = TypeVar("T")
A = TypeVar("A")
B = TypeVar("B")
Handler = Callable[[Transaction, Sequence[A]], Sequence[T]]

TOGETHER_MAX = 256
"""Pieces of work in one transaction: more would make the first of them wait."""
ATTEMPTS = 5
"""How often work alone is tried: two processes may stop each other, and one of them has to begin again."""
PAUSE_SECONDS = 0.02
"""Before the second try, at most; then twice as long each time. By chance, so that the two part."""


@dataclass(slots=True)
class _Work:
    handler: Handler[Any, Any]
    item: Any
    weight: int
    first: Callable[[Any], Any]
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[Any]


class Writer:
    """A thread that owns one connection and does all the writing of this process."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._waiting: deque[_Work] = deque()
        self._wake: SimpleQueue[None] = SimpleQueue()
        self._waking = False
        self._closing = False
        self._thread = threading.Thread(target=self._serve, name="writer", daemon=True)
        self._thread.start()

    async def together(self, handler: Handler[A, T], item: A, weight: int = 1) -> T:
        """Let ``handler`` treat ``item`` along with all others that wait for the same handler.

        ``weight`` is how many pieces of work it counts for.

        Raises:
            Unavailable: if the database can't be written to now; nothing was done.
        """
        return await self.prepared(_as_it_is, handler, item, weight)

    async def prepared(self, first: Callable[[B], A], handler: Handler[A, T], item: B, weight: int = 1) -> T:
        """The same for what ``first`` makes of the item, by the writer's thread, before the transaction.

        Raises:
            Unavailable: if the database can't be written to now; nothing was done.
        """
        if self._closing:
            raise Unavailable("this process is stopping")
        loop = asyncio.get_running_loop()
        work = _Work(handler, item, weight, first, loop, loop.create_future())
        self._waiting.append(work)
        if not self._waking:  # one call wakes for a whole moment
            self._waking = True
            loop.call_soon(self._wake.put, None)  # behind all that arrived with it, so that they go together
        result: T = await work.future
        return result

    async def do(self, work: Callable[[Transaction], T]) -> T:
        """Run ``work`` in a transaction; what it raises undoes what it did, and nothing else."""
        return await self.together(_alone, work)

    def close(self) -> None:
        """Finish what is waiting, then stop."""
        self._closing = True
        self._wake.put(None)
        self._thread.join()
        self._connection.close()

    def _serve(self) -> None:
        while not self._closing:
            self._wake.get()
            self._waking = False  # before we look: whoever comes from now on wakes us again
            while works := self._take():
                self._write(works)

    def _take(self) -> list[_Work]:
        taken: list[_Work] = []
        weight = 0
        while self._waiting and (not taken or weight + self._waiting[0].weight <= TOGETHER_MAX):
            work = self._waiting.popleft()
            if _is_prepared(work):
                taken.append(work)
                weight += work.weight
        return taken

    def _write(self, works: list[_Work]) -> None:
        try:
            results = _in_one_transaction(self._connection, works)
        except Unavailable as error:
            _answer(works, [error] * len(works))
        except Exception:  # noqa: BLE001 - whatever went wrong belongs to one of the requests
            for work in works:
                _answer([work], [self._by_itself(work)])
        else:
            _answer(works, results)

    def _by_itself(self, work: _Work) -> Any:
        result: Any = None
        for attempt in range(ATTEMPTS):
            if attempt:
                time.sleep(PAUSE_SECONDS * 2**attempt * random.random())  # noqa: S311 - it guards nothing
            try:
                return _in_one_transaction(self._connection, [work])[0]
            except DRIVER_ERRORS as error:
                result = error
            except Exception as error:  # noqa: BLE001 - handed to the request that caused it
                return error
        return result


def _as_it_is(item: A) -> A:
    return item


def _is_prepared(work: _Work) -> bool:
    try:
        work.item = work.first(work.item)
    except Exception as error:  # noqa: BLE001 - handed to the request that caused it
        _answer([work], [error])
        return False
    return True


def _in_one_transaction(connection: Connection, works: list[_Work]) -> list[Any]:
    results: list[Any] = [None] * len(works)
    with writing(connection) as transaction:
        for handler, places in _by_handler(works).items():
            answers = handler(transaction, [works[i].item for i in places])
            for i, answer in zip(places, answers, strict=True):
                results[i] = answer
    return results


def _by_handler(works: list[_Work]) -> dict[Handler[Any, Any], list[int]]:
    places: dict[Handler[Any, Any], list[int]] = {}
    for i, work in enumerate(works):
        places.setdefault(work.handler, []).append(i)
    return places


def _alone(transaction: Transaction, works: Sequence[Callable[[Transaction], Any]]) -> list[Any]:
    return [_undoable(transaction, work) for work in works]


def _undoable(transaction: Transaction, work: Callable[[Transaction], Any]) -> Any:
    transaction.run("SAVEPOINT work")
    try:
        result = work(transaction)
    except DRIVER_ERRORS:
        raise  # another process may have come in between: the work is worth doing again
    except Exception as error:  # noqa: BLE001 - handed to the request that caused it
        transaction.run("ROLLBACK TO SAVEPOINT work")
        result = error
    transaction.run("RELEASE SAVEPOINT work")
    return result


def _answer(works: list[_Work], results: list[Any]) -> None:
    """Wake each loop once, there is but one as a rule: to be woken costs it as much as a signature."""
    for loop in {work.loop for work in works}:
        if not loop.is_closed():
            answered = zip(works, results, strict=True)
            loop.call_soon_threadsafe(
                _settle, [(work.future, result) for work, result in answered if work.loop is loop]
            )


def _settle(answered: list[tuple[asyncio.Future[Any], Any]]) -> None:
    for future, result in answered:
        if future.done():  # cancelled: nobody waits any more
            continue
        if isinstance(result, Exception):
            future.set_exception(result)
        else:
            future.set_result(result)
