"""May this process write? Only if its database still knows all that was published, and was not halted.

A vault whose database came back older would give numbers in a chain of receipts a second
time. So the service holds its database against ``checkpoint.latest`` before it answers,
and again every few seconds; until they agree it shows what it has and writes nothing.
The chain is the worker's to ask: if it contradicts, the worker halts the log, which is seen here.
"""

import sqlite3
from functools import cache

from psycopg.errors import UndefinedTable

from vault.db import DRIVER_ERRORS, Connection, Transaction
from vault.errors import ReadOnly, Unavailable
from vault.log import guard
from vault.log.kept import KeptCheckpoint

LOOK_SECONDS = 10
"""How often a running service looks again. Each look reads some twenty tiles at most."""


class Readiness:
    """What was found when it was last looked."""

    def __init__(self, log_origin: str, kept: KeptCheckpoint) -> None:
        self._log_origin, self._kept = log_origin, kept
        self.reason = "nobody has looked yet whether this database is the newest"
        """Why nothing may be written; empty: it may."""
        self._leaving = False

    def look(self, connection: Connection) -> str:
        """Hold the database against what was published; the reason if it must not be written to.

        A database that does not answer says nothing new: what was found before still holds.
        """
        try:
            guard.verify_history(connection, self._log_origin, self._kept, None)
        except ReadOnly as error:
            self.reason = str(error)
        except (*DRIVER_ERRORS, Unavailable):
            return self.reason
        else:
            self.reason = ""
        return self.reason

    def leave(self) -> None:
        """This process ends soon: nothing new should be sent to it."""
        self._leaving = True

    def verify_staying(self) -> None:
        """Let through while this process has not been told to end.

        Raises:
            Unavailable: ask another.
        """
        if self._leaving:
            raise Unavailable("this process ends: ask another")

    def verify_writable(self) -> None:
        """Let through while the database is the newest there is.

        Raises:
            ReadOnly: with the reason.
        """
        if self.reason:
            raise ReadOnly(f"this vault does not write now: {self.reason}")


def verify_schema(transaction: Transaction) -> str:
    """The schema's version, if it is the one this program was written for.

    Raises:
        Unavailable: if it is another, or the database has none, or can't be read.
    """
    try:
        row = transaction.one("SELECT version_num FROM alembic_version")
    except DRIVER_ERRORS as error:
        if _lacks_table(error):
            raise Unavailable("the database has no schema of a vault: run `planetvault migrate`") from error
        raise Unavailable(f"the database can't be read: {type(error).__name__}") from error
    found, needed = row[0] if row else "none", newest_schema()
    if found != needed:
        raise Unavailable(f"the database has schema {found}, not {needed}: run `planetvault migrate`")
    return needed


def _lacks_table(error: Exception) -> bool:
    """Whether the driver says that there is no such table, and not that the connection was lost."""
    if isinstance(error, sqlite3.OperationalError):
        return error.sqlite_errorcode == sqlite3.SQLITE_ERROR
    return isinstance(error, UndefinedTable)


@cache
def newest_schema() -> str:
    """The schema's version this program was written for."""
    from alembic.script import ScriptDirectory  # noqa: PLC0415 - read once, and not by every command

    from vault.migrations import config_of  # noqa: PLC0415

    return ScriptDirectory.from_config(config_of("")).get_current_head() or "none"
