"""A connection that fails now and then: before a statement, or after a commit whose answer is lost."""

import random
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, cast

from vault.db import NONE, Connection, Parameters, Row
from vault.service import Service


class Failing:
    """Stands between a writer and its connection. What a driver raises here undoes the transaction."""

    def __init__(self, inner: Connection, dice: random.Random, odds: float) -> None:
        self._inner, self._dice, self.odds = inner, dice, odds
        self._lock = threading.Lock()
        self.failed = 0

    def _perhaps_fail(self) -> None:
        with self._lock:
            if self._dice.random() < self.odds:
                self.failed += 1
                raise sqlite3.OperationalError("the disk went away")

    def all(self, sql: str, parameters: Parameters = NONE) -> list[Row]:
        """Every row."""
        self._perhaps_fail()
        return self._inner.all(sql, parameters)

    def one(self, sql: str, parameters: Parameters = NONE) -> Row | None:
        """The first row, or none."""
        self._perhaps_fail()
        return self._inner.one(sql, parameters)

    def run(self, sql: str, parameters: Parameters = NONE) -> int:
        """Run a statement."""
        self._perhaps_fail()
        return self._inner.run(sql, parameters)

    def run_many(self, sql: str, rows: Sequence[Parameters]) -> None:
        """Run one statement for each row; it may fail when some of them are written."""
        with self._lock:
            fails = self._dice.random() < self.odds
            some = self._dice.randrange(len(rows) + 1) if fails else len(rows)
        self._inner.run_many(sql, rows[:some])
        if fails:
            with self._lock:
                self.failed += 1
            raise sqlite3.OperationalError("the disk went away")

    def commit(self) -> None:
        """Commit, and perhaps lose the word that it was done."""
        self._perhaps_fail()
        self._inner.commit()
        self._perhaps_fail()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


@contextmanager
def calm(failing: Sequence[Failing]) -> Iterator[None]:
    """Nothing fails in here: for those who could not ask again."""
    odds = [one.odds for one in failing]
    for one in failing:
        one.odds = 0.0
    yield
    for one, before in zip(failing, odds, strict=True):
        one.odds = before


def make_fail(service: Service, dice: random.Random, odds: float) -> Failing:
    """Let the writer of a service fail at so many of its statements, from now on."""
    failing = Failing(service._writer._connection, dice, odds)
    service._writer._connection = cast("Connection", failing)
    return failing
