"""A vault whose database is behind what it published shows what it has, writes nothing, and says why."""

from pathlib import Path

import pytest

from anchor.records.checkpoint import Checkpoint
from tests.vault.world import World
from vault import __main__ as program
from vault.db import writing
from vault.errors import Unavailable
from vault.keyring import read_keys
from vault.log import guard
from vault.log.kept import KEPT_NAME, KeptCheckpoint
from vault.readiness import newest_schema, verify_schema


def publish_from_the_future(world: World, size: int = 7) -> Path:
    """Leave a checkpoint of this log in the folder that its database has never seen."""
    log = read_keys(world.settings.folder, world.origin).log
    path = world.settings.folder / KEPT_NAME
    KeptCheckpoint(path, log.verifier).write(Checkpoint(log.name, size, bytes(32)).sign(log))
    return path


def test_a_vault_behind_its_own_checkpoint_reads_and_does_not_write(world: World) -> None:
    item = world.write_item()
    grant = world.granted([item])
    path = publish_from_the_future(world)
    with world.second_instance() as restored:
        answer = restored.http.get("/readyz")
        assert answer.status_code == 503
        assert (answer.json()["code"], "size 7" in answer.json()["detail"]) == ("read-only", True)
        assert restored.send(restored.use(grant, [item])).json()["code"] == "read-only"
        assert (
            restored.post("/v1/items", {"items": [restored.item_body(restored.new_item())]}).status_code
            == 503
        )
        assert restored.get("/v1/grants").status_code == 200
        path.unlink()
        assert restored.service.look() == ""
        assert restored.http.get("/readyz").status_code == 200
        assert restored.send(restored.use(grant, [item])).status_code == 200


def test_a_log_halted_while_the_vault_runs_is_seen_at_once_by_readyz(world: World) -> None:
    halt(world, "two roots of size 5")
    answer = world.http.get("/readyz")
    assert answer.status_code == 503
    assert "two roots of size 5" in answer.json()["detail"]
    assert world.service.look() == "this log was halted: two roots of size 5"
    assert world.post("/v1/items", {"items": [world.item_body(world.new_item())]}).status_code == 503


def halt(world: World, reason: str) -> None:
    with world.database() as transaction, writing(transaction):
        guard.halt(transaction, reason, 0)


def test_a_database_that_stopped_answering_changes_nothing_that_was_found(world: World) -> None:
    reader = world.service._readers.get()
    reader.close()
    assert world.service.readiness.look(reader) == ""
    for _ in range(3):
        world.service._readers.get().close()
    assert world.service.readiness.reason == ""


def test_another_schema_is_named(world: World) -> None:
    with world.database() as transaction:
        assert verify_schema(transaction) == newest_schema()
        transaction.run("UPDATE alembic_version SET version_num = 'other'")
        with pytest.raises(Unavailable, match="schema other"):
            verify_schema(transaction)
    assert "planetvault migrate" in world.http.get("/readyz").json()["detail"]


def test_a_lost_connection_is_not_called_a_missing_schema(world: World) -> None:
    with world.database() as connection:
        connection.run("DROP TABLE alembic_version")
        with pytest.raises(Unavailable, match="no schema of a vault"):
            verify_schema(connection)
        connection.close()
        with pytest.raises(Unavailable, match="can't be read"):
            verify_schema(connection)


def test_resume_tells_why_it_was_halted_and_asks_to_be_sure(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    told = {"ORIGIN": world.origin, "FOLDER": world.settings.folder, "DATABASE": world.settings.database_url}
    for name, value in told.items():
        monkeypatch.setenv(f"PLANETVAULT_{name}", str(value))
    assert program.main(["resume"]) == 0
    assert "not halted" in capsys.readouterr().out
    halt(world, "two roots of size 5")
    assert program.main(["resume"]) == 1
    assert "two roots of size 5" in capsys.readouterr().err
    path = publish_from_the_future(world)
    assert program.main(["resume", "--yes"]) == 1
    assert "size 7" in capsys.readouterr().err
    assert world.http.get("/readyz").status_code == 503
    path.unlink()
    assert program.main(["resume", "--yes"]) == 0
    assert world.http.get("/readyz").status_code == 200
