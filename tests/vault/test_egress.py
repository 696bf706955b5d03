"""Requests whose address somebody else chose: where they go, where never, and when they end."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from vault.egress import AddressRefused, Egress, NoAnswer, is_public

HERE = Egress(loopback=True, resolve=lambda _host, _port: ["127.0.0.1"])
NOT_PUBLIC = [
    "127.0.0.1",
    "10.0.0.7",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",  # noqa: S104 - an address to be refused
    "224.0.0.1",
    "255.255.255.255",
    "::1",
    "::",
    "fe80::1%eth0",
    "fd00::1",
    "ff02::1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::a00:1",
    "2002:7f00:1::",
    "fec0::1",
    "::127.0.0.1",
    "::ffff:0:127.0.0.1",
    "64:ff9b:1::a00:1",
    "5f00::1",
]
Talk = Callable[[socket.socket], None]


@contextmanager
def serving(talk: Talk) -> Iterator[int]:
    """A server on loopback that has this to say to the first who connects; its port."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            try:
                line, _ = server.accept()
                with line:
                    line.recv(65_536)
                    talk(line)
            except OSError:
                return  # they hung up

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        thread.join(5)


def says(answer: bytes) -> Talk:
    return lambda line: line.sendall(answer)


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_an_address_that_is_not_everybodys_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "93.184.215.14",
        "2606:2800:21f:cb07:6820:80da:af6b:8b2c",
        "::ffff:93.184.215.14",
        "64:ff9b::5db8:d70e",
    ],
)
def test_an_address_of_the_internet_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_a_name_that_leads_to_such_an_address_is_not_asked(address: str) -> None:
    egress = Egress(resolve=lambda _host, _port: ["93.184.215.14", address])
    with pytest.raises(AddressRefused):
        egress.send("GET", "https://partner.example/", {}, most=100)


@pytest.mark.parametrize(
    "url",
    [
        "http://partner.example/",
        "ftp://partner.example/",
        "https://",
        "https:///path",
        "https://user@partner.example/",
        "https://user:word@partner.example/",
        "https://partner.example:25/",
        "https://partner.example:99999/",
        "https://partner.example/#here",
        "https://partner.example/a b",
        "https://partner.example/\nHost: inner",
        "https://pärtner.example/",
        "https://partner.example/" + "a" * 500,
        "https://[::1",
    ],
)
def test_what_is_no_plain_https_url_is_refused_before_anybody_is_asked(url: str) -> None:
    def never(_host: str, _port: int) -> list[str]:
        raise AssertionError("asked")

    with pytest.raises(AddressRefused):
        Egress(resolve=never).send("GET", url, {}, most=100)


def test_a_live_vault_reaches_no_loopback_and_a_test_vault_nothing_private() -> None:
    with pytest.raises(AddressRefused):
        Egress(resolve=lambda _host, _port: ["127.0.0.1"]).send("GET", "https://a.example:4433/", {}, most=9)
    with pytest.raises(AddressRefused):
        Egress(loopback=True, resolve=lambda *_: ["10.0.0.1"]).send(
            "GET", "http://a.example:8080/", {}, most=9
        )
    with pytest.raises(AddressRefused):
        Egress(loopback=True, resolve=lambda *_: ["1.1.1.1"]).send(
            "GET", "http://a.example:8080/", {}, most=9
        )


def test_an_answer_comes_back_up_to_its_limit() -> None:
    with serving(says(b"HTTP/1.1 200 OK\r\nX-One: 1\r\nContent-Length: 10\r\n\r\n0123456789")) as port:
        got = HERE.send("GET", f"http://partner.example:{port}/there?is=more", {}, most=4)
    assert (got.status, got.headers["x-one"], got.body) == (200, "1", b"0123")


def test_what_is_sent_names_the_host_and_not_its_address() -> None:
    seen: list[bytes] = []

    def listen(line: socket.socket) -> None:
        line.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")

    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

        def serve() -> None:
            line, _ = server.accept()
            with line:
                seen.append(line.recv(65_536))
                listen(line)

        thread = threading.Thread(target=serve)
        thread.start()
        HERE.send("POST", f"http://partner.example:{port}/in", {"X-A": "b"}, b"body", most=9)
        thread.join()
    assert seen[0].startswith(b"POST /in HTTP/1.1\r\n")
    assert f"Host: partner.example:{port}".encode() in seen[0]
    assert seen[0].endswith(b"\r\n\r\nbody") or b"Content-Length: 4" in seen[0]


def test_a_redirect_is_an_answer_like_any_other() -> None:
    answer = b"HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\n\r\n"
    with serving(says(answer)) as port:
        assert HERE.send("GET", f"http://partner.example:{port}/", {}, most=9).status == 302


def test_the_name_is_looked_up_once() -> None:
    asked: list[str] = []

    def changing(host: str, _port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["10.0.0.1"]

    with serving(says(b"HTTP/1.1 204 No Content\r\n\r\n")) as port:
        egress = Egress(loopback=True, resolve=changing)
        assert egress.send("GET", f"http://partner.example:{port}/", {}, most=9).status == 204
    assert asked == ["partner.example"]


def drip(line: socket.socket) -> None:
    line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    for _ in range(100):
        line.sendall(b".")
        time.sleep(0.05)


def drip_headers(line: socket.socket) -> None:
    line.sendall(b"HTTP/1.1 200 OK\r\n")
    for _ in range(100):
        line.sendall(b"X: y\r\n")
        time.sleep(0.05)


@pytest.mark.parametrize("talk", [drip, drip_headers], ids=["body", "headers"])
def test_a_server_that_drips_is_left_at_the_deadline(talk: Talk) -> None:
    begun = time.monotonic()
    with serving(talk) as port, pytest.raises(NoAnswer):
        HERE.send("GET", f"http://partner.example:{port}/", {}, most=2000, seconds=0.3)
    assert time.monotonic() - begun < 4


@pytest.mark.parametrize(
    "answer",
    [b"", b"hello", b"HTTP/1.1 999999 what\r\n\r\n", b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 200 + b"\r\n"],
    ids=["nothing", "no http", "no status", "too many headers"],
)
def test_what_is_no_answer_is_told_as_none(answer: bytes) -> None:
    with serving(says(answer)) as port, pytest.raises(NoAnswer):
        HERE.send("GET", f"http://partner.example:{port}/", {}, most=100, seconds=2)


def test_nobody_there_is_told_as_no_answer() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(NoAnswer):
        HERE.send("GET", f"http://partner.example:{port}/", {}, most=9)


def test_a_server_with_a_certificate_of_its_own_making_is_not_believed() -> None:
    with serving(says(b"HTTP/1.1 200 OK\r\n\r\n")) as port, pytest.raises(NoAnswer):
        HERE.send("GET", f"https://partner.example:{port}/", {}, most=9, seconds=2)
