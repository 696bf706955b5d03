"""Answer HTTP until told to stop; then say so, let requests go elsewhere, finish what began, and end.

::

    SIGTERM ── /readyz answers 503 ── drain_seconds ── no new connections ── what runs is finished ── end
    again   ── at once to "no new connections"

A load balancer looks at ``/readyz`` every few seconds: until it has looked, requests
still come, and are answered.
"""

import gc
import time
from collections.abc import Sequence
from types import FrameType

import uvicorn
from fastapi import FastAPI

from vault.connection import Connection

FINISH_SECONDS = 20
"""How long what runs may take to finish: under the half minute that compose and Kubernetes wait."""
CONNECTIONS_MAX = 1000
"""At once, in one process. Whoever comes then is answered 503."""

COLLECTED_AFTER = (20_000, 50, 100)
"""New objects after which the collector looks for circles. A use makes hundreds of objects, and no circle."""


class Server(uvicorn.Server):
    """Uvicorn, which leaves a moment between saying that it ends and ending."""

    def __init__(self, config: uvicorn.Config, app: FastAPI, drain_seconds: float) -> None:
        super().__init__(config)
        self._app, self._drain_seconds = app, drain_seconds
        self._ends_at: float | None = None

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """The first signal begins to drain, the second ends at once."""
        if self._ends_at is None and self._drain_seconds and self.started:
            self._ends_at = time.monotonic() + self._drain_seconds
            self._app.state.vault.readiness.leave()
            return
        super().handle_exit(sig, frame)

    async def on_tick(self, counter: int) -> bool:
        """Whether it is time to end; asked ten times a second."""
        ends = await super().on_tick(counter)
        return ends or (self._ends_at is not None and time.monotonic() >= self._ends_at)


def serve(app: FastAPI, host: str, port: int, *, drain_seconds: float, proxies: Sequence[str]) -> None:
    """Answer at this address until a signal ends it.

    ``proxies`` are the addresses and networks whose word on where a request came from is believed.
    """
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        log_level="warning",
        access_log=False,
        limit_concurrency=CONNECTIONS_MAX,
        http=Connection,
        timeout_graceful_shutdown=FINISH_SECONDS,
        proxy_headers=bool(proxies),
        forwarded_allow_ips=list(proxies),
    )
    _keep_what_is_loaded()
    Server(config, app, drain_seconds).run()


def _keep_what_is_loaded() -> None:
    """Modules and routes stay until the end: the collector need not look through them again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECTED_AFTER)
