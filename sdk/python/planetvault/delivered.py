"""The app as a vault delivers it, checked from outside: whole, and the version that others were given.

A page can't check itself: whoever delivers it can deliver another to one person. What can be
checked is that all its files are those of ``app.json``, that the service worker names this
``app.json``, and that the hash of the service worker, which so stands for the whole app, is the one
that others get, or a build from the sources (docs/decisions/0014-the-app-is-files-in-the-vault.md).

    planetvault check-app https://vault.example --hash 2f6c…
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from urllib.parse import quote

import httpx2

from planetvault.drivers import BlockingDriver
from planetvault.errors import AppChanged, BrokenAnswer
from planetvault.http import exchange
from planetvault.memory import RamMemory
from planetvault.steps import Request, Steps

MANIFEST, PAGE, WORKER = "app.json", "index.html", "sw.js"
FILES_MAX = 1000
FILE_BYTES_MAX = 16 * 1024 * 1024
MANIFEST_BYTES_MAX = 1024 * 1024
HASH = re.compile(r"[0-9a-f]{64}", re.ASCII)
NAME = re.compile(r"[A-Za-z0-9._-]{1,100}(/[A-Za-z0-9._-]{1,100}){0,4}", re.ASCII)


@dataclass(frozen=True, slots=True)
class DeliveredApp:
    """An app whose every file was held against its manifest.

    ``hash`` is that of the service worker and stands for all of it, ``manifest`` is that of
    ``app.json``, which the page shows as its version; both SHA-256 in hex.
    """

    hash: str
    manifest: str
    files: Mapping[str, str]


def check_app(
    url: str, *, expected: str | None = None, transport: httpx2.BaseTransport | None = None
) -> DeliveredApp:
    """Fetch the app of a vault and check every file; ``expected`` is the hash that others get.

    Raises:
        AppChanged: if a file is another than the manifest says, or the manifest than expected.
        BrokenAnswer: if there is no manifest that can be read.
        NotFound: if this vault delivers no app.
    """
    driver = BlockingDriver(url, RamMemory(), transport)
    try:
        return driver.run(_check(expected))
    finally:
        driver.close()


def _check(expected: str | None) -> Steps[DeliveredApp]:
    worker = yield from _fetch(f"/{WORKER}", FILE_BYTES_MAX)
    found = sha256(worker).hexdigest()
    if expected is not None and found != expected.lower():
        raise AppChanged(f"this vault delivers {found}, others get {expected}", worker)
    manifest = yield from _fetch(f"/{MANIFEST}", MANIFEST_BYTES_MAX)
    version = sha256(manifest).hexdigest()
    if set(HASH.findall(worker.decode("utf-8", "replace"))) != {version}:
        raise AppChanged("the service worker installs another version", worker, manifest)
    files = _files(manifest)
    for name, named in files.items():
        content = yield from _fetch("/" if name == PAGE else f"/{quote(name)}", FILE_BYTES_MAX)
        if sha256(content).hexdigest() != named:
            raise AppChanged(f"{name} is another file than the manifest says", manifest, content)
    return DeliveredApp(found, version, files)


def _fetch(target: str, most: int) -> Steps[bytes]:
    return (yield from exchange(Request("GET", target, None, {}, most))).body


def _files(manifest: bytes) -> dict[str, str]:
    try:
        said: Any = json.loads(manifest)
    except ValueError as error:
        raise BrokenAnswer("the app's manifest can't be read") from error
    files = said.get("files") if isinstance(said, dict) else None
    if not isinstance(files, dict) or not 0 < len(files) <= FILES_MAX or PAGE not in files:
        raise BrokenAnswer("the app's manifest names no files, or too many")
    for name, named in files.items():
        if not NAME.fullmatch(name) or not isinstance(named, str) or not HASH.fullmatch(named):
            raise BrokenAnswer("the app's manifest names a file that can't be")
    return files
