"""Whole requests, and how long a server takes for many of them, asked by a process of its own."""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence

from tests.bench.servers import Server

CONNECTIONS = 8
Requests = Sequence[bytes]


def request(method: str, path: str, body: bytes, headers: Mapping[str, str]) -> bytes:
    """One request; its port is filled in when it is sent."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1:PORT", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


def rate(server: Server, requests: Requests) -> float:
    """Answers a second, on 8 connections.

    Raises:
        RuntimeError: if one was refused; what is measured are answers.
    """
    named = [one.replace(b":PORT\r\n", f":{server.port}\r\n".encode(), 1) for one in requests]
    framed = b"".join(len(one).to_bytes(4, "big") + one for one in named)
    command = [sys.executable, "-m", "tests.bench.load", str(server.port), str(CONNECTIONS)]
    answered = json.loads(subprocess.run(command, input=framed, stdout=subprocess.PIPE, check=True).stdout)
    if answered["failed"]:
        raise RuntimeError(f"{answered['failed']} requests failed: {answered['faults']}")
    return len(requests) / float(answered["seconds"])
