"""Processes that die in the middle, and two that share a database: what was acknowledged stays true."""

import random
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx2
import pytest

from anchor.records.consent import Grant
from anchor.records.signed import Signed
from tests.vault.processes import serving, speaking_to
from tests.vault.world import Item, World, settings_with_tables, settle

SENDERS = 4
ROUNDS = {"sqlite": 6, "postgresql": 4}
TERMS: dict[str, Any] = {"price": 10, "budget": 10_000_000, "max_uses": 1_000_000}


@dataclass
class Load:
    """Senders that send uses until nobody answers, and remember each receipt they were given."""

    world: World
    grant: Signed[Grant]
    item: Item
    acknowledged: dict[str, str] = field(default_factory=dict)
    unanswered: list[str] = field(default_factory=list)

    def send(self, until: threading.Event) -> None:
        with httpx2.Client(base_url=self.world.http.base_url, timeout=10, trust_env=False) as http:
            while not until.is_set():
                uses = [self.world.use(self.grant, [self.item]).text for _ in range(random.choice([1, 1, 5]))]  # noqa: S311 - it guards nothing
                try:
                    answers = http.post("/v1/uses", json={"uses": uses}).json()["answers"]
                except (httpx2.HTTPError, ValueError):
                    self.unanswered += uses
                    return
                for use, answer in zip(uses, answers, strict=True):
                    if "receipt" in answer:
                        self.acknowledged[use] = answer["receipt"]
                    else:
                        assert answer["problem"]["code"] == "grant-revoked"


@pytest.fixture
def kind(vault_url: str) -> str:
    return vault_url.partition(":")[0]


def everything(world: World, path: str) -> Iterator[Any]:
    after = ""
    while True:
        page = world.get(f"{path}?limit=100{after}").json()
        yield from page["data"]
        if page["next"] is None:
            return
        after = f"&after={page['next']}"


def test_a_vault_that_is_killed_under_load_keeps_every_receipt_it_gave(
    tmp_path: Path, vault_url: str, kind: str
) -> None:
    settings = settings_with_tables(tmp_path, vault_url)
    load: Load | None = None
    with speaking_to(settings) as world:
        for _ in range(ROUNDS[kind]):
            with serving(tmp_path, vault_url) as process:
                world.http.base_url = httpx2.URL(process.url)
                load = load or begin(world)
                _verify(load)
                send_until(load, process.kill)
        with serving(tmp_path, vault_url) as process:
            world.http.base_url = httpx2.URL(process.url)
            assert load
            _verify(load)
            assert len(load.acknowledged) > 20
            assert process.stop()


def begin(world: World) -> Load:
    settle(world)
    item = world.write_item()
    return Load(world, world.granted([item], **TERMS), item)


def send_until(load: Load, ending: Callable[[], object]) -> None:
    """Send from all sides, and let it end after a moment, in the middle."""
    until = threading.Event()
    with ThreadPoolExecutor(SENDERS) as senders:
        sending = [senders.submit(load.send, until) for _ in range(SENDERS)]
        time.sleep(random.uniform(0.2, 0.8))  # noqa: S311 - it guards nothing
        ending()
        until.set()
    for one in sending:
        one.result()


def _verify(load: Load) -> None:
    """Whoever was given a receipt is given the same again; who was not, may ask again and pays once."""
    load.world.log_in()
    kept = {one["use"]: one["receipt"] for one in everything(load.world, "/v1/receipts") if one["use"]}
    assert {use: kept.get(use) for use in load.acknowledged} == load.acknowledged
    for start in range(0, len(load.unanswered), 1000):
        uses = load.unanswered[start : start + 1000]
        answers = load.world.http.post("/v1/uses", json={"uses": uses}).json()["answers"]
        for use, answer in zip(uses, answers, strict=True):
            assert kept.get(use, answer["receipt"]) == answer["receipt"]
            load.acknowledged[use] = answer["receipt"]
    load.unanswered.clear()
    load.world.verify_books()
    pending = load.world.get("/v1/account").json()["balances"]["pending"]
    assert pending == 9 * len({*kept, *load.acknowledged})


def test_two_processes_on_one_database_keep_one_chain(tmp_path: Path, vault_url: str) -> None:
    settings = settings_with_tables(tmp_path, vault_url)
    with (
        serving(tmp_path, vault_url) as first,
        serving(tmp_path, vault_url) as second,
        speaking_to(settings) as world,
        speaking_to(settings) as beside,
    ):
        world.http.base_url = httpx2.URL(first.url)
        beside.http.base_url = httpx2.URL(second.url)
        load = begin(world)
        other = replace(load, world=replace(world, http=beside.http))
        closing: list[Any] = []
        threads = threading.Thread(
            target=send_until, args=(other, lambda: closing.append(other.world.revoke(load.grant)))
        )
        threads.start()
        send_until(load, lambda: time.sleep(1))
        threads.join()
        last = world.receipt(closing[0].json()["receipt"])
        assert last.record.seq == len(load.acknowledged) + 1 > 20
        listed = {one["use"]: one["receipt"] for one in everything(world, "/v1/receipts") if one["use"]}
        assert listed == load.acknowledged
        world.verify_books()


def test_a_process_that_is_told_to_stop_finishes_what_it_began(tmp_path: Path, vault_url: str) -> None:
    stopped: list[bool] = []
    with speaking_to(settings_with_tables(tmp_path, vault_url)) as world:
        with serving(tmp_path, vault_url) as process:
            world.http.base_url = httpx2.URL(process.url)
            load = begin(world)
            send_until(load, lambda: stopped.append(process.stop()))
        assert stopped == [True]
        with serving(tmp_path, vault_url) as process:
            world.http.base_url = httpx2.URL(process.url)
            _verify(load)
