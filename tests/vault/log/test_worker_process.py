"""The worker as operators run it: a process that is told to end, or is not even told."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from anchor.log import Log
from tests.vault.log.town import LOG_ORIGIN, ORIGIN, Town
from vault.db import reading, writing
from vault.keyring import make_keys
from vault.log.store import Tiles

ROOT = Path(__file__).parents[3]


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    folder = tmp_path / "keys"
    make_keys(folder)
    return folder


@contextmanager
def running(town: Town, keys: Path) -> Iterator[subprocess.Popen[bytes]]:
    """``python -m vault work``, killed at the end if it still runs."""
    settings = {"ORIGIN": ORIGIN, "FOLDER": str(keys), "DATABASE": town.url, "HOLDBACK_DAYS": "0"}
    environment = {f"PLANETVAULT_{name}": value for name, value in settings.items()}
    process = subprocess.Popen(
        [sys.executable, "-m", "vault", "work"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"]} | environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def until(condition: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def sizes(town: Town) -> tuple[int, int]:
    """How far the log has grown, and how far it was shown."""
    rows: list[Any] = town.rows("SELECT size, published FROM log_heads")
    return rows[0] if rows else (0, 0)


def use_until_the_log_grows(town: Town, owner: int) -> None:
    before = sizes(town)
    for _ in range(20):
        town.use(town.households[owner], 3)
    until(lambda: sizes(town) > before)


def test_it_ends_cleanly_when_told_to(acme_town: Town, keys: Path) -> None:
    acme_town.use(acme_town.households[0], 5)
    with running(acme_town, keys) as process:
        until(lambda: sizes(acme_town) == (5, 5))
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    assert acme_town.rows("SELECT until FROM leases") == [(0,)]
    assert (keys / "checkpoint.latest").exists()


def test_killed_at_any_moment_it_loses_nothing_and_repeats_nothing(acme_town: Town, keys: Path) -> None:
    for life in range(3):
        with running(acme_town, keys) as process:
            use_until_the_log_grows(acme_town, life)
            process.kill()  # between two steps of a turn, as a rule: the log has just grown
            process.wait()
        with writing(acme_town.connection) as transaction:  # as if ten seconds had passed
            transaction.run("UPDATE leases SET until = 0")
    with running(acme_town, keys):
        until(lambda: sizes(acme_town)[1] == len(acme_town.receipts))
        earned = len(acme_town.receipts) * 45_000
        released = "SELECT COALESCE(SUM(amount), 0) FROM transfers WHERE kind = 'release'"
        until(lambda: acme_town.rows(released) == [(earned,)])
    with reading(acme_town.connection) as transaction:
        log = Log(LOG_ORIGIN, Tiles(transaction, LOG_ORIGIN))
        assert log.entries(0, log.verify().size) == [receipt.entry for receipt in acme_town.receipts]
