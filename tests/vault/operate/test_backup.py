"""The restore drill: a backup comes back whole, and one older than what was published is not written to."""

import json
import os
import tarfile
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from tests.vault.world import World
from vault import backup
from vault.app import create_app
from vault.errors import Conflict, Malformed, Unavailable
from vault.readiness import newest_schema
from vault.settings import Settings
from vault.worker import Worker

NOW = datetime(2027, 3, 14, 9, 26, 53, tzinfo=UTC)


@pytest.fixture
def elsewhere(world: World, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Settings]:
    """The same vault with an empty database, as it is after the old one was lost."""
    with ExitStack() as stack:
        if world.settings.database_url.startswith("sqlite:"):
            url = f"sqlite:///{tmp_path / 'new' / 'vault.sqlite3'}"
        else:
            server = request.getfixturevalue("postgres")
            url = stack.enter_context(server.database())
        yield world.settings.model_copy(update={"database": url})


def work(world: World) -> None:
    """Sequence, and publish into ``checkpoint.latest``."""
    worker = Worker.of(world.settings, world.clock)
    try:
        assert all(outcome.error is None for outcome in worker.once())
    finally:
        worker.close()


def use_once(world: World) -> None:
    item = world.write_item()
    assert world.send(world.use(world.granted([item]), [item])).status_code == 200
    work(world)


def test_the_newest_backup_comes_back_and_the_vault_goes_on(
    world: World, elsewhere: Settings, tmp_path: Path
) -> None:
    use_once(world)
    file = tmp_path / "newest.backup"
    made = backup.create(world.settings, file, NOW)
    assert (made.schema, made.origin, made.entries > 0) == (newest_schema(), world.origin, True)
    assert file.stat().st_mode & 0o077 == 0
    assert backup.verify(file) == made
    assert backup.restore(elsewhere, file) == (made, "")
    restored = world_at(world, elsewhere)
    restored.verify_after_restore()


def test_an_older_backup_comes_back_and_is_not_written_to(
    world: World, elsewhere: Settings, tmp_path: Path
) -> None:
    use_once(world)
    file = tmp_path / "older.backup"
    backup.create(world.settings, file, NOW)
    use_once(world)  # published after the backup was made
    _, why_not = backup.restore(elsewhere, file)
    assert "which this database has not reached" in why_not
    restored = world_at(world, elsewhere)
    restored.verify_refused()
    worker = Worker.of(elsewhere, world.clock)
    try:
        assert "has not reached" in str(worker.once()[0].error)
    finally:
        worker.close()


class Restored:
    """The same people at the restored vault."""

    def __init__(self, world: World, settings: Settings) -> None:
        self._world, self._settings = world, settings

    def verify_after_restore(self) -> None:
        with self._open() as http:
            assert http.get("/readyz").status_code == 200
            before = self._world.get("/v1/receipts").json()
            assert http.get("/v1/receipts", headers=self._world.as_owner).json() == before
            body = {"items": [self._world.item_body(self._world.new_item())]}
            assert http.post("/v1/items", json=body, headers=self._world.as_owner).status_code == 201

    def verify_refused(self) -> None:
        with self._open() as http:
            answer = http.get("/readyz").json()
            assert answer["code"] == "read-only"
            assert "has not reached" in answer["detail"]
            body = {"items": [self._world.item_body(self._world.new_item())]}
            refused = http.post("/v1/items", json=body, headers=self._world.as_owner)
            assert (refused.status_code, refused.json()["code"]) == (503, "read-only")

    def _open(self) -> TestClient:
        return TestClient(create_app(self._settings, self._world.clock), raise_server_exceptions=False)


def world_at(world: World, settings: Settings) -> Restored:
    return Restored(world, settings)


def test_without_a_checkpoint_beside_it_nobody_can_tell(
    world: World, elsewhere: Settings, tmp_path: Path
) -> None:
    file = tmp_path / "some.backup"
    backup.create(world.settings, file, NOW)
    assert "no checkpoint.latest here" in backup.restore(elsewhere, file)[1]


def test_a_backup_replaces_neither_a_backup_nor_a_database(world: World, tmp_path: Path) -> None:
    file = tmp_path / "one.backup"
    backup.create(world.settings, file, NOW)
    with pytest.raises(Conflict, match="never replaces"):
        backup.create(world.settings, file, NOW)
    with pytest.raises(Conflict, match="already"):
        backup.restore(world.settings, file)


def test_keys_are_in_it_only_if_asked_for_and_replace_none(
    world: World, elsewhere: Settings, tmp_path: Path
) -> None:
    bare, full = tmp_path / "bare.backup", tmp_path / "full.backup"
    assert not set(backup.KEYS) & backup.create(world.settings, bare, NOW).parts.keys()
    seed = (world.settings.folder / "records.key").read_bytes()
    assert seed.strip() not in bare.read_bytes()
    assert set(backup.KEYS) <= backup.create(world.settings, full, NOW, with_keys=True).parts.keys()
    home = tmp_path / "home"
    home.mkdir()
    (home / "log.key").write_text("another")
    backup.restore(elsewhere.model_copy(update={"folder": home}), full)
    assert (home / "records.key").read_bytes() == seed
    assert (home / "records.key").stat().st_mode & 0o077 == 0
    assert (home / "log.key").read_text() == "another"


def test_a_backup_of_another_vault_is_not_restored(world: World, elsewhere: Settings, tmp_path: Path) -> None:
    file = tmp_path / "theirs.backup"
    backup.create(world.settings, file, NOW)
    with pytest.raises(Malformed, match=r"other\.example"):
        backup.restore(elsewhere.model_copy(update={"origin": "other.example"}), file)


@pytest.mark.parametrize("place", [0, 600, 0.5, -20_000])
def test_a_changed_byte_is_found(tmp_path: Path, place: float, empty_sqlite: Path) -> None:
    file = tmp_path / "a.backup"
    backup.create(Settings(database=f"sqlite:///{empty_sqlite}"), file, NOW)
    content = bytearray(file.read_bytes())
    at = int(place * len(content)) if isinstance(place, float) else place
    content[at] ^= 1
    file.write_bytes(content)
    with pytest.raises(Malformed):
        backup.verify(file)


@pytest.mark.parametrize("share", [0, 0.01, 0.5])
def test_half_a_backup_is_none(tmp_path: Path, share: float, empty_sqlite: Path) -> None:
    file = tmp_path / "a.backup"
    backup.create(Settings(database=f"sqlite:///{empty_sqlite}"), file, NOW)
    os.truncate(file, int(file.stat().st_size * share))
    with pytest.raises(Malformed):
        backup.verify(file)


def test_names_that_lead_out_of_the_folder_are_not_followed(tmp_path: Path) -> None:
    file = tmp_path / "evil.backup"
    manifest = {"format": 1, "origin": "v.example", "made": "", "schema": "", "entries": 0, "root": ""}
    manifest["parts"] = {"../evil": {"size": 0, "sha256": ""}, backup.SQLITE: {"size": 0, "sha256": ""}}
    (tmp_path / "m").write_text(json.dumps(manifest))
    with tarfile.open(file, "w") as tar:
        tar.add(tmp_path / "m", backup.MANIFEST)
    with pytest.raises(Malformed, match="other parts"):
        backup.verify(file)


def test_a_missing_program_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(Unavailable, match="pg_dump is not on this machine"):
        backup._run("postgresql://v@127.0.0.1/v", "pg_dump")
