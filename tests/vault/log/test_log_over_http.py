"""Anybody can copy the log with nothing but the two routes that C2SP tlog-tiles names."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from anchor.log import Log, MemoryLogStore
from anchor.note import Policy
from anchor.records.checkpoint import Checkpoint, verify_checkpoint
from anchor.tiles import ENTRIES, TileId, Tree, read_bundle, tile_path, tile_width
from tests.vault.log.town import LOG_KEY, LOG_ORIGIN, NOW, RECORDS_KEY, Town
from vault.db import Transaction, reading, writing
from vault.http import install_problems
from vault.keyring import Keyring
from vault.log.api import router
from vault.log.store import Entries
from vault.worker import Worker

T = TypeVar("T")


@dataclass
class Reader:
    """As much of a running vault as these routes need."""

    town: Town
    keys: Keyring

    async def read(self, work: Callable[[Transaction], T]) -> T:
        await asyncio.sleep(0)
        with reading(self.town.connection) as transaction:
            return work(transaction)


@pytest.fixture
def http(acme_town: Town) -> Iterator[TestClient]:
    app = FastAPI()
    app.include_router(router)
    install_problems(app)
    app.state.vault = Reader(acme_town, Keyring(RECORDS_KEY, LOG_KEY))
    with TestClient(app) as client:
        yield client


@pytest.fixture
def worker(acme_town: Town) -> Iterator[Worker]:
    worker = Worker(acme_town.url, Keyring(RECORDS_KEY, LOG_KEY), clock=lambda: NOW)
    yield worker
    worker.close()


def fill(town: Town, worker: Worker, count: int) -> list[bytes]:
    """Entries that are nobody's receipts; a mirror can't tell."""
    entries = [bytes([1]) + number.to_bytes(32, "big") for number in range(count)]
    with writing(town.connection) as transaction:
        Entries(transaction).queue(entries)
    worker.duties.sequence()
    return entries


def fetch(http: TestClient, tile: TileId, width: int) -> bytes:
    answer = http.get(f"/log/{tile_path(tile, width)}")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/octet-stream"
    assert "immutable" in answer.headers["cache-control"]
    content: bytes = answer.content
    return content


def shown(http: TestClient) -> Checkpoint:
    answer = http.get("/log/checkpoint")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    return verify_checkpoint(answer.content, Policy(LOG_KEY.verifier)).checkpoint


def test_a_mirror_made_from_the_routes_has_the_same_root_and_entries(
    acme_town: Town, worker: Worker, http: TestClient
) -> None:
    entries = fill(acme_town, worker, 700)
    newest = shown(http)
    tree = Tree(lambda tile: fetch(http, tile, tile_width(tile, newest.size)), newest.size)
    assert tree.root() == newest.root
    copied: list[bytes] = []
    for index in range(-(-newest.size // 256)):
        bundle = TileId(ENTRIES, index)
        copied += read_bundle(fetch(http, bundle, tile_width(bundle, newest.size)))
    assert copied == entries
    mirror = Log(LOG_ORIGIN, MemoryLogStore())
    assert mirror.append(copied) == newest.head


def test_there_is_no_checkpoint_before_the_first(http: TestClient) -> None:
    answer = http.get("/log/checkpoint")
    assert answer.status_code == 404
    assert answer.json()["code"] == "not-found"


def test_a_checkpoint_is_asked_for_anew_each_time(acme_town: Town, worker: Worker, http: TestClient) -> None:
    fill(acme_town, worker, 3)
    assert http.get("/log/checkpoint").headers["cache-control"] == "no-cache"
    assert shown(http).size == 3


def test_nothing_beyond_the_published_checkpoint_is_shown(
    acme_town: Town, worker: Worker, http: TestClient
) -> None:
    fill(acme_town, worker, 5)
    acme_town.use(acme_town.households[0], 4)
    worker.duties._sequence_all()
    assert shown(http).size == 5
    assert len(fetch(http, TileId(0, 0), 5)) == 5 * 32
    assert http.get("/log/tile/0/000.p/6").status_code == 404
    assert http.get("/log/tile/entries/000.p/6").status_code == 404


def test_an_older_partial_tile_stays_what_it_was(acme_town: Town, worker: Worker, http: TestClient) -> None:
    fill(acme_town, worker, 5)
    before = fetch(http, TileId(0, 0), 5)
    acme_town.use(acme_town.households[0], 300)
    worker.duties.sequence()
    assert fetch(http, TileId(0, 0), 5) == before
    assert fetch(http, TileId(0, 0), 256)[: len(before)] == before


@pytest.mark.parametrize(
    "path",
    [
        "0/0",
        "0/000.p/0",
        "0/000.p/256",
        "00/000",
        "64/000",
        "0/x000/000",
        "entries/000.p/08",
        "checkpoint",
        "0/../../etc",
        "0/" + "x001/" * 40 + "000",
        "0/%00",
    ],
)
def test_a_path_no_log_has_is_refused_as_a_problem(http: TestClient, path: str) -> None:
    answer: Any = http.get(f"/log/tile/{path}")
    assert answer.status_code in {400, 404}
    assert answer.headers["content-type"] == "application/problem+json"
