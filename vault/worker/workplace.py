"""What a duty works with: a connection of its thread, the time, a lease, and the chain."""

import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

import structlog

from anchor.errors import ChainError
from vault.db import Connection, Transaction, connect, writing
from vault.log import leases
from vault.log.destination import Destination, meet
from vault.log.leases import Lease

LOG, ANCHORS = "log", "anchors"
LEASE_SECONDS = {LOG: 10, ANCHORS: 60}
"""How long the others wait for a worker that died. Long enough for one duty while all answers come."""

Reach = Callable[[Connection], Destination]
"""Asks the chain who it is."""

logger = structlog.get_logger()


class Workplace:
    """One worker's hold on the database and the chain. Nothing is opened or asked before it is needed."""

    def __init__(self, database_url: str, clock: Callable[[], datetime], reach: Reach | None) -> None:
        self.clock = clock
        self._database_url, self._reach = database_url, reach
        self._owner, self._held = secrets.token_hex(8), False
        self._connections = threading.local()
        self._destination: Destination | None = None
        self._reaching = threading.Lock()

    @property
    def connection(self) -> Connection:
        """This thread's."""
        found: Connection | None = getattr(self._connections, "open", None)
        if found is None:
            found = self._connections.open = connect(self._database_url)
        return found

    def disconnect(self) -> None:
        """Let go of this thread's connection; the next use opens another."""
        found: Connection | None = getattr(self._connections, "open", None)
        if found is not None:
            self._connections.open = None
            found.close()

    def seconds(self) -> int:
        """The time in seconds."""
        return int(self.clock().timestamp())

    @contextmanager
    def holding(self, name: str) -> Iterator[tuple[Transaction, Lease, int]]:
        """A transaction under a lease, and the time in seconds.

        Raises:
            LeaseHeld: if another worker has it.
        """
        now = self.seconds()
        until = now + LEASE_SECONDS[name]
        with writing(self.connection) as transaction:
            lease = leases.take(transaction, name, self._owner, now=now, until=until)
            self._held = True
            yield transaction, lease, now

    @property
    def has_chain(self) -> bool:
        """Whether a chain is configured."""
        return self._reach is not None

    def chain(self) -> Destination:
        """The chain, once it has said who it is.

        Raises:
            ChainError: while it does not answer, or if it is none.
        """
        if self._reach is None:
            raise ChainError("no chain is configured")
        with self._reaching:
            if self._destination is None:
                self._destination = self._met(self._reach(self.connection))
            return self._destination

    def close(self) -> None:
        """Give back the leases and let go of chain and database."""
        if self._destination is not None:
            self._destination.close()
            self._destination = None
        try:
            if self._held:
                with writing(self.connection) as transaction:
                    leases.give_back(transaction, self._owner)
        finally:
            self.disconnect()

    def _met(self, destination: Destination) -> Destination:
        try:
            with writing(self.connection) as transaction:
                meet(transaction, destination, self.seconds())
        except BaseException:
            destination.close()
            raise
        logger.info("anchoring", chain=destination.name, contract=destination.identity.contract.hex())
        return destination
