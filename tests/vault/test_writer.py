"""The writer: work of one moment shares a transaction, and a fault stays with whoever caused it."""

import asyncio
import sqlite3
import threading
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Any

import psycopg
import pytest

from vault.db import SqliteConnection, Transaction, connect
from vault.errors import Conflict, Unavailable
from vault.writer import ATTEMPTS, TOGETHER_MAX, Writer

Run = Callable[[Awaitable[Any]], Any]


@pytest.fixture
def writer(vault_url: str) -> Iterator[Writer]:
    writer = Writer(connect(vault_url))
    yield writer
    writer.close()


@pytest.fixture
def reader(vault_url: str) -> Iterator[Transaction]:
    connection = connect(vault_url)
    yield connection
    connection.close()


def adds(name: str) -> Callable[[Transaction], str]:
    """Work that leaves a row behind."""

    def work(transaction: Transaction) -> str:
        transaction.run("INSERT INTO releases (name, size) VALUES (:name, 1)", {"name": name})
        return name

    return work


def fails(error: Exception) -> Callable[[Transaction], str]:
    """Work that leaves a row behind, were it not to fail."""

    def work(transaction: Transaction) -> str:
        adds("of the failed")(transaction)
        raise error

    return work


def names(reader: Transaction) -> list[str]:
    return [row[0] for row in reader.all("SELECT name FROM releases ORDER BY name")]


async def together(*works: Awaitable[Any]) -> list[Any]:
    return await asyncio.gather(*works, return_exceptions=True)


def test_what_was_written_is_there_when_it_is_answered(writer: Writer, reader: Transaction) -> None:
    assert asyncio.run(writer.do(adds("a"))) == "a"
    assert names(reader) == ["a"]


def test_a_refused_work_undoes_itself_and_nothing_else(writer: Writer, reader: Transaction) -> None:
    works = (writer.do(adds("a")), writer.do(fails(Conflict("no"))), writer.do(adds("b")))
    first, refused, last = asyncio.run(together(*works))
    assert (first, type(refused), last) == ("a", Conflict, "b")
    assert names(reader) == ["a", "b"]


@pytest.mark.parametrize("error", [RuntimeError("x"), sqlite3.OperationalError("x"), psycopg.DataError("x")])
def test_a_fault_stays_with_whoever_caused_it(writer: Writer, reader: Transaction, error: Exception) -> None:
    works = [writer.do(adds("a")), writer.do(fails(error)), writer.do(adds("b"))]
    first, fault, last = asyncio.run(together(*works))
    assert (first, fault, last) == ("a", error, "b")
    assert names(reader) == ["a", "b"]


def test_a_row_that_is_there_already_breaks_only_its_own_work(writer: Writer, reader: Transaction) -> None:
    works = [writer.do(adds(name)) for name in ("a", "a", "b")]
    first, second, third = asyncio.run(together(*works))
    assert (first, third) == ("a", "b")
    assert isinstance(second, sqlite3.IntegrityError | psycopg.errors.UniqueViolation)
    assert names(reader) == ["a", "b"]


def test_work_of_one_kind_is_handed_over_as_a_list(writer: Writer) -> None:
    seen: list[int] = []

    def handler(_transaction: Transaction, items: Sequence[int]) -> list[int]:
        seen.append(len(items))
        return [item * 10 for item in items]

    async def ask() -> list[int]:
        return list(await asyncio.gather(*(writer.together(handler, i) for i in range(TOGETHER_MAX + 5))))

    assert asyncio.run(ask()) == [i * 10 for i in range(TOGETHER_MAX + 5)]
    assert sum(seen) == TOGETHER_MAX + 5
    assert max(seen) <= TOGETHER_MAX


def test_heavy_work_goes_alone(writer: Writer) -> None:
    seen: list[int] = []

    def handler(_transaction: Transaction, items: Sequence[int]) -> Sequence[int]:
        seen.append(len(items))
        return items

    async def ask() -> None:
        await asyncio.gather(*(writer.together(handler, i, weight=TOGETHER_MAX) for i in range(4)))

    asyncio.run(ask())
    assert seen == [1, 1, 1, 1]


def test_whoever_arrives_while_another_is_prepared_goes_along(writer: Writer) -> None:
    arrived, seen = threading.Event(), []

    def first(item: int) -> int:
        assert arrived.wait(10) or item != 0
        return item * 10

    def handler(_transaction: Transaction, items: Sequence[int]) -> Sequence[int]:
        seen.append(list(items))
        return items

    async def ask() -> list[int]:
        early = asyncio.create_task(writer.prepared(first, handler, 0))
        await asyncio.sleep(0.05)
        late = asyncio.create_task(writer.prepared(first, handler, 1))
        await asyncio.sleep(0)
        arrived.set()
        return [await early, await late]

    assert asyncio.run(ask()) == [0, 10]
    assert seen == [[0, 10]]


def test_a_fault_while_preparing_stays_with_whoever_caused_it(writer: Writer, reader: Transaction) -> None:
    def first(name: str) -> Callable[[Transaction], str]:
        if name == "bad":
            raise ValueError(name)
        return adds(name)

    def handler(transaction: Transaction, works: Sequence[Callable[[Transaction], str]]) -> list[str]:
        return [work(transaction) for work in works]

    works = [writer.prepared(first, handler, name) for name in ("a", "bad", "b")]
    one, fault, other = asyncio.run(together(*works))
    assert (one, type(fault), other) == ("a", ValueError, "b")
    assert names(reader) == ["a", "b"]


def test_a_handler_that_fails_for_one_still_answers_the_others(writer: Writer) -> None:
    def handler(_transaction: Transaction, items: Sequence[int]) -> list[int]:
        if 3 in items:
            raise RuntimeError("three")
        return list(items)

    answers = asyncio.run(together(*(writer.together(handler, i) for i in range(5))))
    assert [answer if isinstance(answer, int) else type(answer) for answer in answers] == [
        0,
        1,
        2,
        RuntimeError,
        4,
    ]


def test_what_a_driver_refuses_is_tried_again(writer: Writer, reader: Transaction) -> None:
    tries = []

    def work(transaction: Transaction) -> str:
        tries.append(1)
        adds("a")(transaction)
        if len(tries) < ATTEMPTS:
            raise psycopg.errors.DeadlockDetected("another process was first")
        return "done"

    assert asyncio.run(writer.do(work)) == "done"
    assert names(reader) == ["a"]


def test_whoever_stopped_waiting_is_not_told(writer: Writer, reader: Transaction) -> None:
    async def give_up() -> None:
        task = asyncio.ensure_future(writer.do(adds("a")))
        await asyncio.sleep(0)
        task.cancel()

    asyncio.run(give_up())
    assert asyncio.run(writer.do(adds("b"))) == "b"
    assert names(reader) == ["a", "b"]


def test_a_loop_that_ended_does_not_take_the_writer_with_it(writer: Writer) -> None:
    loop = asyncio.new_event_loop()
    coroutine = writer.do(adds("a"))
    task = loop.create_task(coroutine)
    loop.run_until_complete(asyncio.sleep(0))
    task.cancel()
    loop.run_until_complete(asyncio.gather(task, return_exceptions=True))
    loop.close()
    assert asyncio.run(writer.do(adds("b"))) == "b"


def test_closing_finishes_what_waits_and_takes_no_more(vault_url: str, reader: Transaction) -> None:
    writer = Writer(connect(vault_url))

    async def ask() -> list[Any]:
        tasks = [asyncio.ensure_future(writer.do(adds(str(i)))) for i in range(5)]
        await asyncio.sleep(0)
        await asyncio.to_thread(writer.close)
        return await together(*tasks, writer.do(adds("late")))

    answers = asyncio.run(ask())
    assert answers[:5] == ["0", "1", "2", "3", "4"]
    assert isinstance(answers[5], Unavailable)
    assert names(reader) == ["0", "1", "2", "3", "4"]


def test_closing_in_the_moment_work_arrives_waits_for_it_and_for_nothing_else(
    vault_url: str, reader: Transaction
) -> None:
    """The loop is busy closing, so whatever it would still have done for the writer is not done."""
    writer = Writer(connect(vault_url))

    async def ask() -> list[Any]:
        tasks = [asyncio.ensure_future(writer.do(adds(str(i)))) for i in range(3)]
        await asyncio.sleep(0)
        writer.close()
        return await together(*tasks)

    answered: list[list[Any]] = []
    closing = threading.Thread(target=lambda: answered.append(asyncio.run(ask())), daemon=True)
    closing.start()
    closing.join(20)
    assert answered == [["0", "1", "2"]]
    assert names(reader) == ["0", "1", "2"]


def test_two_writers_that_stop_each_other_both_end_well(
    writer: Writer, vault_url: str, reader: Transaction
) -> None:
    """Each holds the row that the other wants: the database lets one begin again."""
    asyncio.run(together(writer.do(adds("a")), writer.do(adds("b"))))
    pair = [writer, Writer(connect(vault_url))]

    def both(first: str, second: str) -> Callable[[Transaction], str]:
        def work(transaction: Transaction) -> str:
            for name in (first, second):
                transaction.run("UPDATE releases SET size = size + 1 WHERE name = :name", {"name": name})
                transaction.one("SELECT COUNT(*) FROM releases")
            return "done"

        return work

    async def race() -> list[Any]:
        works = [pair[i % 2].do(both(*("ab" if i % 2 else "ba"))) for i in range(40)]
        return await together(*works)

    assert set(asyncio.run(race())) == {"done"}
    assert reader.all("SELECT name, size FROM releases ORDER BY name") == [("a", 41), ("b", 41)]
    pair[1].close()


@pytest.mark.parametrize("vault_url", ["sqlite"], indirect=True)
def test_while_another_process_writes_all_are_told_to_come_back(writer: Writer, vault_url: str) -> None:
    connection = writer._connection
    assert isinstance(connection, SqliteConnection)
    connection._connection.execute("PRAGMA busy_timeout = 50")
    other = connect(vault_url)
    other.begin()
    answers = asyncio.run(together(*(writer.do(adds(str(i))) for i in range(3))))
    assert {type(answer) for answer in answers} == {Unavailable}
    other.rollback()
    other.close()
    assert asyncio.run(writer.do(adds("a"))) == "a"


@pytest.mark.parametrize("vault_url", ["postgresql"], indirect=True)
def test_a_lost_connection_is_opened_again(writer: Writer, reader: Transaction) -> None:
    assert asyncio.run(writer.do(adds("a"))) == "a"
    reader.run(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    assert asyncio.run(writer.do(adds("b"))) == "b"
    assert names(reader) == ["a", "b"]
