"""What a worker tells Prometheus: each duty, how long it took, how it ended, when it last ended well.

How the vault stands, its queue, its lag and its books, is told by the service, which reads
it from the database: it is the same whoever asks.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, start_http_server

SECONDS = (0.005, 0.02, 0.1, 0.5, 2, 10, 60)


class DutyMetrics:
    """The figures of one worker, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._seconds = Histogram(
            "planetvault_duty_seconds",
            "Duties that ended well, by how long they took.",
            ("duty",),
            buckets=SECONDS,
            registry=self.registry,
        )
        self._failures = Counter(
            "planetvault_duty_failures",
            "Duties that did not: failed, or elsewhere if another worker has them.",
            ("duty", "outcome"),
            registry=self.registry,
        )
        self._done_at = Gauge(
            "planetvault_duty_done_timestamp_seconds",
            "When a duty last ended well.",
            ("duty",),
            registry=self.registry,
        )

        self._anchors_left = Gauge(
            "planetvault_chain_anchors_left",
            "Anchors that the chain's account can still pay for; infinite where the chain asks nothing.",
            registry=self.registry,
        )
        self._anchors_left.set(float("inf"))
        self._disagreements = Counter(
            "planetvault_chain_disagreements",
            "How often two nodes of the chain contradicted each other.",
            registry=self.registry,
        )

    def anchors_left(self, count: int | None) -> None:
        """Tell how long the account lasts; None: for ever."""
        self._anchors_left.set(float("inf") if count is None else count)

    def disagreed(self) -> None:
        """Count that two nodes told two stories."""
        self._disagreements.inc()

    def done(self, duty: str, seconds: float) -> None:
        """Count a duty that ended well."""
        self._seconds.labels(duty).observe(seconds)
        self._done_at.labels(duty).set(time.time())

    def failed(self, duty: str, outcome: str) -> None:
        """Count one that did not."""
        self._failures.labels(duty, outcome).inc()


@contextmanager
def watched(metrics: DutyMetrics, host: str, port: int) -> Iterator[int]:
    """Answer Prometheus while the block lasts; on which port, 0 if nowhere."""
    if not port:
        yield 0
        return
    server, thread = start_http_server(port, host, metrics.registry)
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
