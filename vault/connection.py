"""One HTTP connection: the head of a request is short and comes soon, or the connection ends.

Uvicorn bounds neither with its fast parser, so that a few thousand connections that send a byte
now and then, or one that sends headers without end, would keep everybody else out. What bounds
bodies is in ``vault/http.py``.
"""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_BYTES_MAX = 32 * 1024
"""Request line and headers together. A signed request has less than two thousand."""
HEADERS_MAX = 100
HEAD_SECONDS = 10


class Connection(HttpToolsProtocol):
    """Uvicorn's connection, with an end to the head of each request."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._in_head, self._head, self._header_bytes = True, 0, 0
        self._too_late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's
        """Begin to wait for the first head."""
        super().connection_made(transport)
        self._await_head()

    def data_received(self, data: bytes) -> None:
        """Read on, as long as the head has an end."""
        if self._in_head and self._head > HEAD_BYTES_MAX:
            self._end("the head is shorter")
            return
        self._head += len(data) if self._in_head else 0
        super().data_received(data)
        if self._in_head and self._head and not self.transport.is_closing():
            self._await_head()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take one header.

        Raises:
            ValueError: if there are too many; the parser answers 400.
        """
        super().on_header(name, value)
        self._header_bytes += len(name) + len(value)
        if len(self.headers) > HEADERS_MAX or self._header_bytes > HEAD_BYTES_MAX:
            raise ValueError("too many headers")

    def on_headers_complete(self) -> None:
        """The head is here."""
        self._in_head = False
        self._stop_waiting()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The next thing to come is another head."""
        super().on_message_complete()
        self._in_head, self._head, self._header_bytes = True, 0, 0

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        self._stop_waiting()
        super().connection_lost(exc)

    def _await_head(self) -> None:
        if self._too_late is None:
            self._too_late = self.loop.call_later(HEAD_SECONDS, self._end, "the head comes sooner")

    def _stop_waiting(self) -> None:
        if self._too_late is not None:
            self._too_late.cancel()
            self._too_late = None

    def _end(self, why: str) -> None:
        if not self.transport.is_closing():
            self.send_400_response(why)
