"""The time of a vault: the world's, and in test mode as far ahead of it as partners pushed it."""

import threading
import time
from collections.abc import Callable
from contextlib import closing
from datetime import datetime, timedelta

from vault.db import DRIVER_ERRORS, connect, reading
from vault.errors import Unavailable
from vault.sandbox.store import Sandbox
from vault.settings import Settings

LOOK_SECONDS = 1.0
"""How soon other processes of the vault see that the clock was pushed."""


class PushedClock:
    """A clock that the database pushes. It never goes back."""

    def __init__(self, clock: Callable[[], datetime], database_url: str) -> None:
        self._clock, self._url = clock, database_url
        self._ahead, self._looked, self._lock = 0, -LOOK_SECONDS, threading.Lock()

    def __call__(self) -> datetime:
        """The time, looking again now and then how far ahead it is."""
        if time.monotonic() - self._looked >= LOOK_SECONDS and self._lock.acquire(blocking=False):
            try:
                self.look()
            finally:
                self._lock.release()
        return self._clock() + timedelta(seconds=self._ahead)

    def look(self) -> None:
        """Ask the database how far ahead it is; what does not answer changes nothing."""
        self._looked = time.monotonic()
        try:
            with closing(connect(self._url)) as connection, reading(connection) as transaction:
                self._ahead = max(self._ahead, Sandbox(transaction).ahead())
        except (*DRIVER_ERRORS, Unavailable):
            return


def clock_of(settings: Settings, clock: Callable[[], datetime]) -> Callable[[], datetime]:
    """The clock that a vault with these settings goes by."""
    return PushedClock(clock, settings.database_url) if settings.mode == "test" else clock
