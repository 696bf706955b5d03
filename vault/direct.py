"""A way past the routing of all others, for the one route that is asked thousands of times a second.

FastAPI looks at route after route, and makes room for dependencies in every request. A use needs
neither, and would pay as much for them as for its signature. Its route is declared like the others,
so that it has its page, its line in the metrics and the same refusals.
"""

from fastapi import APIRouter, Request
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from anchor.errors import AnchorError
from vault.errors import VaultError
from vault.http import render


class Direct:
    """In front of all routers: what is for the one route of this one goes to its endpoint as it came."""

    def __init__(self, app: ASGIApp, router: APIRouter) -> None:
        (route,) = (one for one in router.routes if isinstance(one, Route))
        self._app, self._route, self._methods = app, route, frozenset(route.methods or ())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one ASGI connection."""
        if not self._is_for_us(scope):
            await self._app(scope, receive, send)
            return
        scope["route"] = self._route
        request = Request(scope, receive)
        try:
            response = await self._route.endpoint(request)
        except (VaultError, AnchorError) as error:
            response = render(request, error)
        await response(scope, receive, send)

    def _is_for_us(self, scope: Scope) -> bool:
        here = scope["type"] == "http" and scope["path"] == self._route.path
        return here and scope["method"] in self._methods
