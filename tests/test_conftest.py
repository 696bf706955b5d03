"""The ground the tests stand on is itself tested."""

import socket
import sqlite3
from collections.abc import Callable

import psycopg
import pytest

from tests.network import NetworkRefused, known_here, stays_here
from tests.postgres import Postgres


@pytest.mark.parametrize("address", [("192.0.2.1", 443), ("2001:db8::1", 443)])
def test_a_connection_to_another_machine_is_refused(address: tuple[str, int]) -> None:
    family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
    with socket.socket(family) as client, pytest.raises(NetworkRefused):
        client.connect(address)


def test_a_datagram_to_another_machine_is_refused() -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as sender, pytest.raises(NetworkRefused):
        sender.sendto(b"hello", ("192.0.2.1", 53))


def test_a_look_up_of_another_machine_is_refused() -> None:
    with pytest.raises(NetworkRefused):
        socket.getaddrinfo("vault.example", 443)
    with pytest.raises(NetworkRefused):
        socket.gethostbyname("vault.example")


def test_loopback_stays_open() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection(("localhost", server.getsockname()[1])) as client,
    ):
        client.sendall(b"hello")
        peer, _ = server.accept()
        with peer:
            assert peer.recv(5) == b"hello"


@pytest.mark.parametrize("address", [("127.0.0.1", 1), ("::1", 1, 0, 0), "/run/socket", None])
def test_loopback_and_unix_sockets_stay_here(address: object) -> None:
    assert stays_here(address)


@pytest.mark.parametrize(
    "address", [("203.0.113.1", 1), ("::", 1, 0, 0), ("127.0.0.1.example", 1), (b"x", 1)]
)
def test_any_other_address_leaves(address: object) -> None:
    assert not stays_here(address)


@pytest.mark.parametrize("host", [None, "", "localhost", b"localhost", "192.0.2.1"])
def test_this_machine_and_figures_need_no_name_server(host: object) -> None:
    assert known_here(host)


def test_a_name_has_one_seed(seed: Callable[[str], bytes]) -> None:
    assert seed("alice") == seed("alice") != seed("acme")
    assert len(seed("alice")) == 32


def test_a_database_is_there_and_empty(database_url: str) -> None:
    kind, _, path = database_url.partition(":///")
    if kind == "sqlite":
        with sqlite3.connect(path) as file:
            assert file.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,)
        file.close()
        return
    with psycopg.connect(database_url) as connection:
        query = "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public'"
        assert connection.execute(query).fetchone() == (0,)


def test_postgresql_writes_as_durably_as_a_real_one(postgres: Postgres) -> None:
    with postgres.database() as url, psycopg.connect(url) as connection:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            assert connection.execute(f"SHOW {setting}").fetchone() == ("on",)


def test_a_database_can_be_a_copy_and_is_gone_afterwards(postgres: Postgres) -> None:
    with postgres.database() as first:
        with psycopg.connect(first) as connection:
            connection.execute("CREATE TABLE item (id integer)")
        with (
            postgres.database(template=first.rpartition("/")[2]) as second,
            psycopg.connect(second) as connection,
        ):
            assert connection.execute("SELECT count(*) FROM item").fetchone() == (0,)
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        psycopg.connect(first)
