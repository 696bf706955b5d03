"""One running vault: its settings and keys, its writer and its readers."""

import asyncio
import hashlib
import hmac
import queue
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from anchor.errors import AnchorError
from anchor.records.trust import Trust
from vault.blobs.objects import objects_of
from vault.db import DRIVER_ERRORS, Connection, Transaction, connect, connect_at_hand, reading
from vault.egress import Egress
from vault.errors import Refusal
from vault.issuer import Issuer
from vault.keyring import Keyring, read_keys
from vault.log.destination import current_chain
from vault.log.kept import KEPT_NAME, KeptCheckpoint
from vault.metrics import Metrics
from vault.partners.store import PartnerKey, Partners
from vault.rates import Rates
from vault.readiness import Readiness
from vault.remembered import Remembered
from vault.sandbox.clock import clock_of
from vault.settings import Settings
from vault.stores import Stores
from vault.uses.flow import Answer, Asked, Sent, answer_checked, check
from vault.writer import Writer

T = TypeVar("T")

PARTNER_KEY_SECONDS = 60
PARTNER_KEYS_MAX = 10_000
PARTNER_RECORD_LIFE, PARTNER_RECORDS_MAX = timedelta(seconds=10), 1_000
"""To count what a partner did takes the longer the more it did, and anybody may ask."""
READERS = 4
"""Connections for reading: reads are short, and the interpreter runs one thread at a time."""


def now_utc() -> datetime:
    """The time, in whole seconds UTC, as records write it."""
    return datetime.now(UTC).replace(microsecond=0)


def egress_of(settings: Settings) -> Egress:
    """The way out to partners' servers, which in test mode may be on this machine."""
    return Egress(loopback=settings.mode == "test")


@dataclass(frozen=True, slots=True)
class Secrets:
    """What the service derives from its key for its own use, each for one purpose."""

    challenge: bytes
    webhooks: bytes

    @classmethod
    def of(cls, keys: Keyring) -> "Secrets":
        """Derive them; each changes when its key does."""
        return cls(
            challenge=hmac.digest(keys.records.seed(), b"planetvault/login-challenge/v1", hashlib.sha256),
            webhooks=hmac.digest(keys.webhooks.seed(), b"planetvault/webhooks/v1", hashlib.sha256),
        )


class Service:
    """What the routes are handed: read, write, and the one thing this is for, ``use``."""

    def __init__(self, settings: Settings, clock: Callable[[], datetime] = now_utc) -> None:
        self.settings = settings
        self.clock = clock_of(settings, clock)
        self.keys = read_keys(settings.folder, settings.origin)
        self.secrets = Secrets.of(self.keys)
        self.egress = egress_of(settings)
        self.issuer = Issuer(settings.origin, self.keys.records, settings.currency, settings.fee)
        self.readiness = Readiness(
            self.keys.log.name, KeptCheckpoint(settings.folder / KEPT_NAME, *self.keys.logs)
        )
        self.metrics, self.rates = Metrics(), Rates.of(settings)
        self.objects = objects_of(settings)
        self.partner_records: Remembered[dict[str, Any]] = Remembered(
            self.clock, PARTNER_RECORD_LIFE, PARTNER_RECORDS_MAX
        )
        self._partner_keys: dict[bytes, tuple[PartnerKey, float]] = {}
        self._writer = Writer(connect(settings.database_url))
        self._readers: queue.SimpleQueue[Connection] = queue.SimpleQueue()
        for _ in range(READERS):
            self._readers.put(connect(settings.database_url))
        self._at_hand = connect_at_hand(settings.database_url)
        self.look()

    def look(self) -> str:
        """Look whether this process may write; the reason if it may not."""
        connection = self._readers.get()
        try:
            return self.readiness.look(connection)
        finally:
            self._readers.put(connection)

    async def read(self, work: Callable[[Transaction], T]) -> T:
        """Run ``work`` on one consistent view of the database."""
        return await asyncio.to_thread(self.read_here, work)

    async def glance(self, work: Callable[[Transaction], T]) -> T:
        """The same for a few rows by their key, which a file gives faster than a thread can be woken."""
        if self._at_hand:
            try:
                with reading(self._at_hand) as transaction:
                    return work(transaction)
            except DRIVER_ERRORS:
                pass  # somebody holds the file for a moment: a thread can wait
        return await self.read(work)

    async def write(self, work: Callable[[Transaction], T]) -> T:
        """Run ``work`` in a transaction that is on the disk when this returns.

        Raises:
            ReadOnly: while this database is not the newest, or its log is halted.
        """
        self.readiness.verify_writable()
        return await self._writer.do(work)

    async def use(self, batch: Sequence[Sent]) -> list[Answer | Refusal | AnchorError]:
        """Answer uses, together with all others that came in the same moment.

        Raises:
            ReadOnly: while this database is not the newest, or its log is halted.
        """
        self.readiness.verify_writable()
        answers = await self._writer.prepared(check, self._uses, batch, len(batch))
        self.metrics.uses(answers)
        return answers

    async def partner_key(self, kid: bytes) -> PartnerKey | None:
        """The partner whose newest key this is, as the directory said at most a minute ago.

        The use path asks the directory again inside its transaction.
        """
        known, read_at = self._partner_keys.get(kid, (None, 0.0))
        if known is None or time.monotonic() - read_at > PARTNER_KEY_SECONDS:
            known = await self.glance(lambda t: Partners(t).key(kid))
            if len(self._partner_keys) >= PARTNER_KEYS_MAX:
                self._partner_keys.clear()
            if known is not None:
                self._partner_keys[kid] = (known, time.monotonic())
        return known

    async def trust(self) -> Trust:
        """The trust file of this vault as it is now."""
        chain = await self.read(current_chain)
        return Trust(
            vault=self.settings.origin,
            keys=(self.keys.records.public,),
            log=self.keys.log.verifier.vkey,
            retired=self.keys.retired,
            quorum=self.settings.witness_quorum,
            witnesses=tuple(self.settings.witness_keys.split()),
            chain=replace(chain, validators=self.settings.validators) if chain else None,
        )

    def close(self) -> None:
        """Finish what was begun, and let go of the database."""
        self._writer.close()
        while not self._readers.empty():
            self._readers.get().close()
        if self._at_hand:
            self._at_hand.close()

    def read_here(self, work: Callable[[Transaction], T]) -> T:
        """The same for who is in a thread of its own already."""
        connection = self._readers.get()
        try:
            with reading(connection) as transaction:
                return work(transaction)
        finally:
            self._readers.put(connection)

    def _uses(
        self, transaction: Transaction, batches: Sequence[Sequence[Asked | AnchorError]]
    ) -> list[list[Answer | Refusal | AnchorError]]:
        everything = [asked for batch in batches for asked in batch]
        answers = iter(answer_checked(everything, Stores.of(transaction), self.issuer, self.clock()))
        return [[next(answers) for _ in batch] for batch in batches]
