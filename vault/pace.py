"""Around every request: it is refused if it comes too soon, and charged to somebody when it is answered.

Each request is charged once: to the owner or partner that it proved to come from, or else to
the address it came from. So nobody can spend what is another's by naming it, and guessing costs
the one who guesses. A use costs one for each use in the request. Every answer says what is left
(RateLimit and RateLimit-Policy); one that comes too soon is refused with 429 and ``Retry-After``, and
is not charged.
"""

from ipaddress import ip_address
from typing import Any

from fastapi import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from vault.errors import TooManyRequests
from vault.http import render
from vault.rates import Charge, Rates

UNCHARGED = frozenset({"/livez", "/readyz", "/metrics"})
"""A load balancer and a monitor ask as often as they were told to."""
NETWORK_BITS = 64
"""An IPv6 customer has so long a prefix to itself, and any number of addresses under it."""


class Paced:
    """Paces a whole app."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one ASGI connection."""
        if scope["type"] != "http" or scope["path"] in UNCHARGED:
            await self._app(scope, receive, send)
            return
        rates: Rates = scope["app"].state.vault.rates
        charge = scope["state"]["charge"] = Charge(rates.address, address_of(scope))
        charged = False

        async def send_charged(message: Message) -> None:
            nonlocal charged
            if message["type"] == "http.response.start" and not charged:
                charged = True
                message["headers"] = [*message["headers"], *charge.buckets.take(charge.caller, charge.weight)]
            await send(message)

        try:
            charge.buckets.verify(charge.caller)
        except TooManyRequests as error:
            await render(Request(scope), error)(scope, receive, send)
            return
        try:
            await self._app(scope, receive, send_charged)
        finally:
            if not charged:  # whoever hangs up first pays too
                charge.buckets.take(charge.caller, charge.weight)


def address_of(scope: Scope) -> object:
    """Where a request comes from: an IPv4 address, or the network that an IPv6 address is of."""
    client: Any = scope.get("client")
    host = client[0] if client else ""
    if ":" not in host:
        return host
    try:
        return int(ip_address(host.partition("%")[0])) >> NETWORK_BITS
    except ValueError:
        return host
