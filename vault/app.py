"""Settings in, app out. Nothing runs at import."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from functools import cache
from typing import Any

import structlog
from fastapi import APIRouter, FastAPI, Response
from fastapi.telemetry import TelemetryConfig
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.routing import BaseRoute

from vault import shown
from vault.accounts.api import router as accounts
from vault.afterwards.api import router as afterwards
from vault.arrivals.api import router as arrivals
from vault.asks.api import router as asks
from vault.blobs.api import router as blobs
from vault.counters.api import router as counters
from vault.db import DRIVER_ERRORS, Transaction
from vault.deletions.api import router as deletions
from vault.direct import Direct
from vault.disputes.api import router as disputes
from vault.errors import Unavailable
from vault.evidence.api import router as evidence
from vault.grants.api import router as grants
from vault.http import REFUSALS, Frame, Operator, Running, install_problems
from vault.items.api import router as items
from vault.log.api import router as log
from vault.log.guard import verify_running
from vault.logins.api import router as logins
from vault.metrics import Measured
from vault.offers.api import router as offers
from vault.openapi import DescribedAPI, operation_name
from vault.openings.api import router as openings
from vault.pace import Paced
from vault.pairings.api import router as pairings
from vault.partners.api import router as partners
from vault.payments.api import router as payments
from vault.payouts.api import router as payouts
from vault.payouts.distribution_api import router as distributions
from vault.pools.api import router as pools
from vault.readiness import LOOK_SECONDS, verify_schema
from vault.receipts.api import router as receipts
from vault.rewards.api import router as rewards
from vault.sandbox.api import router as sandbox
from vault.service import Service, now_utc
from vault.settings import Settings
from vault.uses.api import router as uses
from vault.web.api import router as web
from vault.web.reference_api import router as reference
from vault.webhooks.api import router as webhooks

VERSION = "0.1.0"
ABOUT = """
Sealed items in, signed receipts out. Everything that matters travels as a signed record, whose
formats are in docs/spec; owners hold sessions, partners sign requests, uses carry their own signature.
"""

WITHOUT_TELEMETRY: TelemetryConfig = {"tracing": False, "metrics": False, "logs": False}
"""What a vault counts is in ``vault/metrics.py``; nothing else leaves it, whatever its environment says."""

logger = structlog.get_logger()
about = APIRouter(tags=["vault"])


@about.get("/v1/vault", response_model=shown.Vault)
async def show_vault(service: Running) -> dict[str, Any]:
    """The terms every grant of this vault has in common."""
    return {
        "vault": service.settings.origin,
        "currency": service.settings.currency,
        "fee": service.settings.fee,
        "log": service.keys.log.name,
        "mode": service.settings.mode,
    }


@about.get(
    "/v1/trust",
    response_class=Response,
    responses=shown.as_it_is(
        "application/json", {"vault": "vault.example", "keys": [shown.HASH], "quorum": 0}
    ),
)
async def show_trust(service: Running) -> Response:
    """The trust file: pin it once, from a place you believe."""
    return Response(bytes(await service.trust()), media_type="application/json")


@about.get("/livez", response_model=shown.Live)
async def show_liveness() -> dict[str, bool]:
    """The process answers."""
    return {"live": True}


@about.get("/readyz", response_model=shown.Ready)
async def show_readiness(service: Running) -> dict[str, bool]:
    """The process can do its work: the database answers, has this version's schema, and may be written to."""
    service.readiness.verify_staying()
    try:
        await service.read(_verify_ready)
    except DRIVER_ERRORS as error:
        raise Unavailable("the database does not answer, or has other tables") from error
    service.readiness.verify_writable()
    return {"ready": True}


@about.get(
    "/metrics",
    dependencies=[Operator],
    response_class=Response,
    responses=shown.as_it_is("text/plain", "vault_log_size 12"),
)
async def show_metrics(service: Running) -> Response:
    """What this process counted, and how the vault stands, for Prometheus with the operator's token."""
    now = int(service.clock().timestamp())
    await service.read(lambda transaction: service.metrics.look(transaction, now))
    return Response(service.metrics.text(), media_type=CONTENT_TYPE_LATEST)


def _verify_ready(transaction: Transaction) -> None:
    verify_schema(transaction)
    verify_running(transaction)
    transaction.one("SELECT size FROM log_heads LIMIT 1")


async def _look_again(service: Service) -> None:
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        before = service.readiness.reason
        now = await asyncio.to_thread(service.look)
        if now != before:
            logger.critical("whether this vault writes has changed", reason=now)


@cache
def _routes() -> list[BaseRoute]:
    """The routes of the interface, the same in every app: they cost as much as fifty requests."""
    every = APIRouter(responses=REFUSALS, generate_unique_id_function=operation_name)
    for router in (
        *(about, uses, accounts, logins, pairings, arrivals, openings, items, deletions, blobs, asks),
        *(offers, counters, grants, receipts, pools, afterwards, partners, webhooks, evidence, payments),
        *(disputes, payouts, rewards),
        *(distributions, log, reference, sandbox),
    ):
        every.include_router(router)
    return every.routes


def create_app(settings: Settings, clock: Callable[[], datetime] = now_utc) -> FastAPI:
    """The service as an ASGI app. It opens the database when it starts, and closes it when it stops."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        service = app.state.vault = Service(settings, clock)
        if service.readiness.reason:
            logger.critical("nothing is written", reason=service.readiness.reason)
        looking = asyncio.create_task(_look_again(service))
        yield
        looking.cancel()
        await asyncio.gather(looking, return_exceptions=True)
        service.close()

    app = DescribedAPI(
        title="Planet Vault",
        version=VERSION,
        description=ABOUT,
        lifespan=lifespan,
        redirect_slashes=False,
        routes=_routes(),
        docs_url=None,  # its page loads scripts from another origin; ours is vault/web/reference.py
        redoc_url=None,
        telemetry=WITHOUT_TELEMETRY,
    )
    app.include_router(web)  # of each app its own: its files can be overridden
    install_problems(app)
    app.add_middleware(Direct, router=uses)
    app.add_middleware(Paced)
    app.add_middleware(Frame)
    app.add_middleware(Measured)
    return app
