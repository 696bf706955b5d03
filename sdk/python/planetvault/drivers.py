"""Two drivers for one set of steps: one blocks, one awaits. Everything else is in the steps."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack, ExitStack, closing
from functools import wraps
from threading import Lock
from types import TracebackType
from typing import Any, Concatenate, Generic, ParamSpec, Self, TypeVar

import httpx2

from planetvault.memory import Memory
from planetvault.steps import Answer, Keep, Lost, Pause, Request, Steps, TooLong, Turn, Wanted, Work

CONNECT_SECONDS = 10.0
ANSWER_SECONDS = 60.0

P = ParamSpec("P")
S_co = TypeVar("S_co", covariant=True)
T = TypeVar("T")


def _timeout() -> httpx2.Timeout:
    return httpx2.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS)


def _http_request(request: Request) -> dict[str, Any]:
    # Sealed bytes don't shrink, and what isn't unpacked can't burst.
    headers = {"accept-encoding": "identity", **request.headers}
    return {"method": request.method, "url": request.target, "content": request.body, "headers": headers}


class _Reading:
    """An answer on its way in, up to its limits in bytes and in time."""

    def __init__(self, request: Request, response: httpx2.Response) -> None:
        if response.headers.get("content-encoding", "identity") != "identity":
            raise TooLong("the answer is packed, though nobody asked for that")
        self._response, self._most = response, request.most
        self._body, self._until = bytearray(), time.monotonic() + ANSWER_SECONDS

    def add(self, chunk: bytes) -> None:
        if len(self._body) + len(chunk) > self._most:
            raise TooLong(f"an answer here has at most {self._most} bytes")
        if time.monotonic() > self._until:
            raise Lost("the answer takes too long")
        self._body += chunk

    def answer(self) -> Answer:
        headers = {name.lower(): value for name, value in self._response.headers.items()}
        return Answer(self._response.status_code, headers, bytes(self._body))


class _Turns:
    """The turns that one run of steps holds; asking for the same again is no wait."""

    def __init__(self, stack: Any) -> None:
        self.stack, self._held = stack, set[str]()

    def is_new(self, name: str) -> bool:
        if name in self._held:
            return False
        self._held.add(name)
        return True


class BlockingDriver:
    """Carries steps out in the calling thread. Several threads may share one."""

    def __init__(self, url: str, memory: Memory, transport: httpx2.BaseTransport | None = None) -> None:
        self._client = httpx2.Client(base_url=url, transport=transport, timeout=_timeout(), trust_env=False)
        self._memory = memory
        self._locks: defaultdict[str, Lock] = defaultdict(Lock)

    def run(self, steps: Steps[T]) -> T:
        """The result of the steps, or what they raise."""
        with ExitStack() as stack, closing(steps):
            return self._run(steps, _Turns(stack))

    def _run(self, steps: Steps[T], turns: _Turns) -> T:
        outcome: Any = None
        failure: Exception | None = None
        while True:
            try:
                wanted = steps.throw(failure) if failure else steps.send(outcome)
            except StopIteration as end:
                result: T = end.value
                return result
            outcome, failure = None, None
            try:
                outcome = self._do(wanted, turns)
            except Exception as error:  # noqa: BLE001 - the steps decide what it means
                failure = error

    def _do(self, wanted: Wanted, turns: _Turns) -> Any:
        match wanted:
            case Request():
                return self._send(wanted)
            case Keep():
                self._memory.put(wanted.changes, expected=wanted.expected)
            case Turn():
                if turns.is_new(wanted.name):
                    turns.stack.enter_context(self._locks[wanted.name])
            case Pause():
                time.sleep(wanted.seconds)
            case Work():
                return wanted.call()
        return None

    def _send(self, request: Request) -> Answer:
        try:
            with self._client.stream(**_http_request(request)) as response:
                reading = _Reading(request, response)
                for chunk in response.iter_bytes():
                    reading.add(chunk)
                return reading.answer()
        except httpx2.HTTPError as error:
            raise Lost(type(error).__name__) from error

    def close(self) -> None:
        """Close the connections."""
        self._client.close()


class AwaitingDriver:
    """Carries steps out in an event loop, where each call is a task of its own."""

    def __init__(self, url: str, memory: Memory, transport: httpx2.AsyncBaseTransport | None = None) -> None:
        self._client = httpx2.AsyncClient(
            base_url=url, transport=transport, timeout=_timeout(), trust_env=False
        )
        self._memory = memory
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def run(self, steps: Steps[T]) -> T:
        """The result of the steps, or what they raise."""
        async with AsyncExitStack() as stack:
            stack.enter_context(closing(steps))
            return await self._run(steps, _Turns(stack))

    async def _run(self, steps: Steps[T], turns: _Turns) -> T:
        outcome: Any = None
        failure: Exception | None = None
        while True:
            try:
                wanted = steps.throw(failure) if failure else steps.send(outcome)
            except StopIteration as end:
                result: T = end.value
                return result
            outcome, failure = None, None
            try:
                outcome = await self._do(wanted, turns)
            except Exception as error:  # noqa: BLE001 - the steps decide what it means
                failure = error

    async def _do(self, wanted: Wanted, turns: _Turns) -> Any:
        match wanted:
            case Request():
                return await self._send(wanted)
            case Keep():
                # A write waits for the disk; the event loop must not.
                await asyncio.to_thread(self._memory.put, wanted.changes, expected=wanted.expected)
            case Turn():
                if turns.is_new(wanted.name):
                    await turns.stack.enter_async_context(self._locks[wanted.name])
            case Pause():
                await asyncio.sleep(wanted.seconds)
            case Work():
                return await asyncio.to_thread(wanted.call)
        return None

    async def _send(self, request: Request) -> Answer:
        try:
            async with self._client.stream(**_http_request(request)) as response:
                reading = _Reading(request, response)
                async for chunk in response.aiter_bytes():
                    reading.add(chunk)
                return reading.answer()
        except httpx2.HTTPError as error:
            raise Lost(type(error).__name__) from error

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()


class Blocking(Generic[S_co]):
    """A client whose calls return when they are done."""

    def __init__(self, steps: S_co, driver: BlockingDriver) -> None:
        self._steps, self._driver = steps, driver

    def close(self) -> None:
        """Close the connections."""
        self._driver.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class Awaiting(Generic[S_co]):
    """The same client for an event loop: its calls are awaited."""

    def __init__(self, steps: S_co, driver: AwaitingDriver) -> None:
        self._steps, self._driver = steps, driver

    async def close(self) -> None:
        """Close the connections."""
        await self._driver.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()


def blocking(
    steps: Callable[Concatenate[S_co, P], Steps[T]],
) -> Callable[Concatenate[Blocking[S_co], P], T]:
    """The blocking method with these steps, this signature and this docstring."""

    @wraps(steps)
    def method(self: Blocking[S_co], /, *args: P.args, **kwargs: P.kwargs) -> T:
        return self._driver.run(steps(self._steps, *args, **kwargs))

    return method


def awaiting(
    steps: Callable[Concatenate[S_co, P], Steps[T]],
) -> Callable[Concatenate[Awaiting[S_co], P], Coroutine[Any, Any, T]]:
    """The awaited method with these steps, this signature and this docstring."""

    @wraps(steps)
    async def method(self: Awaiting[S_co], /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await self._driver.run(steps(self._steps, *args, **kwargs))

    return method
