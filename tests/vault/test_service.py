"""What a service reads at once, and what it hands to a thread."""

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from tests.vault.world import settings_with_tables
from vault.db import Transaction
from vault.service import Service


def seen(service: Service, work: Callable[[Transaction], object]) -> object:
    return asyncio.run(service.glance(work))


def test_a_glance_is_done_where_it_is_asked_for_if_the_database_is_a_file(
    tmp_path: Path, vault_url: str
) -> None:
    threads = []

    def look(transaction: Transaction) -> object:
        threads.append(threading.get_ident())
        return transaction.one("SELECT COUNT(*) FROM accounts")

    with closing(Service(settings_with_tables(tmp_path, vault_url))) as service:
        assert seen(service, look) == (0,)
    assert (threads == [threading.get_ident()]) is vault_url.startswith("sqlite")


def test_a_glance_sees_what_was_written_before_it(tmp_path: Path, vault_url: str) -> None:
    def halt(transaction: Transaction) -> int:
        return transaction.run("INSERT INTO log_halts (reason, time) VALUES ('seen', 1)")

    with closing(Service(settings_with_tables(tmp_path, vault_url))) as service:
        assert seen(service, lambda t: t.one("SELECT COUNT(*) FROM log_halts")) == (0,)
        asyncio.run(service.write(halt))
        assert seen(service, lambda t: t.one("SELECT COUNT(*) FROM log_halts")) == (1,)


def test_a_glance_at_a_file_that_somebody_holds_is_left_to_a_thread(tmp_path: Path, vault_url: str) -> None:
    threads = []

    def look(transaction: Transaction) -> object:
        threads.append(threading.get_ident())
        if threads == [threading.get_ident()]:
            raise sqlite3.OperationalError("database is locked")
        return transaction.one("SELECT COUNT(*) FROM accounts")

    if vault_url.startswith("sqlite"):
        with closing(Service(settings_with_tables(tmp_path, vault_url))) as service:
            assert seen(service, look) == (0,)
        assert len(set(threads)) == len(threads)
