"""What every test stands on: a fixed time, fixed keys, a database of its own, no network.

A test that uses ``database_url`` runs twice, on SQLite and on PostgreSQL, and
skips the second where the machine has no PostgreSQL server programs.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from anchor.keys import SigningKey
from tests.network import stay_on_this_machine
from tests.postgres import Postgres, PostgresMissing, running_server
from tests.scratch import write_to_memory

stay_on_this_machine()
write_to_memory()

# The same examples on every run, and no verdict by the clock: the machine may be busy,
# and speed is measured in tests/bench. For a longer search: pytest --hypothesis-profile=long
settings.register_profile(
    "house", derandomize=True, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("long", settings.get_profile("house"), derandomize=False, max_examples=2000)
settings.load_profile("house")


@pytest.fixture
def now() -> datetime:
    """The time in tests, in UTC."""
    return datetime(2027, 3, 14, 9, 26, 53, tzinfo=UTC)


@pytest.fixture(scope="session")
def seed() -> Callable[[str], bytes]:
    """32 bytes that belong to a name, the same in every run: ``seed("alice")``."""
    return lambda name: sha256(b"planetvault test seed\0" + name.encode()).digest()


@pytest.fixture(scope="session")
def signing_key(seed: Callable[[str], bytes]) -> Callable[[str], SigningKey]:
    """The Ed25519 key that belongs to a name: ``signing_key("acme")``."""
    return lambda name: SigningKey(seed(name))


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """The PostgreSQL server of this test process."""
    try:
        with running_server() as server:
            yield server
    except PostgresMissing as missing:
        pytest.skip(str(missing))


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database, once on each kind that the vault supports."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'vault.sqlite3'}"
        return
    server: Postgres = request.getfixturevalue("postgres")
    with server.database() as url:
        yield url


def pytest_unconfigure(config: pytest.Config) -> None:
    """End with one line: the figure, and the databases it stands for."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None or config.option.collectonly or not reporter.stats.get("passed"):
        return
    passed = [report.nodeid for report in reporter.stats["passed"]]
    databases = [kind for kind in ("sqlite", "postgresql") if any(f"[{kind}" in test for test in passed)]
    failed = sum(len(reporter.stats.get(outcome, [])) for outcome in ("failed", "error"))
    skipped = len(reporter.stats.get("skipped", []))
    reporter.write_line("databases: " + (" and ".join(databases) or "none"))
    reporter.write_line(f"test: {len(passed)} passed, {failed} failed, {skipped} skipped")
