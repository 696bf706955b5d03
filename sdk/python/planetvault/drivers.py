"""Two drivers for one set of steps: one blocks, one awaits. Everything else is in the steps."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack, ExitStack
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
    headers = {"accept-encoding": "identity", **request.headers}
    return {"method": request.method, "url": request.target, "content": request.body, "headers": headers}


def _answer(response: httpx2.Response, body: bytearray) -> Answer:
    return Answer(response.status_code, dict(response.headers.items()), bytes(body))


def _add(body: bytearray, chunk: bytes, request: Request) -> None:
    if len(body) + len(chunk) > request.most:
        raise TooLong(f"an answer to {request.method} here has at most {request.most} bytes")
    body += chunk


class BlockingDriver:
    """Carries steps out in the calling thread. Several threads may share one."""

    def __init__(self, url: str, memory: Memory, transport: httpx2.BaseTransport | None = None) -> None:
        self._client = httpx2.Client(base_url=url, transport=transport, timeout=_timeout(), trust_env=False)
        self._memory = memory
        self._turns: defaultdict[str, Lock] = defaultdict(Lock)

    def run(self, steps: Steps[T]) -> T:
        """The result of the steps, or what they raise."""
        with ExitStack() as turns:
            return self._run(steps, turns)

    def _run(self, steps: Steps[T], turns: ExitStack) -> T:
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

    def _do(self, wanted: Wanted, turns: ExitStack) -> Any:
        match wanted:
            case Request():
                return self._send(wanted)
            case Keep():
                self._memory.put(wanted.changes, expected=wanted.expected)
            case Turn():
                turns.enter_context(self._turns[wanted.name])
            case Pause():
                time.sleep(wanted.seconds)
            case Work():
                return wanted.call()
        return None

    def _send(self, request: Request) -> Answer:
        body = bytearray()
        try:
            with self._client.stream(**_http_request(request)) as response:
                for chunk in response.iter_bytes():
                    _add(body, chunk, request)
                return _answer(response, body)
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
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def run(self, steps: Steps[T]) -> T:
        """The result of the steps, or what they raise."""
        async with AsyncExitStack() as turns:
            return await self._run(steps, turns)

    async def _run(self, steps: Steps[T], turns: AsyncExitStack) -> T:
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

    async def _do(self, wanted: Wanted, turns: AsyncExitStack) -> Any:
        match wanted:
            case Request():
                return await self._send(wanted)
            case Keep():
                # A write waits for the disk; the event loop must not.
                await asyncio.to_thread(self._memory.put, wanted.changes, expected=wanted.expected)
            case Turn():
                await turns.enter_async_context(self._turns[wanted.name])
            case Pause():
                await asyncio.sleep(wanted.seconds)
            case Work():
                return await asyncio.to_thread(wanted.call)
        return None

    async def _send(self, request: Request) -> Answer:
        body = bytearray()
        try:
            async with self._client.stream(**_http_request(request)) as response:
                async for chunk in response.aiter_bytes():
                    _add(body, chunk, request)
                return _answer(response, body)
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
