"""A light HTTP/1.1 client that keeps its connections: ``python -m tests.bench.load PORT CONNECTIONS``.

It runs in a process of its own, reads whole requests from standard input, each behind its
length (u32be), and sends each as soon as a connection is free. What it measured goes to
standard output as JSON: seconds from first to last byte, each request's latency in
microseconds, and the body of the first answer, and of some that were not a 2xx or held a refusal.
"""

import asyncio
import json
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from functools import partial

BODY_SHOWN_MAX = 2_000
FAULTS_SHOWN_MAX = 3
_PROBLEM = b'"problem":'  # a batch is answered with 200 even if its uses are refused

_CHUNKED, _LAST_CHUNK = b"transfer-encoding: chunked", b"\r\n0\r\n\r\n"


def _length(fields: bytes) -> int:
    declared = fields.partition(b"content-length: ")[2].partition(b"\r\n")[0]
    return int(declared or 0)


@dataclass
class Measured:
    """What one run of the client saw."""

    seconds: float = 0.0
    micros: list[int] = field(default_factory=list)
    first: str = ""
    faults: list[str] = field(default_factory=list)
    failed: int = 0


class Connection(asyncio.Protocol):
    """One connection with one request on its way at a time."""

    def __init__(self, requests: Iterator[bytes], measured: Measured, done: asyncio.Future[None]) -> None:
        self._requests, self._measured, self._done = requests, measured, done
        self._received, self._whole, self._chunked, self._sent_at = b"", 0, False, 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._next()

    def data_received(self, data: bytes) -> None:
        self._received += data
        if not self._whole:
            head = self._received.find(b"\r\n\r\n")
            if head < 0:
                return
            fields = self._received[:head].lower()
            self._chunked = _CHUNKED in fields
            self._whole = head + 4 + (0 if self._chunked else _length(fields))
        if self._complete():
            self._answered(self._received)

    def _complete(self) -> bool:
        if self._chunked:
            return self._received.endswith(_LAST_CHUNK)
        return len(self._received) >= self._whole

    def connection_lost(self, _error: Exception | None) -> None:
        if not self._done.done():
            self._done.set_exception(ConnectionError("the server closed a connection"))

    def _next(self) -> None:
        request = next(self._requests, None)
        if request is None:
            self._done.set_result(None)
            self._transport.close()
            return
        self._received, self._whole, self._chunked, self._sent_at = b"", 0, False, time.perf_counter()
        self._transport.write(request)

    def _answered(self, answer: bytes) -> None:
        measured = self._measured
        measured.micros.append(round((time.perf_counter() - self._sent_at) * 1e6))
        body = answer.partition(b"\r\n\r\n")[2]
        if not answer.startswith(b"HTTP/1.1 2") or _PROBLEM in body:
            measured.failed += 1
            if len(measured.faults) < FAULTS_SHOWN_MAX:
                measured.faults.append(body[:BODY_SHOWN_MAX].decode("latin-1"))
        elif not measured.first:
            measured.first = body[:BODY_SHOWN_MAX].decode("latin-1")
        self._next()


def read_requests(framed: bytes) -> Iterator[bytes]:
    """Whole requests, each behind its length."""
    at = 0
    while at < len(framed):
        length = int.from_bytes(framed[at : at + 4], "big")
        yield framed[at + 4 : at + 4 + length]
        at += 4 + length


async def run(port: int, connections: int, requests: list[bytes]) -> Measured:
    """Send everything over so many connections."""
    loop, measured, waiting = asyncio.get_running_loop(), Measured(), iter(requests)
    done = [loop.create_future() for _ in range(connections)]
    begun = time.perf_counter()
    for one in done:
        await loop.create_connection(partial(Connection, waiting, measured, one), "127.0.0.1", port)
    await asyncio.gather(*done)
    measured.seconds = time.perf_counter() - begun
    return measured


def main() -> None:
    """Run as a program."""
    port, connections = map(int, sys.argv[1:])
    requests = list(read_requests(sys.stdin.buffer.read()))
    json.dump(asdict(asyncio.run(run(port, connections, requests))), sys.stdout)


if __name__ == "__main__":
    main()
