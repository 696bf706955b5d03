"""The app's packaged files, read once, each held against the manifest that was built with them."""

import gzip
import json
import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.resources import files
from importlib.resources.abc import Traversable

from vault.errors import VaultError

MANIFEST = "app.json"
PAGE = "index.html"
WORKER = "sw.js"
NOTE = "app.note"
_UNLISTED = (MANIFEST, WORKER, NOTE)
"""What the manifest can't name: itself, what names it, and who signed it."""
ASSETS = files("vault.web") / "assets"
GZIP_LEVEL = 9
GAINS = 0.95
"""A file that gzip leaves above this part of its size goes out as it is."""

_TYPES = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".webmanifest": "application/manifest+json",
    ".svg": "image/svg+xml",
    ".json": "application/json",
    ".wasm": "application/wasm",
    ".note": "text/plain; charset=utf-8",
}


class AppBroken(VaultError):
    """The packaged app is not what its manifest says. It is not served, and the vault does not start."""

    code = "app-broken"


@dataclass(frozen=True, slots=True)
class File:
    """One file as it goes out."""

    content: bytes
    compressed: bytes | None
    media_type: str
    etag: str


def read_app(folder: Traversable | None = None) -> Mapping[str, File]:
    """Every file of the app by its name; empty where this vault was built without it.

    Raises:
        AppBroken: if a file is missing, changed, or not in the manifest.
    """
    folder = ASSETS if folder is None else folder
    if not (folder / MANIFEST).is_file():
        return {}
    manifest = (folder / MANIFEST).read_bytes()
    named: dict[str, str] = json.loads(manifest)["files"]
    found = {name: content for name, content in _contents(folder) if name not in _UNLISTED}
    if odd := found.keys() ^ named.keys():
        raise AppBroken(
            f"{len(odd)} files of the app are not those of its manifest, {min(odd)} for one: build it again"
        )
    for name, content in found.items():
        if sha256(content).hexdigest() != named[name]:
            raise AppBroken(f"the app's file {name} is not the one of its manifest")
    worker = (folder / WORKER).read_bytes()
    if sha256(manifest).hexdigest().encode() not in worker:
        raise AppBroken("the app's service worker belongs to another manifest")
    found |= {MANIFEST: manifest, WORKER: worker}
    if (folder / NOTE).is_file():
        found[NOTE] = (folder / NOTE).read_bytes()
    return {name: as_file(name, content) for name, content in found.items()}


@cache
def packaged() -> Mapping[str, File]:
    """This vault's app, read at the first need and kept: some hundred kilobytes."""
    return read_app()


def _contents(folder: Traversable, prefix: str = "") -> list[tuple[str, bytes]]:
    contents = []
    for entry in folder.iterdir():
        name = prefix + entry.name
        contents += _contents(entry, f"{name}/") if entry.is_dir() else [(name, entry.read_bytes())]
    return contents


def as_file(name: str, content: bytes) -> File:
    """A file of this name as it goes out."""
    suffix = "." + name.rpartition(".")[2]
    media_type = _TYPES.get(suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
    compressed = gzip.compress(content, GZIP_LEVEL, mtime=0)
    smaller = len(compressed) < GAINS * len(content)
    return File(content, compressed if smaller else None, media_type, f'"{sha256(content).hexdigest()[:32]}"')
