"""Rows to write may wait for the commit: whoever reads sees them, and a bad one undoes all."""

from collections.abc import Iterator
from contextlib import suppress

import pytest

from vault.db import DRIVER_ERRORS, Connection, connect, reading, writing

ADD = "INSERT INTO releases (name, size) VALUES (:name, :size)"


@pytest.fixture
def connection(vault_url: str) -> Iterator[Connection]:
    connection = connect(vault_url)
    yield connection
    connection.close()


def rows(*names: str) -> list[dict[str, object]]:
    return [{"name": name, "size": 1} for name in names]


def names(connection: Connection) -> list[str]:
    with reading(connection) as view:
        return [name for (name,) in view.all("SELECT name FROM releases ORDER BY name")]


def write(connection: Connection, groups: list[list[dict[str, object]]]) -> None:
    with writing(connection) as transaction:
        for group in groups:
            transaction.run_many(ADD, group)


def test_the_next_statement_sees_rows_that_were_written(connection: Connection) -> None:
    with writing(connection) as transaction:
        transaction.run_many(ADD, rows("a", "b"))
        assert transaction.one("SELECT COUNT(*) FROM releases") == (2,)
        transaction.run_many(ADD, rows("c"))
        assert transaction.run("DELETE FROM releases WHERE name = 'c'") == 1
    assert names(connection) == ["a", "b"]


def test_rows_of_many_kinds_go_in_their_order(connection: Connection) -> None:
    with writing(connection) as transaction:
        transaction.run_many(ADD, rows("a", "b"))
        transaction.run_many(
            "UPDATE releases SET size = :size WHERE name = :name", [{"name": "a", "size": 7}]
        )
        transaction.run_many(ADD, [])
        transaction.run_many("DELETE FROM releases WHERE name = :name", [{"name": "b"}])
    assert connection.all("SELECT name, size FROM releases") == [("a", 7)]


@pytest.mark.parametrize("bad", [0, 1, 2])
def test_one_bad_row_among_good_ones_leaves_nothing(connection: Connection, bad: int) -> None:
    groups = [rows("a", "b"), rows("c"), rows("d", "e")]
    groups[bad] = [*groups[bad], *groups[bad]]
    with pytest.raises(DRIVER_ERRORS):
        write(connection, groups)
    assert names(connection) == []
    with writing(connection) as transaction:
        transaction.run_many(ADD, rows("f"))
    assert names(connection) == ["f"]


def test_rows_of_a_transaction_that_was_given_up_are_not_written_by_the_next(connection: Connection) -> None:
    with suppress(ZeroDivisionError), writing(connection) as transaction:
        transaction.run_many(ADD, rows("a"))
        raise ZeroDivisionError
    with writing(connection) as transaction:
        transaction.run_many(ADD, rows("b"))
    assert names(connection) == ["b"]


def test_rows_outside_a_transaction_are_written_at_once(connection: Connection, vault_url: str) -> None:
    connection.run_many(ADD, rows("a"))
    other = connect(vault_url)
    assert names(other) == ["a"]
    other.close()
