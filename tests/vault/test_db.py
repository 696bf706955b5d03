"""The page between the stores and the two databases."""

import secrets
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.postgres import Postgres
from vault.db import (
    DRIVER_ERRORS,
    LIST_MAX,
    Connection,
    chunks,
    connect,
    expand,
    reading,
    writing,
)
from vault.errors import Malformed, Unavailable

ADD = "INSERT INTO releases (name, size) VALUES (:name, :size)"


@pytest.fixture
def connection(vault_url: str) -> Iterator[Connection]:
    connection = connect(vault_url)
    yield connection
    connection.close()


def test_a_tuple_is_spelled_out_as_a_list() -> None:
    sql, parameters = expand("a IN :names AND b = :name", {"names": ("x", "y"), "name": 1})
    assert sql == "a IN (:names_0, :names_1) AND b = :name"
    assert parameters == {"names_0": "x", "names_1": "y", "name": 1}


def test_a_tuple_of_tuples_is_spelled_out_as_rows() -> None:
    sql, parameters = expand("VALUES :pairs", {"pairs": ((1, 2), (3, 4))})
    assert sql == "VALUES (:pairs_0, :pairs_1), (:pairs_2, :pairs_3)"
    assert parameters == {"pairs_0": 1, "pairs_1": 2, "pairs_2": 3, "pairs_3": 4}


def test_statements_of_the_same_words_and_other_lengths_are_kept_apart() -> None:
    assert expand("IN :a", {"a": (1,)})[0] == "IN (:a_0)"
    assert expand("IN :a", {"a": (1, 2)})[0] == "IN (:a_0, :a_1)"
    assert expand("IN :a", {"a": ((1, 2),)})[0] == "IN (:a_0, :a_1)"


def test_lists_are_cut_to_what_a_driver_takes() -> None:
    pieces = list(chunks(range(2 * LIST_MAX + 1)))
    assert [len(piece) for piece in pieces] == [LIST_MAX, LIST_MAX, 1]
    assert [value for piece in pieces for value in piece] == list(range(2 * LIST_MAX + 1))
    assert list(chunks([])) == []


def test_every_kind_of_value_comes_back_as_it_went_in(connection: Connection) -> None:
    values = {
        "binary": bytes(range(256)),
        "number": 2**63 - 1,
        "word": "ein Wort, 一个词: %s :name",
        "none": None,
    }
    with writing(connection) as transaction:
        transaction.run(
            """
            INSERT INTO accounts (id, created, chain_seq, chain_head, journal_seq, journal_head, receipts)
            VALUES (:binary, :number, 1, :binary, 1, :none, 0)
            """,
            values,
        )
        transaction.run("INSERT INTO leases (name, owner, fence, until) VALUES (:word, :word, 1, 1)", values)
    with reading(connection) as transaction:
        assert transaction.one("SELECT id, created, journal_head FROM accounts") == (
            values["binary"],
            values["number"],
            None,
        )
        assert transaction.one("SELECT name FROM leases WHERE name = :word", values) == (values["word"],)


def test_rows_are_found_by_pairs(connection: Connection) -> None:
    with writing(connection) as transaction:
        transaction.run_many(
            ADD, [{"name": name, "size": size} for name, size in zip("abc", (1, 2, 3), strict=True)]
        )
    found = connection.all(
        "SELECT r.name FROM (VALUES :pairs) AS p CROSS JOIN releases r"
        " WHERE r.name = p.column1 AND r.size = p.column2 ORDER BY r.name",
        {"pairs": (("a", 1), ("b", 1), ("c", 3))},
    )
    assert found == [("a",), ("c",)]


def test_run_tells_how_many_rows_it_touched(connection: Connection) -> None:
    with writing(connection) as transaction:
        assert transaction.run(ADD, {"name": "a", "size": 1}) == 1
        assert transaction.run(f"{ADD} ON CONFLICT DO NOTHING", {"name": "a", "size": 2}) == 0
        assert transaction.run("UPDATE releases SET size = 3") == 1
        assert transaction.run("DELETE FROM releases WHERE name = :name", {"name": "b"}) == 0


def test_whatever_is_raised_undoes_the_transaction(connection: Connection) -> None:
    def interrupted() -> None:
        with writing(connection) as transaction:
            transaction.run(ADD, {"name": "a", "size": 1})
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert connection.all("SELECT name FROM releases") == []
    with writing(connection) as transaction:
        transaction.run(ADD, {"name": "b", "size": 1})
    assert connection.all("SELECT name FROM releases") == [("b",)]


def test_a_refused_statement_leaves_a_connection_that_can_go_on(connection: Connection) -> None:
    with pytest.raises(DRIVER_ERRORS), writing(connection) as transaction:
        transaction.run("SELECT nothing FROM nowhere")
    with writing(connection) as transaction:
        transaction.run(ADD, {"name": "a", "size": 1})
    assert connection.one("SELECT size FROM releases") == (1,)


def test_a_reader_sees_one_moment_however_long_it_looks(connection: Connection, vault_url: str) -> None:
    other = connect(vault_url)
    with reading(other) as view:
        assert view.all("SELECT name FROM releases") == []
        with writing(connection) as transaction:
            transaction.run(ADD, {"name": "a", "size": 1})
        assert view.all("SELECT name FROM releases") == []
    with reading(other) as view:
        assert view.all("SELECT name FROM releases") == [("a",)]
    other.close()


def test_money_below_zero_is_refused_by_the_database_itself(connection: Connection) -> None:
    with pytest.raises(DRIVER_ERRORS), writing(connection) as transaction:
        transaction.run("INSERT INTO balances (account, amount) VALUES ('fee', -1)")


@pytest.mark.parametrize("url", ["", "mysql://host/name", "vault.sqlite3", "sqlite3:///x", "http://x"])
def test_another_kind_of_database_is_refused_without_repeating_its_url(url: str) -> None:
    with pytest.raises(Malformed) as refused:
        connect(url)
    assert not url or url not in str(refused.value)


def test_sqlite_waits_for_the_disk_before_it_answers(tmp_path: Path) -> None:
    connection = connect(f"sqlite:///{tmp_path / 'a.sqlite3'}")
    assert connection.one("PRAGMA journal_mode") == ("wal",)
    assert connection.one("PRAGMA synchronous") == (2,)
    connection.close()


def test_postgresql_waits_for_the_disk_before_it_answers(postgres: Postgres) -> None:
    with postgres.database() as url:
        connection = connect(url)
        assert connection.one("SHOW synchronous_commit") == ("on",)
        assert connection.one("SHOW fsync") == ("on",)
        assert connection.one("SHOW lock_timeout") == ("10s",)
        connection.close()


def test_a_postgresql_that_does_not_answer_is_unavailable_and_its_password_untold() -> None:
    password = secrets.token_hex(8)
    with pytest.raises(Unavailable) as refused:
        connect(f"postgresql://nobody:{password}@127.0.0.1:1/none")
    assert password not in str(refused.value)


def test_the_driver_errors_are_those_of_both_drivers() -> None:
    assert issubclass(sqlite3.OperationalError, DRIVER_ERRORS)
    assert issubclass(psycopg.errors.UniqueViolation, DRIVER_ERRORS)
