"""A Bitcoin node with one block, for a client that asks three things of it. It proves nothing to anybody."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TIME = 1_800_000_000


@contextmanager
def bitcoin_node(height: int, merkle_root: bytes) -> Iterator[str]:
    """The URL of a node whose block at ``height`` has this root; 32 bytes, as they stand in the header."""
    header = b"".join((b"\x01\0\0\0", bytes(32), merkle_root, TIME.to_bytes(4, "little"), bytes(8)))
    answers = {"getblockcount": height, "getblockhash": "00" * 31 + "01", "getblockheader": header.hex()}

    class Node(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
            told: dict[str, Any] = {"result": answers[asked["method"]], "error": None, "id": asked["id"]}
            body = json.dumps(told).encode()
            self.send_response(200)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Node) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield f"http://user:word@127.0.0.1:{server.server_address[1]}"
        server.shutdown()
