"""The outbox: an event and its deliveries are written in the transaction of what happened, or not at all."""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from vault.db import Row, Transaction

ACTIVE, DISABLED = "active", "disabled"
PENDING, DELIVERED, DEAD = "pending", "delivered", "dead"
ALL_KINDS = "*"
NAME_BYTES = 16


@dataclass(frozen=True, slots=True)
class Webhook:
    """An endpoint of a partner: where it is, what it wants to hear of, and how it does. Times in seconds."""

    id: bytes
    domain: str
    url: str
    kinds: tuple[str, ...]
    low_balance: int
    generation: int
    rotated: int | None
    state: str
    failing: int | None


class Outbox:
    """Events of one transaction, and who is to hear of them."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def announce(self, domain: str, kind: str, data: Mapping[str, Any], now: int) -> bytes:
        """Tell a partner, at all its endpoints that listen for this, that it happened; the event's name."""
        event = self._keep(domain, kind, data, now)
        self._transaction.run(
            """
            INSERT INTO deliveries (webhook, event, state, due, attempts, error)
            SELECT id, :event, :pending, :now, 0, '' FROM webhooks
            WHERE domain = :domain AND state = :active AND (kinds = :all OR kinds LIKE :kind)
            """,
            {
                "event": event,
                "pending": PENDING,
                "now": now,
                "domain": domain,
                "active": ACTIVE,
                "all": ALL_KINDS,
                "kind": f"% {kind} %",
            },
        )
        return event

    def ping(self, webhook: Webhook, kind: str, now: int) -> bytes:
        """Send an event to one endpoint, whatever it listens for."""
        event = self._keep(webhook.domain, kind, {}, now)
        self.send_again(webhook.id, [event], now)
        return event

    def listens(self, domains: list[str], kind: str) -> set[str]:
        """Which of these partners have an endpoint that listens for this."""
        if not domains:
            return set()
        rows = self._transaction.all(
            """
            SELECT DISTINCT domain FROM webhooks
            WHERE domain IN :domains AND state = :active AND (kinds = :all OR kinds LIKE :kind)
            """,
            {"domains": tuple(domains), "active": ACTIVE, "all": ALL_KINDS, "kind": f"% {kind} %"},
        )
        return {row[0] for row in rows}

    def fell_low(self, domain: str, before: int, after: int) -> bool:
        """Whether a balance in micros passed a line that the partner drew for one of its endpoints."""
        row = self._transaction.one(
            """
            SELECT id FROM webhooks WHERE domain = :domain AND low_balance > :after AND low_balance <= :before
            LIMIT 1
            """,
            {"domain": domain, "after": after, "before": before},
        )
        return row is not None

    def send_again(self, webhook: bytes, events: list[bytes], now: int) -> None:
        """Put events on their way to an endpoint once more."""
        self._transaction.run_many(
            """
            INSERT INTO deliveries (webhook, event, state, due, attempts, error)
            VALUES (:webhook, :event, :pending, :now, 0, '')
            """,
            [{"webhook": webhook, "event": event, "pending": PENDING, "now": now} for event in events],
        )

    def of_partner(self, domain: str, after: int, limit: int) -> list[Row]:
        """Row number, name, kind, data and time of a partner's events, oldest first."""
        return self._transaction.all(
            """
            SELECT id, name, kind, data, time FROM events
            WHERE domain = :domain AND id > :after ORDER BY id LIMIT :limit
            """,
            {"domain": domain, "after": after, "limit": limit},
        )

    def since(self, domain: str, since: int, limit: int) -> list[bytes]:
        """Names of a partner's events from a time on, in seconds."""
        rows = self._transaction.all(
            "SELECT name FROM events WHERE domain = :domain AND time >= :since ORDER BY id LIMIT :limit",
            {"domain": domain, "since": since, "limit": limit},
        )
        return [row[0] for row in rows]

    def is_of(self, event: bytes, domain: str) -> bool:
        """Whether this event was told to this partner, and is still kept."""
        row = self._transaction.one("SELECT domain FROM events WHERE name = :event", {"event": event})
        return row is not None and row[0] == domain

    def _keep(self, domain: str, kind: str, data: Mapping[str, Any], now: int) -> bytes:
        name = secrets.token_bytes(NAME_BYTES)
        self._transaction.run(
            """
            INSERT INTO events (name, domain, kind, data, time) VALUES (:name, :domain, :kind, :data, :time)
            """,
            {"name": name, "domain": domain, "kind": kind, "data": json.dumps(data), "time": now},
        )
        return name


_COLUMNS = "id, domain, url, kinds, low_balance, generation, rotated, state, failing"


class Webhooks:
    """The endpoints of one transaction."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def get(self, webhook: bytes) -> Webhook | None:
        """One endpoint."""
        row = self._transaction.one(
            f"SELECT {_COLUMNS} FROM webhooks WHERE id = :id",  # noqa: S608 - the columns above
            {"id": webhook},
        )
        return _read(row) if row else None

    def of_partner(self, domain: str) -> list[Webhook]:
        """A partner's endpoints, oldest first."""
        rows = self._transaction.all(
            f"SELECT {_COLUMNS} FROM webhooks WHERE domain = :domain ORDER BY created, id",  # noqa: S608 - see above
            {"domain": domain},
        )
        return [_read(row) for row in rows]

    def put(self, webhook: Webhook, now: int) -> bool:
        """Keep an endpoint as it is from here on; False if another partner's has this name."""
        kinds = f" {' '.join(webhook.kinds)} " if webhook.kinds else ALL_KINDS
        kept = self._transaction.run(
            """
            INSERT INTO webhooks
                (id, domain, url, kinds, low_balance, generation, rotated, state, failing, created)
            VALUES
                (:id, :domain, :url, :kinds, :low_balance, :generation, :rotated, :state, :failing, :now)
            ON CONFLICT (id) DO UPDATE SET
                url = excluded.url, kinds = excluded.kinds, low_balance = excluded.low_balance,
                generation = excluded.generation, rotated = excluded.rotated,
                state = excluded.state, failing = excluded.failing
            WHERE webhooks.domain = excluded.domain
            """,
            {
                "id": webhook.id,
                "domain": webhook.domain,
                "url": webhook.url,
                "kinds": kinds,
                "low_balance": webhook.low_balance,
                "generation": webhook.generation,
                "rotated": webhook.rotated,
                "state": webhook.state,
                "failing": webhook.failing,
                "now": now,
            },
        )
        return bool(kept)

    def remove(self, webhook: bytes) -> None:
        """Forget an endpoint, and what was on its way to it."""
        self._transaction.run("DELETE FROM deliveries WHERE webhook = :id", {"id": webhook})
        self._transaction.run("DELETE FROM webhooks WHERE id = :id", {"id": webhook})

    def fare(self, webhook: bytes, state: str, failing: int | None) -> None:
        """Keep how an endpoint does."""
        self._transaction.run(
            "UPDATE webhooks SET state = :state, failing = :failing WHERE id = :id",
            {"id": webhook, "state": state, "failing": failing},
        )


def _read(row: Row) -> Webhook:
    name, domain, url, kinds, *rest = row
    return Webhook(name, domain, url, () if kinds == ALL_KINDS else tuple(kinds.split()), *rest)
