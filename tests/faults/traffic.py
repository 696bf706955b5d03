"""Partners that use and use, while what they talk to dies: what they were given, they remember."""

import random
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx2

from anchor.records.consent import Grant
from anchor.records.signed import Signed
from tests.vault.world import Item, World

SENDERS = 4
BATCHES = (1, 1, 5, 20)
PAUSE_SECONDS = 0.05
"""Between two requests of a sender: the load is for being killed under, not for measuring."""
WAIT_SECONDS = 20
AGAIN_MAX = 500
"""Uses asked again at once."""


@dataclass
class Traffic:
    """One grant's uses; ``acknowledged`` maps each to its receipt, ``unanswered`` may have one."""

    world: World
    grant: Signed[Grant]
    item: Item
    urls: Sequence[str]
    acknowledged: dict[str, str] = field(default_factory=dict)
    unanswered: set[str] = field(default_factory=set)
    contradictions: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _until: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def flowing(self) -> Iterator[None]:
        """Senders send from all sides for as long as the block lasts."""
        threads = [threading.Thread(target=self._send_on, daemon=True) for _ in range(SENDERS)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._until.set()
            for thread in threads:
                thread.join()

    def _send_on(self) -> None:
        with httpx2.Client(timeout=WAIT_SECONDS, trust_env=False) as http:
            while not self._until.wait(PAUSE_SECONDS):
                self.send(http, self._again() or self._new())

    def _new(self) -> list[str]:
        count = random.choice(BATCHES)  # noqa: S311 - it guards nothing
        return [self.world.use(self.grant, [self.item]).text for _ in range(count)]

    def _again(self) -> list[str]:
        """Now and then, what nobody answered: a partner asks again until somebody does."""
        if random.random() < 0.7:  # noqa: S311 - it guards nothing
            return []
        with self._lock:
            return list(self.unanswered)[:AGAIN_MAX]

    def send(self, http: httpx2.Client, uses: list[str]) -> None:
        """Send a batch to either service, and keep what came of it."""
        url = random.choice(self.urls)  # noqa: S311 - it guards nothing
        try:
            answers = http.post(f"{url}/v1/uses", json={"uses": uses}).raise_for_status().json()["answers"]
        except (httpx2.HTTPError, ValueError, KeyError):
            answers = [{}] * len(uses)
        with self._lock:
            for use, answer in zip(uses, answers, strict=True):
                self._keep(use, answer)

    def _keep(self, use: str, answer: dict[str, Any]) -> None:
        receipt = answer.get("receipt")
        if receipt is None:
            if use not in self.acknowledged:
                self.unanswered.add(use)
            return
        if self.acknowledged.setdefault(use, receipt) != receipt:
            self.contradictions.append(use)
        self.unanswered.discard(use)

    def ask_all_again(self) -> None:
        """Ask for what is still unanswered, until all of it is.

        Raises:
            AssertionError: if a vault that is well again does not answer one.
        """
        with httpx2.Client(timeout=WAIT_SECONDS * 3, trust_env=False) as http:
            for _ in range(1 + 2 * len(self.unanswered) // AGAIN_MAX):
                self.send(http, list(self.unanswered)[:AGAIN_MAX])
        assert not self.unanswered, f"{len(self.unanswered)} uses stay unanswered"
