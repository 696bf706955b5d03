"""A vault for each test, on each kind of database."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.postgres import Postgres
from tests.vault.world import World, settle, vault_running
from vault.migrations import migrate


@pytest.fixture(scope="session")
def empty_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite database with this version's tables and nothing in them, to be copied."""
    path = tmp_path_factory.mktemp("empty") / "vault.sqlite3"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def empty_postgres(postgres: Postgres) -> Iterator[str]:
    """The name of such a PostgreSQL database."""
    with postgres.database() as url:
        migrate(url)
        yield url.rpartition("/")[2]


@pytest.fixture(params=["sqlite", "postgresql"])
def vault_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database for a vault with nobody in it, once on each kind."""
    if request.param == "sqlite":
        path = shutil.copy(request.getfixturevalue("empty_sqlite"), tmp_path / "vault.sqlite3")
        yield f"sqlite:///{path}"
        return
    server: Postgres = request.getfixturevalue("postgres")
    with server.database(request.getfixturevalue("empty_postgres")) as url:
        yield url


@pytest.fixture
def world(tmp_path: Path, vault_url: str) -> Iterator[World]:
    """A running vault with an owner and a partner who know each other."""
    with vault_running(tmp_path, vault_url) as running:
        yield settle(running)
