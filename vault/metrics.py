"""``/metrics`` for Prometheus: what this process answered, and how the vault stands.

No label holds anything that came from outside, a domain, an account or an id: routes are
the templates they were declared with, codes are words of ours. Counting costs a use some
microseconds; what the database is asked for, it is asked at the scrape, by a reader.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from vault.db import Transaction
from vault.errors import code_of
from vault.log.destination import current_chain
from vault.log.store import AnchorRecords
from vault.payments.ledger import FEE, OUTSIDE

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
SECONDS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)
FINAL = "final"
BOOKS_SECONDS = 600
"""How long a difference in the books may go unseen: the count reads every transfer."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How the vault stands: sizes in entries, ages in seconds."""

    queue: int
    queue_age: int
    log: int
    published: int
    anchored: int
    anchor_lag: int
    halted: int


def standing(transaction: Transaction, now: int) -> Standing:
    """Read how the vault stands, at ``now`` in seconds."""
    size, published = transaction.one("SELECT size, published FROM log_heads") or (0, 0)
    anchored = AnchorRecords(transaction, current_chain(transaction)).reached(FINAL)
    return Standing(
        queue=_number(transaction, "SELECT COUNT(*) FROM log_queue"),
        queue_age=_age(now, _number(transaction, _OLDEST_QUEUED)),
        log=size,
        published=published,
        anchored=anchored,
        anchor_lag=_age(now, _number(transaction, _OLDEST_UNANCHORED, anchored)),
        halted=_number(transaction, "SELECT COUNT(*) FROM log_halts"),
    )


_OLDEST_QUEUED = """
    SELECT MIN(r.time) FROM (SELECT entry FROM log_queue ORDER BY id LIMIT 100) q
    JOIN receipts r ON r.hash = substr(q.entry, 2)
    """
_OLDEST_UNANCHORED = "SELECT MIN(time) FROM checkpoints WHERE size > :size"


def _number(transaction: Transaction, sql: str, size: int = 0) -> int:
    row = transaction.one(sql, {"size": size} if ":size" in sql else {})
    return int(row[0] or 0) if row else 0


def _age(now: int, since: int) -> int:
    return max(0, now - since) if since else 0


def books_difference(transaction: Transaction) -> int:
    """Micros by which the balances kept differ from all transfers together; 0 if the books are in order.

    Every transfer leaves one account for another, so all accounts sum to zero: what the
    balances and escrows hold, the fee and the outside must lack.
    """
    kept = _number(transaction, "SELECT SUM(amount) FROM balances")
    kept += _number(transaction, "SELECT SUM(escrow) FROM grant_chains")
    row = transaction.one(
        """
        SELECT COALESCE(SUM(CASE WHEN credit IN :open THEN amount ELSE 0 END), 0)
             - COALESCE(SUM(CASE WHEN debit IN :open THEN amount ELSE 0 END), 0) FROM transfers
        """,
        {"open": (FEE, OUTSIDE)},
    )
    return kept + int(row[0] if row else 0)


class Metrics:
    """The figures of one process, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._seconds = Histogram(
            "planetvault_request_seconds",
            "Requests by route and status.",
            ("method", "route", "status"),
            buckets=SECONDS,
            registry=self.registry,
        )
        self._uses = Counter(
            "planetvault_uses", "Uses by what became of them.", ("outcome",), registry=self.registry
        )
        self._allowed = self._uses.labels("allowed")
        self._timing = cache(lambda method, route, status: self._seconds.labels(method, route, str(status)))
        self._gauges = {
            name: Gauge(f"planetvault_{name}", about, registry=self.registry) for name, about in _GAUGES
        }
        self._books_at = -float(BOOKS_SECONDS)

    def request(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one answered request."""
        method = method if method in METHODS else "other"
        self._timing(method, route, status).observe(seconds)

    def uses(self, answers: Sequence[object]) -> None:
        """Count uses that were allowed, and those refused by the word for why."""
        refused = [code_of(answer) for answer in answers if isinstance(answer, Exception)]
        if allowed := len(answers) - len(refused):
            self._allowed.inc(allowed)
        for code in refused:
            self._uses.labels(code).inc()

    def look(self, transaction: Transaction, now: int) -> None:
        """Read how the vault stands, and every ten minutes whether its books are in order."""
        found = standing(transaction, now)
        for name, value in _values(found):
            self._gauges[name].set(value)
        if time.monotonic() - self._books_at >= BOOKS_SECONDS:
            self._gauges["books_difference_micros"].set(books_difference(transaction))
            self._books_at = time.monotonic()

    def text(self) -> bytes:
        """Everything, in Prometheus' text format."""
        return generate_latest(self.registry)


_GAUGES = (
    ("queue_entries", "Entries that wait for the log."),
    ("queue_age_seconds", "How long the oldest receipt among them waits."),
    ("log_entries", "Size of the log."),
    ("published_entries", "Size of the newest published checkpoint."),
    ("anchored_entries", "Size of the newest checkpoint that is final on the chain."),
    ("anchor_lag_entries", "Published entries that no final anchor covers."),
    ("anchor_lag_seconds", "Age of the oldest checkpoint that no final anchor covers."),
    ("halts", "Reasons for which the log is halted."),
    ("books_difference_micros", "Balances kept against all transfers: must be 0."),
)


def _values(found: Standing) -> Iterator[tuple[str, int]]:
    yield "queue_entries", found.queue
    yield "queue_age_seconds", found.queue_age
    yield "log_entries", found.log
    yield "published_entries", found.published
    yield "anchored_entries", found.anchored
    yield "anchor_lag_entries", max(0, found.published - found.anchored)
    yield "anchor_lag_seconds", found.anchor_lag
    yield "halts", found.halted


class Measured:
    """Around the whole app: how long each request took, by the route that answered."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one ASGI connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun, status = time.perf_counter(), 499

        async def send_measured(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, send_measured)
        finally:
            route = getattr(scope.get("route"), "path", "none")
            metrics: Metrics = scope["app"].state.vault.metrics
            metrics.request(scope["method"], route, status, time.perf_counter() - begun)
