"""A vault for each test, on each kind of database."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.vault.world import World, settle, vault_running


@pytest.fixture
def world(tmp_path: Path, database_url: str) -> Iterator[World]:
    """A running vault with an owner and a partner who know each other."""
    with vault_running(tmp_path, database_url) as running:
        yield settle(running)
