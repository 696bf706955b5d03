"""Faults that no other folder plays, and that every test the rows name is there."""

import sqlite3
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from planetvault.witness.store import SqliteWitnessStore, make_witness

from anchor.log import Log, MemoryLogStore
from anchor.records.signed import Signed, new_salt
from anchor.witness import Witness
from tests.faults.__main__ import places
from tests.faults.rows import ROWS
from tests.foreign.material import LOG_KEY, request
from tests.records.examples import examples, signed_by

NOW = datetime(2027, 3, 14, 9, 26, 53, tzinfo=UTC)


def test_there_are_twenty_rows_and_every_test_they_name_is_there() -> None:
    assert len(ROWS) == 20
    where = places()
    assert [name for row in ROWS for name in row.tests if name not in where] == []


def fill(connection: sqlite3.Connection) -> None:
    """Let the database have no page more, and fill those it has."""
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    connection.execute(f"PRAGMA max_page_count = {pages}")
    for size in (2000, 500, 100, 10):
        rows = [(f"{size}/{number}", bytes(size)) for number in range(1000)]
        with pytest.raises(sqlite3.OperationalError, match="full"):
            _insert(connection, rows)


def _insert(connection: sqlite3.Connection, rows: list[tuple[str, bytes]]) -> None:
    for row in rows:
        connection.execute("INSERT INTO newest VALUES (?, ?)", row)


def test_a_witness_on_a_full_disk_cosigns_nothing_and_goes_on_when_there_is_room(tmp_path: Path) -> None:
    key = make_witness(tmp_path, "witness.example/w1")
    store = SqliteWitnessStore(tmp_path, key)
    witness = Witness(key, [LOG_KEY.verifier], store)
    fill(store._connection)
    with pytest.raises(sqlite3.OperationalError, match="full"):
        witness.add_checkpoint(request(0, 1000), NOW)
    assert witness.newest(LOG_KEY.name) is None
    store._connection.execute("PRAGMA max_page_count = 100000")
    witness.add_checkpoint(request(0, 1000), NOW)
    assert witness.newest(LOG_KEY.name) is not None
    store.close()


def test_without_receipts_and_salts_the_log_still_verifies() -> None:
    receipts = [_receipt() for _ in range(300)]
    log = Log("vault.example/log", MemoryLogStore())
    log.append([receipt.entry for receipt in receipts])
    del receipts
    assert log.verify() == log.head()


def test_equal_records_leave_entries_that_nothing_links() -> None:
    first, second = _receipt(), _receipt()
    assert replace(first.record, salt=bytes(32)) == replace(second.record, salt=bytes(32))
    assert first.entry[0] == second.entry[0]
    assert len(set(first.entry[1:]) & set(second.entry[1:])) < 20
    assert first.entry != second.entry


def _receipt() -> Signed[Any]:
    return signed_by("vault", replace(examples()["receipt"].signed.record, salt=new_salt()))
