"""The app over HTTP: a page, its scripts, and the rules under which a browser runs them."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request, Response

from vault.errors import NotFound
from vault.web.packaged import MANIFEST, NOTE, PAGE, WORKER, File, packaged
from vault.web.sending import ASK_AGAIN, FOR_EVER, send_file

router = APIRouter(include_in_schema=False)

NAME_MAX = 100

_RULES = (
    "default-src 'none'",
    "script-src 'self' 'wasm-unsafe-eval'",  # Argon2id is WebAssembly
    "style-src 'self'",
    "img-src 'self' data: blob:",
    "connect-src 'self'",
    "worker-src 'self'",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types svelte-trusted-html planetvault",
)
POLICY = "; ".join(_RULES)
"""CSP Level 3 and Trusted Types: nothing from anywhere else, nothing inline, no text that becomes code."""

HEADERS = {
    "content-security-policy": POLICY,
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-embedder-policy": "require-corp",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()",
}


App = Annotated[Mapping[str, File], Depends(packaged)]


@router.get("/")
async def show_page(app: App, request: Request) -> Response:
    """The page that is the app."""
    return _answer(app, PAGE, request, ASK_AGAIN)


@router.get("/sw.js")
async def show_worker(app: App, request: Request) -> Response:
    """The service worker; a browser asks for it again at every visit."""
    return _answer(app, WORKER, request, ASK_AGAIN)


@router.get("/app.json")
async def show_manifest(app: App, request: Request) -> Response:
    """The hashes of all files of the app."""
    return _answer(app, MANIFEST, request, ASK_AGAIN)


@router.get("/app.note")
async def show_signature(app: App, request: Request) -> Response:
    """Who released this version of the app; 404 if nobody signed it."""
    return _answer(app, NOTE, request, ASK_AGAIN)


@router.get("/app.webmanifest")
async def show_description(app: App, request: Request) -> Response:
    """How the app looks when it is installed."""
    return _answer(app, "app.webmanifest", request, ASK_AGAIN)


@router.get("/icon{name}")
async def show_icon(app: App, request: Request, name: Annotated[str, Path(max_length=NAME_MAX)]) -> Response:
    """An icon."""
    return _answer(app, f"icon{name}", request, ASK_AGAIN)


@router.get("/assets/{name}")
async def show_asset(app: App, request: Request, name: Annotated[str, Path(max_length=NAME_MAX)]) -> Response:
    """A script or a style. Its name holds a hash of it, so it never changes."""
    return _answer(app, f"assets/{name}", request, FOR_EVER)


def _answer(app: Mapping[str, File], name: str, request: Request, caching: str) -> Response:
    if not app:
        raise NotFound("this vault was built without its app: make app")
    if name not in app:
        raise NotFound("the app has no such file")
    return send_file(app[name], request, HEADERS, caching)
