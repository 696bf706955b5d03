"""The schema's history: forward, back, and no difference between it and what the slices say."""

from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from tests.vault.world import settings_with_tables, settle, vault_running
from vault.db import connect
from vault.migrations import config_of, engine_of, load_tables, migrate, revert
from vault.schema import metadata

FIRST = "0001"


def tables(url: str) -> set[str]:
    engine = engine_of(url)
    try:
        return set(inspect(engine).get_table_names()) - {"alembic_version"}
    finally:
        engine.dispose()


def difference(url: str) -> list[object]:
    load_tables()
    engine = engine_of(url)
    with engine.connect() as connection:
        found: list[object] = compare_metadata(MigrationContext.configure(connection), metadata)
    engine.dispose()
    return found


def shape(url: str) -> dict[str, object]:
    """Columns and indexes of every table, as the database tells them."""
    engine = engine_of(url)
    look = inspect(engine)
    described: dict[str, object] = {
        table: (
            [(c["name"], str(c["type"]), c["nullable"]) for c in look.get_columns(table)],
            sorted((i["name"] or "", i["column_names"], i["unique"]) for i in look.get_indexes(table)),
            look.get_pk_constraint(table)["constrained_columns"],
        )
        for table in look.get_table_names()
    }
    engine.dispose()
    return described


def test_the_newest_schema_is_what_the_slices_say(database_url: str) -> None:
    migrate(database_url)
    assert difference(database_url) == []
    command.check(config_of(database_url))


def test_migrating_again_changes_nothing(database_url: str) -> None:
    migrate(database_url)
    before = shape(database_url)
    migrate(database_url)
    assert shape(database_url) == before


def test_every_step_back_and_forward_again_ends_at_the_same_schema(database_url: str) -> None:
    migrate(database_url)
    before = shape(database_url)
    steps = [one.revision for one in ScriptDirectory.from_config(config_of(database_url)).walk_revisions()]
    for step in steps[1:]:
        revert(database_url, step)
    assert steps[-1] == FIRST
    for step in reversed(steps[:-1]):
        migrate(database_url, step)
    assert shape(database_url) == before
    assert difference(database_url) == []


def test_back_to_nothing_leaves_nothing(database_url: str) -> None:
    migrate(database_url)
    revert(database_url, "base")
    assert tables(database_url) == set()


def test_the_history_is_one_line(tmp_path: Path) -> None:
    script = ScriptDirectory.from_config(config_of(f"sqlite:///{tmp_path / 'a.sqlite3'}"))
    assert len(script.get_heads()) == 1
    assert script.get_bases() == [FIRST]
    numbers = sorted(one.revision for one in script.walk_revisions())
    assert numbers == [f"{number:04}" for number in range(1, len(numbers) + 1)]


@pytest.mark.parametrize("kind", ["memory", "missing"])
def test_a_database_that_was_never_migrated_is_not_taken_for_a_vault(tmp_path: Path, kind: str) -> None:
    url = "sqlite:///:memory:" if kind == "memory" else f"sqlite:///{tmp_path / 'new.sqlite3'}"
    with vault_running(tmp_path, url) as world:
        assert world.http.get("/readyz").status_code == 503


def test_the_log_queue_refuses_what_no_sequencer_could_read(vault_url: str) -> None:
    connection = connect(vault_url)
    with pytest.raises(Exception, match="log_queue_entry"):
        connection.run("INSERT INTO log_queue (entry) VALUES (:entry)", {"entry": b"short"})
    connection.close()


def test_what_is_tested_on_copies_of_an_empty_database_is_a_migrated_one(
    vault_url: str, tmp_path: Path
) -> None:
    assert difference(vault_url) == []
    with vault_running(tmp_path, vault_url) as world:
        settle(world)
        assert settings_with_tables(tmp_path, vault_url).database_url == vault_url
    engine = engine_of(vault_url)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT COUNT(*) FROM alembic_version")).scalar() == 1
    engine.dispose()
