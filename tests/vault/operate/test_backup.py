"""The restore drill: a backup comes back whole, and one older than what was published is not written to."""

import json
import os
import resource
import shutil
import tarfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from anchor.encoding import to_base64url
from tests.vault.world import World, client_of
from vault import db, durable
from vault.backup import archive, databases, objects
from vault.backup import flow as backup
from vault.errors import Conflict, Malformed, Unavailable
from vault.readiness import newest_schema
from vault.settings import Settings
from vault.worker import Worker

on_sqlite_alone = pytest.mark.parametrize("vault_url", ["sqlite"], indirect=True)
"""For what no statement decides."""
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

    def verify_shown(self, blobs: dict[str, bytes]) -> None:
        with self._open() as http:
            found = {path: http.get(path, headers=self._world.as_owner).content for path in blobs}
        assert found == blobs

    def verify_refused(self) -> None:
        with self._open() as http:
            answer = http.get("/readyz").json()
            assert answer["code"] == "read-only"
            assert "has not reached" in answer["detail"]
            body = {"items": [self._world.item_body(self._world.new_item())]}
            refused = http.post("/v1/items", json=body, headers=self._world.as_owner)
            assert (refused.status_code, refused.json()["code"]) == (503, "read-only")

    def _open(self) -> TestClient:
        return client_of(self._settings, self._world.clock)


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
    assert not set(archive.KEYS) & backup.create(world.settings, bare, NOW).parts.keys()
    seed = (world.settings.folder / "records.key").read_bytes()
    assert seed.strip() not in bare.read_bytes()
    assert set(archive.KEYS) <= backup.create(world.settings, full, NOW, with_keys=True).parts.keys()
    home = tmp_path / "home"
    home.mkdir()
    (home / "log.key").write_text("another")
    backup.restore(elsewhere.model_copy(update={"folder": home}), full)
    assert (home / "records.key").read_bytes() == seed
    assert (home / "records.key").stat().st_mode & 0o077 == 0
    assert (home / "log.key").read_text() == "another"


def put_blob(world: World, content: bytes) -> str:
    """A finished blob of one part; where it is read."""
    path, headers = f"/v1/blobs/{to_base64url(os.urandom(16))}", {"Content-Type": "application/octet-stream"}
    world.http.put(f"{path}/parts/0", content=content, headers=world.as_owner | headers)
    assert world.post(path, {"parts": 1}).status_code == 201
    return f"{path}/content"


def lose_objects(world: World) -> list[Path]:
    """Empty the store; what was in it."""
    found = list((world.settings.folder / "objects").glob("*/*"))
    for path in found:
        path.unlink()
    return found


def test_blobs_come_back_from_the_folder_that_serves_every_backup(
    world: World, elsewhere: Settings, tmp_path: Path
) -> None:
    beside, told = tmp_path / "beside", []
    paths = {put_blob(world, content): content for content in (b"one", b"two")}
    assert backup.create(world.settings, tmp_path / "first", NOW, beside=beside).objects == 2
    written = {path: path.stat().st_mtime_ns for path in beside.glob("*/*")}
    paths[put_blob(world, b"three")] = b"three"
    made = backup.create(
        world.settings, tmp_path / "second", NOW, beside=beside, tell=lambda *far: told.append(far)
    )
    assert (made.objects, told) == (3, [(3, 3)])
    assert {path: path.stat().st_mtime_ns for path in beside.glob("*/*") if path in written} == written
    assert backup.verify(tmp_path / "first", beside).objects == 2
    assert backup.verify(tmp_path / "second", beside) == made
    work(world)
    assert len(lose_objects(world)) == 3
    assert backup.restore(elsewhere, tmp_path / "second", beside=beside)[0] == made
    world_at(world, elsewhere).verify_shown(paths)


def test_a_store_that_lacks_objects_is_told_before_anything_is_restored(
    world: World, elsewhere: Settings, tmp_path: Path
) -> None:
    put_blob(world, b"one")
    put_blob(world, b"two")
    file = tmp_path / "a.backup"
    backup.create(world.settings, file, NOW)
    lose_objects(world)[0].touch()
    with pytest.raises(Conflict, match="1 of 2 objects are not in the store"):
        backup.restore(elsewhere, file)
    backup.restore(
        elsewhere, file, without_objects=True
    )  # nothing stood in its way: the database was left alone


@on_sqlite_alone
@pytest.mark.parametrize("change", [Path.unlink, lambda path: path.write_bytes(b"other")])
def test_an_object_that_is_missing_or_changed_is_found(
    world: World, elsewhere: Settings, tmp_path: Path, change: Callable[[Path], object]
) -> None:
    put_blob(world, b"one")
    put_blob(world, b"two")
    file, beside = tmp_path / "a.backup", tmp_path / "beside"
    backup.create(world.settings, file, NOW, beside=beside)
    change(next(beside.glob("*/*")))
    with pytest.raises(Malformed, match="1 of 2 objects are missing or changed"):
        backup.verify(file, beside)
    lose_objects(world)
    with pytest.raises((Malformed, Unavailable)):
        backup.restore(elsewhere, file, beside=beside)


@on_sqlite_alone
def test_the_store_itself_is_no_folder_for_backups(world: World, tmp_path: Path) -> None:
    put_blob(world, b"one")
    with pytest.raises(Conflict, match="the store itself"):
        backup.create(world.settings, tmp_path / "a.backup", NOW, beside=world.settings.folder / "objects")


def test_what_was_deleted_meanwhile_is_in_no_backup(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An owner deletes a blob, and the worker its object, once the database is copied and objects are not."""
    kept, gone = put_blob(world, b"kept"), put_blob(world, b"gone")
    collect = objects.collect

    def late(*given: Any) -> list[str]:
        assert world.http.delete(gone.removesuffix("/content"), headers=world.as_owner).status_code == 204
        work(world)
        return collect(*given)

    monkeypatch.setattr(objects, "collect", late)
    file, beside = tmp_path / "a.backup", tmp_path / "beside"
    assert backup.create(world.settings, file, NOW, beside=beside).objects == 1
    assert backup.verify(file, beside).objects == 1
    assert world.get(kept).content == b"kept"


@on_sqlite_alone
def test_an_object_that_the_store_lost_stops_a_backup(world: World, tmp_path: Path) -> None:
    put_blob(world, b"one")
    lose_objects(world)
    with pytest.raises(Unavailable, match="1 objects could not be read"):
        backup.create(world.settings, tmp_path / "a.backup", NOW, beside=tmp_path / "beside")
    assert not (tmp_path / "a.backup").exists()


@pytest.mark.parametrize("line", ["", "ab", f"{'0' * 64}  ../x", f"{'0' * 64}  /etc/x", f"{'0' * 64} ab/x"])
def test_a_list_of_objects_that_leads_elsewhere_is_not_followed(tmp_path: Path, line: str) -> None:
    listed = tmp_path / archive.OBJECTS
    listed.write_text(f"{line}\n")
    with pytest.raises(Malformed, match="a line that is none"):
        list(objects.read_list(listed))


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
    manifest = {
        "format": 1,
        "origin": "v.example",
        "made": "",
        "schema": "",
        "entries": 0,
        "root": "",
        "objects": 0,
    }
    manifest["parts"] = {"../evil": {"size": 0, "sha256": ""}, archive.SQLITE: {"size": 0, "sha256": ""}}
    (tmp_path / "m").write_text(json.dumps(manifest))
    with tarfile.open(file, "w") as tar:
        tar.add(tmp_path / "m", archive.MANIFEST)
    with pytest.raises(Malformed, match="other parts"):
        backup.verify(file)


def test_a_missing_program_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(Unavailable, match="pg_dump is not on this machine"):
        databases._run("postgresql://v@127.0.0.1/v", "pg_dump")


@on_sqlite_alone
@pytest.mark.parametrize("journal", databases.JOURNALS)
def test_beside_the_journal_of_a_lost_database_none_is_restored(
    world: World, elsewhere: Settings, tmp_path: Path, journal: str
) -> None:
    file = tmp_path / "some.backup"
    backup.create(world.settings, file, NOW)
    new = Path(elsewhere.database_url.removeprefix("sqlite:///"))
    new.parent.mkdir()
    left = new.with_name(new.name + journal)
    left.write_bytes(b"what the dead one had not brought to its file")
    with pytest.raises(Conflict, match=f"move vault.sqlite3{journal} away"):
        backup.restore(elsewhere, file)
    left.unlink()
    backup.restore(elsewhere, file)


@pytest.mark.parametrize("vault_url", ["postgresql"], indirect=True)
def test_a_copy_that_takes_longer_than_a_session_may_be_idle_is_a_backup(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_once(world)
    slow = tmp_path / "bin/pg_dump"
    slow.parent.mkdir()
    slow.write_text(f'#!/bin/sh\n{shutil.which("pg_dump")} "$@" && /bin/sleep 3\n')
    slow.chmod(0o755)
    monkeypatch.setenv("PATH", f"{slow.parent}:{os.environ['PATH']}")
    monkeypatch.setattr(db, "POSTGRES_SESSION", db.POSTGRES_SESSION.replace("'60s'", "'1s'"))
    assert backup.create(world.settings, tmp_path / "slow.backup", NOW).entries


def test_postgresql_is_reached_as_the_url_says_and_no_argument_holds_the_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said, program = tmp_path / "said", tmp_path / "pg_restore"
    program.write_text(f'#!/bin/sh\necho "$PGPASSWORD" "$@" > {said}\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    url = "postgresql://v:s3cret@db.example/vault?sslmode=verify-full&sslrootcert=/ca.pem&options=-c%20a%3Db"
    databases.restore(url, tmp_path)
    password, *arguments = said.read_text().split()
    assert password == "s3cret"
    for wanted in (
        "host=db.example",
        "dbname=vault",
        "sslmode=verify-full",
        "sslrootcert=/ca.pem",
        "options=",
    ):
        assert wanted in " ".join(arguments)
    assert "s3cret" not in str(arguments)


@on_sqlite_alone
def test_a_full_disk_leaves_no_half_database_and_calls_no_backup_damaged(
    world: World, elsewhere: Settings, tmp_path: Path
) -> None:
    use_once(world)
    file = tmp_path / "whole.backup"
    backup.create(world.settings, file, NOW)
    new = Path(elsewhere.database_url.removeprefix("sqlite:///"))
    with no_room(), pytest.raises(Unavailable, match="can't be unpacked"):
        backup.verify(file)
    with (
        archive.unpacked(file) as (_, folder),
        no_room(),
        pytest.raises(Unavailable, match="can't be written"),
    ):
        databases.restore(elsewhere.database_url, folder)
    assert list(new.parent.iterdir()) == []
    backup.restore(elsewhere, file)


@contextmanager
def no_room() -> Iterator[None]:
    """No file may grow beyond 100 kB: what a write meets on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@on_sqlite_alone
def test_half_an_object_in_the_store_is_replaced_by_the_whole_one(
    world: World, elsewhere: Settings, tmp_path: Path
) -> None:
    put_blob(world, b"one")
    file, beside = tmp_path / "some.backup", tmp_path / "copies"
    backup.create(world.settings, file, NOW, beside=beside)
    (half,) = (world.settings.folder / "objects").glob("[!.]*/*")
    half.write_bytes(b"o")
    backup.restore(elsewhere, file, beside=beside)
    assert half.read_bytes() == b"one"


@on_sqlite_alone
def test_a_part_that_would_unfold_to_more_than_it_is_told_to_be_is_refused(
    world: World, tmp_path: Path
) -> None:
    file, other = tmp_path / "some.backup", tmp_path / "other.backup"
    backup.create(world.settings, file, NOW)
    with tarfile.open(file) as source, tarfile.open(other, "w") as target:
        for member in source:
            content = source.extractfile(member)
            if member.name == archive.SQLITE:
                member.pax_headers = {"GNU.sparse.map": "0,1", "GNU.sparse.size": str(1 << 40)}
                target.format = tarfile.PAX_FORMAT
            target.addfile(member, content)
    with pytest.raises(Malformed, match="of another size"):
        backup.verify(other)


@on_sqlite_alone
def test_a_database_that_was_made_while_objects_came_back_is_not_replaced(
    world: World, elsewhere: Settings, tmp_path: Path
) -> None:
    put_blob(world, b"one")
    file, beside = tmp_path / "some.backup", tmp_path / "copies"
    backup.create(world.settings, file, NOW, beside=beside)
    new = Path(elsewhere.database_url.removeprefix("sqlite:///"))
    new.parent.mkdir()
    with pytest.raises(Conflict):
        backup.restore(
            elsewhere, file, beside=beside, tell=lambda *_: new.write_bytes(b"a service began here")
        )
    with archive.unpacked(file) as (_, folder), pytest.raises(Conflict):
        databases.restore(elsewhere.database_url, folder)
    assert new.read_bytes() == b"a service began here"


@on_sqlite_alone
def test_a_good_object_in_the_store_stays_where_its_copy_is_damaged(
    world: World, elsewhere: Settings, tmp_path: Path
) -> None:
    put_blob(world, b"one")
    file, beside = tmp_path / "some.backup", tmp_path / "copies"
    backup.create(world.settings, file, NOW, beside=beside)
    (half,) = beside.glob("[!.]*/*")
    half.write_bytes(b"o")
    backup.restore(elsewhere, file, beside=beside)


@on_sqlite_alone
def test_keys_that_found_no_room_are_put_back_at_the_second_try(
    world: World, elsewhere: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Path) -> None:
        raise OSError(28, "No space left on device")

    file = tmp_path / "some.backup"
    backup.create(world.settings, file, NOW, with_keys=True)
    there = elsewhere.model_copy(update={"folder": tmp_path / "home"})
    copy = durable.copy
    monkeypatch.setattr(durable, "copy", full)
    with pytest.raises(Unavailable, match="No space left"):
        backup.restore(there, file)
    monkeypatch.setattr(durable, "copy", copy)
    backup.restore(there, file)
    assert (there.folder / "log.key").read_bytes() == (world.settings.folder / "log.key").read_bytes()


@on_sqlite_alone
def test_a_backup_for_which_there_is_no_room_says_so_and_leaves_nothing(world: World, tmp_path: Path) -> None:
    file = tmp_path / "backups/some.backup"
    file.parent.mkdir()
    with no_room(), pytest.raises(Unavailable):
        backup.create(world.settings, file, NOW)
    assert list(file.parent.iterdir()) == []
