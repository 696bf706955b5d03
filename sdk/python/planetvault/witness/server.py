"""A witness over HTTP: c2sp.org/tlog-witness, on the standard library.

::

    POST /add-checkpoint                 200 cosignature lines; 400, 403, 404, 409, 422 as anchor.witness says
    GET  /<SHA-256 of origin>/checkpoint the newest checkpoint cosigned of a log

It answers 500 when its disk refuses. Requests, connections and times have limits; a proxy in front ends TLS.
"""

import sqlite3
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import socket
from typing import Any

from anchor.witness import REQUEST_BYTES_MAX, SIZE_TYPE, OtherSize, Witness, WitnessRefusal

CONNECTIONS_MAX = 64
REQUEST_SECONDS = 10
PLAIN = "text/plain; charset=utf-8"


class WitnessServer(ThreadingHTTPServer):
    """Answers for one witness until ``shutdown``."""

    daemon_threads = True

    def __init__(
        self,
        address: tuple[str, int],
        witness: Witness,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.witness, self.clock = witness, clock
        self.by_name = {sha256(origin.encode()).hexdigest(): origin for origin in witness.origins}
        self._free = threading.BoundedSemaphore(CONNECTIONS_MAX)
        super().__init__(address, _Handler)

    def process_request(self, request: socket | tuple[bytes, socket], client_address: Any) -> None:
        """Begin with a connection, unless too many are open."""
        if not self._free.acquire(blocking=False):
            self.shutdown_request(request)
            return
        super().process_request(request, client_address)

    def process_request_thread(self, request: socket | tuple[bytes, socket], client_address: Any) -> None:
        """Serve a connection, and let the next one in when it ends."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._free.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A connection that broke is nobody's business."""


class _Handler(BaseHTTPRequestHandler):
    server: WitnessServer
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "planetvault-witness", ""
    timeout = REQUEST_SECONDS

    def do_POST(self) -> None:
        """Cosign, or say why not."""
        length = self.headers.get("content-length", "")
        if not length.isascii() or not length.isdigit() or int(length[:8]) > REQUEST_BYTES_MAX:
            self.close_connection = True
            self._answer(413 if length.isdigit() else 411, b"")
            return
        body = self.rfile.read(int(length[:8]))
        if self.path != "/add-checkpoint":
            self._answer(404, b"")
            return
        try:
            line = self.server.witness.add_checkpoint(body, self.server.clock())
        except OtherSize as refusal:
            self._answer(refusal.status, f"{refusal.size}\n".encode(), SIZE_TYPE)
        except WitnessRefusal as refusal:
            self._answer(refusal.status, f"{refusal}\n".encode())
        except (OSError, sqlite3.Error):
            self._answer(500, b"")
        else:
            self._answer(200, str(line).encode())

    def do_GET(self) -> None:
        """Show the newest checkpoint of a log."""
        name, _, rest = self.path.removeprefix("/").partition("/")
        origin = self.server.by_name.get(name) if rest == "checkpoint" else None
        note = self.server.witness.newest(origin) if origin else None
        self._answer(200 if note else 404, note or b"")

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as the base class has it
        """Nothing: a proxy keeps such a list, if anybody wants one."""

    def _answer(self, status: int, body: bytes, kind: str = PLAIN) -> None:
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
