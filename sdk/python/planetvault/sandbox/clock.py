"""The time as a test vault has it, which partners may push ahead of the world's."""

import time
from datetime import datetime, timedelta

import httpx2

from planetvault.answers import read_answer
from planetvault.errors import Unreachable
from planetvault.http import Clock, system_clock

LOOK_SECONDS = 1.0
ANSWER_SECONDS = 10.0


class VaultClock:
    """The clock of a test vault: for ``Partner.open(url, memory, clock=VaultClock(url))``.

    Raises:
        Unreachable: when it is asked, if the vault does not answer.
    """

    def __init__(
        self, url: str, *, clock: Clock = system_clock, transport: httpx2.BaseTransport | None = None
    ) -> None:
        self._http = httpx2.Client(base_url=url, transport=transport, timeout=ANSWER_SECONDS, trust_env=False)
        self._clock, self._ahead, self._looked = clock, timedelta(0), -LOOK_SECONDS

    def __call__(self) -> datetime:
        """The vault's time, asking now and then how far ahead it is."""
        if time.monotonic() - self._looked >= LOOK_SECONDS:
            self.look()
        return self._clock() + self._ahead

    def look(self) -> None:
        """Ask now."""
        try:
            answer = self._http.get("/v1/test/clock")
            answer.raise_for_status()
        except httpx2.HTTPError as error:
            raise Unreachable("the vault does not tell its time: is it in test mode?") from error
        self._ahead = timedelta(seconds=read_answer(answer.content).integer("ahead"))
        self._looked = time.monotonic()
