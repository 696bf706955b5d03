"""The worker's part: tell partners of committed receipts, and carry what is due to their servers.

(1) A delivery is claimed by moving its time forward, so that other workers leave it alone; whoever dies
    with it in hand leaves it to the next.
(2) It is signed for this try and sent, without any transaction open.
(3) What came of it is kept: arrived, tried again later, or given up.

So an event may arrive twice, and never be lost: a partner knows it by its ``webhook-id``.
"""

import json
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime

from anchor.encoding import to_base64url
from vault.db import Connection, Row, Transaction, writing
from vault.egress import AddressRefused, Egress, NoAnswer
from vault.webhooks import rules
from vault.webhooks.deliveries import Deliveries, Due
from vault.webhooks.rules import Attempt
from vault.webhooks.store import ACTIVE, DISABLED, Outbox, Webhooks
from vault.wire import moment

ROUND_MAX = 64
AT_ONCE = 16
CLAIM_SECONDS = 120
"""Longer than a whole round can take: ROUND_MAX / AT_ONCE times the deadline of a request."""
ANSWER_BYTES_MAX = 1024
GRANTS_MAX = 100
"""Grants in one event, which stays below the 20 kB of Standard Webhooks."""
ENTRIES_MAX = 5000
"""Log entries told of in one transaction."""
RETRY_DIGITS_MAX = 6
_LOG = "log"


def event_name(name: bytes) -> str:
    """An event as it is called on the wire."""
    return f"evt_{to_base64url(name)}"


@dataclass(frozen=True, slots=True)
class Courier:
    """Carries events to partners' servers. ``root`` is what their secrets are derived from."""

    egress: Egress
    root: bytes
    mode: str
    clock: Callable[[], datetime]

    def deliver(self, connection: Connection) -> dict[str, int]:
        """Try what is due, once each; how much arrived, and how much did not."""
        now = int(self.clock().timestamp())
        with writing(connection) as transaction:
            deliveries = Deliveries(transaction)
            found = deliveries.due(now, ROUND_MAX)
            claimed = [one for one in found if deliveries.claim(one, now + CLAIM_SECONDS)]
        if not claimed:
            return {}
        with ThreadPoolExecutor(min(AT_ONCE, len(claimed)), "courier") as threads:
            attempts = list(threads.map(self._try, claimed))
        with writing(connection) as transaction:
            for one, attempt in zip(claimed, attempts, strict=True):
                self._settle(transaction, one, attempt)
        arrived = sum(attempt.arrived for attempt in attempts)
        return {"arrived": arrived, "failed": len(attempts) - arrived}

    def _try(self, one: Due) -> Attempt:
        now = int(self.clock().timestamp())
        body = rules.payload(one.kind, moment(one.time), self.mode, json.loads(one.data))
        signing = [
            rules.secret(self.root, one.webhook, generation, one.domain)
            for generation in rules.generations(one.generation, one.rotated, now)
        ]
        headers = rules.headers(event_name(one.event), body, signing, now)
        try:
            answer = self.egress.send("POST", one.url, headers, body, most=ANSWER_BYTES_MAX)
        except (AddressRefused, NoAnswer) as error:
            return Attempt(None, str(error))
        return Attempt(answer.status, retry_after=_seconds(answer.headers.get("retry-after", "")))

    def _settle(self, transaction: Transaction, one: Due, attempt: Attempt) -> None:
        now, chance = int(self.clock().timestamp()), secrets.randbelow(1001) / 1000
        deliveries, webhooks = Deliveries(transaction), Webhooks(transaction)
        due = None if attempt.arrived else rules.next_try(one.attempts + 1, attempt, now, chance)
        deliveries.settle(one, attempt, due, now)
        if rules.is_given_up(one.failing, attempt, now):
            webhooks.fare(one.webhook, DISABLED, one.failing or now)
            deliveries.give_up(one.webhook)
        elif attempt.arrived:
            webhooks.fare(one.webhook, ACTIVE, None)
        else:
            webhooks.fare(one.webhook, ACTIVE, one.failing or now)


def _seconds(retry_after: str) -> int:
    usable = retry_after.isascii() and retry_after.isdigit() and len(retry_after) <= RETRY_DIGITS_MAX
    return int(retry_after) if usable else 0


def announced_size(transaction: Transaction) -> int:
    """How many of the log's entries partners were told of."""
    row = transaction.one("SELECT size FROM announced WHERE name = :name", {"name": _LOG})
    return row[0] if row else 0


def announce_receipts(transaction: Transaction, published: int, now: int) -> int:
    """Tell partners of their receipts up to this published size of the log, together; how many there were.

    Uses write nothing for this: what the log took in since the last time is the outbox.
    """
    since = announced_size(transaction)
    size = min(published, since + ENTRIES_MAX)
    if size <= since:
        return 0
    rows = transaction.all(
        """
        SELECT g.partner, r.grant_hash, MIN(r.seq), MAX(r.seq), COUNT(*)
        FROM log_entries e JOIN receipts r ON r.id = e.receipt JOIN grants g ON g.hash = r.grant_hash
        WHERE e.position >= :since AND e.position < :size
        GROUP BY g.partner, r.grant_hash ORDER BY g.partner, r.grant_hash
        """,
        {"since": since, "size": size},
    )
    outbox = Outbox(transaction)
    for domain in sorted(outbox.listens(sorted({row[0] for row in rows}), rules.RECEIPTS_COMMITTED)):
        grants = [_told(row) for row in rows if row[0] == domain]
        for first in range(0, len(grants), GRANTS_MAX):
            data = {"grants": grants[first : first + GRANTS_MAX], "size": size}
            outbox.announce(domain, rules.RECEIPTS_COMMITTED, data, now)
    transaction.run(
        """
        INSERT INTO announced (name, size) VALUES (:name, :size)
        ON CONFLICT (name) DO UPDATE SET size = excluded.size
        """,
        {"name": _LOG, "size": size},
    )
    return sum(int(row[4]) for row in rows)


def _told(row: Row) -> dict[str, object]:
    _, grant, first, last, _ = row
    return {"grant": to_base64url(grant), "first": first, "last": last}
