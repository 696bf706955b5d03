"""The reference over HTTP: a page and a style, under a policy that lets nothing run."""

from functools import cache
from importlib.resources import files
from typing import Any

from fastapi import APIRouter, Request, Response

from vault.web.packaged import File, as_file
from vault.web.reference import page_of
from vault.web.sending import ASK_AGAIN, send_file

router = APIRouter(include_in_schema=False)

HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
}


@router.get("/docs")
async def show_reference(request: Request) -> Response:
    """Every route with what it takes and answers."""
    app: Any = request.app
    if not hasattr(app.state, "reference"):
        app.state.reference = as_file("reference.html", page_of(app.openapi()).encode())
    return send_file(app.state.reference, request, HEADERS, ASK_AGAIN)


@router.get("/docs/reference.css")
async def show_style(request: Request) -> Response:
    """How the page looks."""
    return send_file(_style(), request, HEADERS, ASK_AGAIN)


@cache
def _style() -> File:
    return as_file("reference.css", (files("vault.web") / "reference.css").read_bytes())
