"""A node is a stranger: whatever it answers is read, or refused with one of our own errors."""

import gzip
import json
import time
from collections.abc import Callable, Iterator

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anchor.chain.evm import send
from anchor.chain.evm_reader import EvmReader
from anchor.chain.evm_rpc import (
    ANSWER_BYTES_MAX,
    Rpc,
    RpcRefusedError,
    find_receipt,
    read_bytes,
    read_object,
    read_quantity,
)
from anchor.chain.finality import Finality
from anchor.errors import ChainError, ChainUnreachable

SECRET_URL = "http://127.0.0.1:1/v3/secret-access-key"
json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=20)
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=4),
    max_leaves=8,
)


def node(answer: Callable[[httpx2.Request], httpx2.Response], **options: float) -> Rpc:
    return Rpc(SECRET_URL, transport=httpx2.MockTransport(answer), **options)


def saying(result: object) -> Rpc:
    """A node that gives every question the same result."""

    def answer(request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(200, json={"id": json.loads(request.content)["id"], "result": result})

    return node(answer)


def refusing(message: object, code: object = -32000) -> Rpc:
    """A node that refuses everything."""

    def answer(request: httpx2.Request) -> httpx2.Response:
        error = {"code": code, "message": message}
        return httpx2.Response(200, json={"id": json.loads(request.content)["id"], "error": error})

    return node(answer)


def test_a_result_comes_back() -> None:
    assert saying("0x7a69").call("eth_chainId") == "0x7a69"


@pytest.mark.parametrize("status", [301, 400, 401, 429, 500, 503])
def test_an_http_error_leaves_the_outcome_unknown(status: int) -> None:
    with pytest.raises(ChainUnreachable, match=str(status)):
        node(lambda _: httpx2.Response(status)).call("eth_chainId")


@pytest.mark.parametrize("failure", [httpx2.ConnectError, httpx2.ReadTimeout, httpx2.RemoteProtocolError])
def test_a_broken_connection_leaves_the_outcome_unknown_and_hides_the_address(
    failure: type[Exception],
) -> None:
    def answer(_: httpx2.Request) -> httpx2.Response:
        raise failure(SECRET_URL)

    with pytest.raises(ChainUnreachable) as unreachable:
        node(answer).call("eth_chainId")
    assert "secret" not in str(unreachable.value)


def test_nobody_at_the_address_is_unreachable() -> None:
    with pytest.raises(ChainUnreachable):
        Rpc("http://127.0.0.1:1").call("eth_chainId")


@pytest.mark.parametrize("url", ["", "not a url", "ftp://127.0.0.1/", "http://[::1"])
def test_an_address_that_is_none_is_unreachable(url: str) -> None:
    with pytest.raises(ChainUnreachable):
        Rpc(url).call("eth_chainId")


def test_an_answer_that_drips_for_ever_is_given_up() -> None:
    def drip() -> Iterator[bytes]:
        while True:
            time.sleep(0.02)
            yield b" "

    started = time.monotonic()
    with pytest.raises(ChainUnreachable, match="in time"):
        node(lambda _: httpx2.Response(200, content=drip()), timeout_seconds=0.2).call("eth_chainId")
    assert time.monotonic() - started < 5


def test_a_compressed_answer_is_refused_before_it_unfolds() -> None:
    bomb = gzip.compress(bytes(10**7))
    answer = httpx2.Response(200, stream=httpx2.ByteStream(bomb), headers={"Content-Encoding": "gzip"})
    with pytest.raises(ChainError, match="compressed"):
        node(lambda _: answer).call("eth_chainId")


def test_an_endless_answer_is_cut_off() -> None:
    def flood() -> Iterator[bytes]:
        while True:
            yield b"0" * 65536

    with pytest.raises(ChainError, match="too large"):
        node(lambda _: httpx2.Response(200, content=flood())).call("eth_chainId")


def test_a_large_answer_within_the_limit_is_read() -> None:
    assert len(saying("0" * (ANSWER_BYTES_MAX - 200)).call("eth_call")) == ANSWER_BYTES_MAX - 200


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"<html>", b"[]", b"null", b"7", b"{}", b"\xff\xfe", b"[" * 9999, b"9" * 5000),
        *(b'{"id":1}', b'{"id":99,"result":"0x1"}'),
    ],
)
def test_an_answer_that_is_not_json_rpc_is_refused(body: bytes) -> None:
    with pytest.raises(ChainError, match="not JSON"):
        node(lambda _: httpx2.Response(200, content=body)).call("eth_chainId")


@given(error=json_values.filter(lambda value: value is not None))
def test_any_error_object_is_a_refusal(error: object) -> None:
    answer = {"jsonrpc": "2.0", "id": 1, "error": error}
    with pytest.raises(RpcRefusedError):
        node(lambda _: httpx2.Response(200, json=answer)).call("eth_chainId")


def test_a_nodes_words_are_not_repeated() -> None:
    with pytest.raises(ChainError) as refused:
        send(refusing("\x1b[31mvisit evil.example"), b"\x02")
    assert "evil" not in str(refused.value)
    assert "no known reason" in str(refused.value)


@pytest.mark.parametrize(
    "words",
    [
        "already known",
        "transaction already imported",
        "Known transaction",
        "AlreadyKnown",
        "nonce too low",
        "OldNonce",
    ],
)
def test_what_is_nothing_new_to_a_node_is_quiet(words: str) -> None:
    send(refusing(words), b"\x02")


@pytest.mark.parametrize("words", ["unknown transaction type", "nonce too high", "insufficient funds"])
def test_any_other_refusal_is_told(words: str) -> None:
    with pytest.raises(ChainError, match="refused the transaction"):
        send(refusing(words), b"\x02")


@pytest.mark.parametrize("value", ["0x", "0x1g", "1", "0x-1", "0x 1", "0x1_0", 7, None, "0x" + "1" * 65])
def test_a_quantity_has_one_form(value: object) -> None:
    with pytest.raises(ChainError):
        read_quantity(value)


@pytest.mark.parametrize("value", ["0x0", "0x1b4", "0x1B4", "0x" + "f" * 64])
def test_a_quantity_is_read(value: str) -> None:
    assert read_quantity(value) == int(value, 16)


@pytest.mark.parametrize("value", ["0x0", "0x0 00", "0xzz", "00", 7, None, "0x00 "])
def test_bytes_have_one_form(value: object) -> None:
    with pytest.raises(ChainError):
        read_bytes(value)


@given(result=json_values)
def test_no_answer_of_any_shape_crashes_a_reader(result: object) -> None:
    reader = EvmReader(saying(result), b"\x01" * 20, Finality.parse("depth:1"))
    questions: list[Callable[[], object]] = [
        reader.identity,
        reader.latest,
        reader.final_height,
        lambda: reader.head(b"\x11" * 32),
        lambda: reader.root_at(b"\x11" * 32, 1),
        lambda: reader.writer_of(b"\x11" * 32),
        lambda: reader.inclusion(b"\x22" * 32),
        lambda: reader.block_at(5),
    ]
    for question in questions:
        try:
            question()
        except ChainError:
            continue


@given(fields=st.dictionaries(st.sampled_from(["number", "hash", "timestamp"]), json_values))
def test_a_block_with_missing_or_strange_fields_is_refused(fields: dict[str, object]) -> None:
    reader = EvmReader(saying(fields), b"\x01" * 20, Finality.parse("none"))
    with pytest.raises(ChainError):
        reader.latest()


def test_an_object_is_an_object() -> None:
    assert read_object({"a": 1}) == {"a": 1}
    with pytest.raises(ChainError):
        read_object([])


def test_a_node_that_still_makes_its_index_has_not_found_a_transaction_yet() -> None:
    indexing = refusing("transaction indexing is in progress")
    assert find_receipt(indexing, bytes(32)) is None
    assert EvmReader(indexing, bytes(20), Finality.parse("bft")).inclusion(bytes(32)) is None
    with pytest.raises(RpcRefusedError):
        find_receipt(refusing("header not found"), bytes(32))


def test_a_receipt_of_another_transaction_is_refused() -> None:
    receipt = {"transactionHash": "0x" + "33" * 32, "status": "0x1"}
    with pytest.raises(ChainError, match="another transaction"):
        EvmReader(saying(receipt), b"\x01" * 20, Finality.parse("none")).inclusion(b"\x22" * 32)
