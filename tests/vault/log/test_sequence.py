"""Entries take their places in their order, once, whatever stops the sequencer."""

import itertools
import sqlite3
import threading
from collections.abc import Sequence

import psycopg
import pytest

from anchor.log import Log
from anchor.note import Policy
from anchor.records.checkpoint import verify_checkpoint
from tests.vault.log.town import LOG_KEY, LOG_ORIGIN, NOW, Town
from vault.db import NONE, Connection, Parameters, Row, Transaction, connect, reading, writing
from vault.log.sequence import sequence
from vault.log.store import Checkpoints, Entries, Tiles

SECONDS = int(NOW.timestamp())


class Crashed(Exception):
    """The process ended here."""


class Crashing(Transaction):
    """A transaction whose process ends before the statement with number ``at``."""

    def __init__(self, transaction: Transaction, at: int) -> None:
        self._transaction = transaction
        self._left = at

    def _count(self) -> None:
        if self._left == 0:
            raise Crashed
        self._left -= 1

    def all(self, sql: str, parameters: Parameters = NONE) -> list[Row]:
        self._count()
        return self._transaction.all(sql, parameters)

    def one(self, sql: str, parameters: Parameters = NONE) -> Row | None:
        self._count()
        return self._transaction.one(sql, parameters)

    def run(self, sql: str, parameters: Parameters = NONE) -> int:
        self._count()
        return self._transaction.run(sql, parameters)

    def run_many(self, sql: str, rows: Sequence[Parameters]) -> None:
        self._count()
        self._transaction.run_many(sql, rows)


def logged(connection: Connection) -> list[bytes]:
    """Every entry of the log, read from its tiles after checking all of them."""
    with reading(connection) as transaction:
        log = Log(LOG_ORIGIN, Tiles(transaction, LOG_ORIGIN))
        head = log.verify()
        entries = log.entries(0, head.size)
        places = {entry: found.position for entry, found in Entries(transaction).receipts(entries).items()}
        assert places == {entry: at for at, entry in enumerate(entries)}
        newest = Checkpoints(transaction, LOG_ORIGIN).newest()
    if newest:
        verified = verify_checkpoint(newest.note, Policy(LOG_KEY.verifier)).checkpoint
        assert verified.head == head
    return entries


def run_once(connection: Connection, most: int = 1000) -> int:
    with writing(connection) as transaction:
        batch = sequence(transaction, LOG_KEY, SECONDS, most)
    return batch.taken if batch else 0


def test_entries_stand_in_the_order_of_the_queue(acme_town: Town) -> None:
    for household in itertools.islice(itertools.cycle(acme_town.households), 30):
        acme_town.use(household, 2)
    while run_once(acme_town.connection, most=7):
        pass
    assert logged(acme_town.connection) == [receipt.entry for receipt in acme_town.receipts]
    assert acme_town.rows("SELECT COUNT(*) FROM log_queue") == [(0,)]


def test_nothing_waiting_leaves_no_checkpoint(acme_town: Town) -> None:
    assert run_once(acme_town.connection) == 0
    acme_town.use(acme_town.households[0])
    assert run_once(acme_town.connection) == 1
    assert run_once(acme_town.connection) == 0
    assert acme_town.rows("SELECT size FROM checkpoints") == [(1,)]


def test_an_entry_queued_twice_gets_one_place(acme_town: Town) -> None:
    receipt = acme_town.use(acme_town.households[0])[0]
    with writing(acme_town.connection) as transaction:
        Entries(transaction).queue([receipt.entry])
    assert run_once(acme_town.connection) == 2
    with writing(acme_town.connection) as transaction:
        Entries(transaction).queue([receipt.entry])
    assert run_once(acme_town.connection) == 1
    assert logged(acme_town.connection) == [receipt.entry]


def test_an_entry_of_another_length_never_gets_into_the_queue(acme_town: Town) -> None:
    broken = (sqlite3.IntegrityError, psycopg.errors.CheckViolation)
    with pytest.raises(broken), writing(acme_town.connection) as transaction:
        Entries(transaction).queue([bytes(32)])


def test_a_crash_between_any_two_statements_loses_nothing_and_repeats_nothing(acme_town: Town) -> None:
    expected: list[bytes] = []
    for at in itertools.count():
        expected += [receipt.entry for receipt in acme_town.use(acme_town.households[at % 3], 3)]
        try:
            with writing(acme_town.connection) as transaction:
                sequence(Crashing(transaction, at), LOG_KEY, SECONDS)
        except Crashed:
            assert set(logged(acme_town.connection)).isdisjoint(expected[-3:])
        else:
            break
        if at % 2:
            run_once(acme_town.connection)
            assert logged(acme_town.connection) == expected
    assert at > 10
    assert logged(acme_town.connection) == expected
    sizes = acme_town.rows("SELECT size, COUNT(DISTINCT root) FROM checkpoints GROUP BY size")
    assert all(roots == 1 for _, roots in sizes)


def test_a_second_sequencer_waits_or_finds_nothing(acme_town: Town) -> None:
    for household in acme_town.households:
        acme_town.use(household, 40)
    failures: list[Exception] = []

    def work() -> None:
        connection = connect(acme_town.url)
        try:
            while run_once(connection, most=5):
                pass
        except Exception as error:  # noqa: BLE001 - handed to the test
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    while run_once(acme_town.connection):
        pass
    assert logged(acme_town.connection) == [receipt.entry for receipt in acme_town.receipts]
    roots = acme_town.rows("SELECT COUNT(*), COUNT(DISTINCT size), COUNT(DISTINCT root) FROM checkpoints")
    assert len(set(roots[0])) == 1
    # Losing a race is an error that undoes the transaction, and nothing else.
    assert all(type(error).__name__ in {"StaleHeadError", "UniqueViolation"} for error in failures)


def test_a_batch_takes_as_many_statements_in_a_large_log_as_in_a_small_one(acme_town: Town) -> None:
    def statements() -> int:
        acme_town.use(acme_town.households[0], 3)
        with writing(acme_town.connection) as transaction:
            counting = Crashing(transaction, at=10**6)
            sequence(counting, LOG_KEY, SECONDS)
        return 10**6 - counting._left

    small = statements()
    for thousand in range(70):
        entries = [bytes([1]) + (thousand * 1000 + i).to_bytes(32, "big") for i in range(1000)]
        with writing(acme_town.connection) as transaction:
            Entries(transaction).queue(entries)
        run_once(acme_town.connection)
    # A tree two levels of tiles higher reads and writes its edge there, and nothing else.
    assert statements() <= small + 10
