"""JSON-RPC 2.0 over HTTP, and the few shapes an EVM node answers in.

A node is a stranger: an answer may be late, endless, or nonsense. It has a total
time, a size limit and a strict shape. The address of a node often carries an
access key, so it appears in no message and no ``repr``.
"""

import json
import re
import time
from binascii import unhexlify
from itertools import count
from typing import Any

import httpx2

from anchor.errors import ChainError, ChainUnreachable

ANSWER_BYTES_MAX = 2 * 1024 * 1024
"""A block of 10,000 transaction hashes has 0.7 MB."""
TIMEOUT_SECONDS = 10.0
_QUANTITY = re.compile(r"0x[0-9a-fA-F]{1,64}")

STILL_INDEXING = "indexing is in progress"


class RpcRefusedError(ChainError):
    """The node understood and said no; ``reason`` is its text, in lower case, for matching only."""

    def __init__(self, method: str, code: int, reason: str) -> None:
        super().__init__(f"the node refused {method} (code {code})")
        self.code = code
        self.reason = reason


class Rpc:
    """One node. ``timeout_seconds`` bounds a call from its first to its last byte."""

    def __init__(
        self,
        url: str,
        *,
        timeout_seconds: float = TIMEOUT_SECONDS,
        transport: httpx2.BaseTransport | None = None,
    ) -> None:
        self._url = url
        self._timeout = timeout_seconds
        self._ids = count(1)
        # The configured address is meant exactly: no proxy or credentials from the environment.
        # Uncompressed: a few bytes must not unfold into more than the size limit.
        self._http = httpx2.Client(
            timeout=timeout_seconds,
            trust_env=False,
            transport=transport,
            headers={"Accept-Encoding": "identity"},
        )

    def close(self) -> None:
        """Give the connections back."""
        self._http.close()

    def call(self, method: str, *params: object) -> Any:  # JSON: the callers below check the shape
        """The ``result`` of one call.

        Raises:
            ChainUnreachable: no answer, an HTTP error, or not within the time.
            RpcRefusedError: the node answered with an error object.
            ChainError: the answer is too large or not JSON-RPC.
        """
        number = next(self._ids)
        question = {"jsonrpc": "2.0", "id": number, "method": method, "params": params}
        body = self._exchange(question)
        try:
            answer = json.loads(body)
        except (ValueError, RecursionError) as error:
            raise ChainError(f"the node's answer to {method} is not JSON") from error
        return _result_of(answer, number, method)

    def _exchange(self, question: dict[str, object]) -> bytes:
        deadline = time.monotonic() + self._timeout
        body = bytearray()
        try:
            with self._http.stream("POST", self._url, json=question) as response:
                if response.status_code != httpx2.codes.OK:
                    raise ChainUnreachable(f"the node answered with HTTP status {response.status_code}")
                if response.headers.get("Content-Encoding", "identity") != "identity":
                    raise ChainError("the node's answer is compressed, although that was not asked for")
                for piece in response.iter_bytes():
                    body += piece
                    if len(body) > ANSWER_BYTES_MAX:
                        raise ChainError("the node's answer is too large")
                    # The client's own timeout starts anew with every piece; a drip would last for ever.
                    if time.monotonic() > deadline:
                        raise ChainUnreachable("the node did not finish its answer in time")
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise ChainUnreachable(f"no answer from the node ({type(error).__name__})") from None
        return bytes(body)


def find_receipt(rpc: Rpc, tx_hash: bytes) -> dict[str, object] | None:
    """The receipt of a transaction; None while it is in no block that the node knows of.

    A geth that has just started says of a transaction it has not found that it is still making its index.

    Raises:
        ChainError, ChainUnreachable: as ``Rpc.call`` does.
    """
    try:
        answer = rpc.call("eth_getTransactionReceipt", to_hex(tx_hash))
    except RpcRefusedError as refusal:
        if STILL_INDEXING in refusal.reason:
            return None
        raise
    return None if answer is None else read_object(answer)


def _result_of(answer: object, number: int, method: str) -> Any:
    if not isinstance(answer, dict) or answer.get("id") != number:
        raise ChainError(f"the node's answer to {method} is not JSON-RPC")
    refusal = answer.get("error")
    if refusal is not None:
        code = refusal.get("code") if isinstance(refusal, dict) else None
        reason = refusal.get("message") if isinstance(refusal, dict) else None
        raise RpcRefusedError(method, code if isinstance(code, int) else 0, str(reason).lower())
    if "result" not in answer:
        raise ChainError(f"the node's answer to {method} is not JSON-RPC")
    return answer["result"]


def to_hex(value: bytes) -> str:
    """Bytes as an RPC parameter."""
    return "0x" + value.hex()


def read_quantity(value: object) -> int:
    """Read a JSON-RPC quantity such as ``0x1b4``.

    Raises:
        ChainError: it is none, or has more than 64 digits.
    """
    if not isinstance(value, str) or not _QUANTITY.fullmatch(value):
        raise ChainError("the node's answer holds no number where one belongs")
    return int(value, 16)


def read_bytes(value: object, size: int | None = None) -> bytes:
    """Read JSON-RPC data such as ``0x00ff``, of exactly ``size`` bytes if that is given.

    Raises:
        ChainError: it is none, or has another length.
    """
    if not isinstance(value, str) or not value.startswith("0x"):
        raise ChainError("the node's answer holds no bytes where they belong")
    try:
        found = unhexlify(value[2:])
    except ValueError as error:
        raise ChainError("the node's answer holds no bytes where they belong") from error
    if size is not None and len(found) != size:
        raise ChainError("the node's answer holds bytes of the wrong length")
    return found


def read_object(value: object) -> dict[str, Any]:
    """Read a JSON object.

    Raises:
        ChainError: it is something else.
    """
    if not isinstance(value, dict):
        raise ChainError("the node's answer holds no object where one belongs")
    return value
