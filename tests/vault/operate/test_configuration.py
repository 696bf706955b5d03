"""What ``check-config`` says of a vault that can run, and of each thing that keeps it from running."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from tests.vault.world import World, settings_with_tables
from vault.__main__ import FAILED, main
from vault.configuration import MASK, check, effective, without_secrets
from vault.settings import Settings


@pytest.fixture
def settings(world: World) -> Settings:
    return world.settings


def wrong(settings: Settings, **changes: Any) -> dict[str, str]:
    """What is not as it should be, by name."""
    found = check(settings.model_copy(update=changes))
    return {one.name: one.words for one in found if not one.good}


def test_a_vault_that_can_run_has_nothing_wrong(settings: Settings) -> None:
    assert wrong(settings) == {}


def test_keys_that_others_may_read_are_told(settings: Settings) -> None:
    key = settings.folder / "records.key"
    key.chmod(0o640)
    assert wrong(settings) == {"keys": "others may read records.key: chmod 600"}


def test_keys_that_are_missing_are_told(settings: Settings, tmp_path: Path) -> None:
    assert "keys" in wrong(settings, folder=tmp_path / "nowhere")


def test_a_database_that_does_not_answer_is_told_without_its_password(settings: Settings) -> None:
    url = "postgresql://vault:hidden@127.0.0.1:9/vault"
    found = wrong(settings, database=url)
    assert {"database", "schema", "history"} == found.keys()
    assert "hidden" not in str(found)


def test_a_database_without_tables_is_told(tmp_path: Path) -> None:
    bare = settings_with_tables(tmp_path, f"sqlite:///{tmp_path / 'empty.sqlite3'}")
    assert "schema" in wrong(bare)


@pytest.mark.parametrize(
    "url", ["vault.example", "ftp://vault.example", "https://", "https://vault.example/?a"]
)
def test_a_url_that_nobody_can_sign_for_is_told(settings: Settings, url: str) -> None:
    assert wrong(settings, public_url=url) == {"url": "PLANETVAULT_PUBLIC_URL is no http or https URL"}


def test_a_chain_that_does_not_answer_is_told(settings: Settings) -> None:
    key = SecretStr("0x" + "11" * 32)
    found = wrong(settings, chain_rpc="http://127.0.0.1:9/a-key-in-the-path", chain_key=key)
    assert found.keys() == {"chain"}
    assert "a-key-in-the-path" not in found["chain"]


def test_an_object_store_that_does_not_answer_is_told(settings: Settings) -> None:
    away = {"objects": "s3://vault/blobs", "objects_endpoint": "http://127.0.0.1:9", "objects_key_id": "v"}
    assert wrong(settings, **away).keys() == {"objects"}


def test_no_secret_is_among_the_settings_that_are_shown(settings: Settings) -> None:
    secret = settings.model_copy(
        update={
            "chain_key": SecretStr("0xhidden"),
            "objects_key": SecretStr("hidden"),
            "database": "postgresql://vault:hidden@db.example/vault?password=hidden",
            "chain_rpc": "https://node.example/hidden",
        }
    )
    lines = list(effective(secret))
    assert not [line for line in lines if "hidden" in line]
    assert f"PLANETVAULT_CHAIN_KEY={MASK}" in lines
    assert "PLANETVAULT_PAYOUT_CONTRACT=" in lines


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("sqlite:////var/lib/vault.sqlite3", "sqlite:////var/lib/vault.sqlite3"),
        ("postgresql://v:word@db.example:5433/vault", f"postgresql://v:{MASK}@db.example:5433/vault"),
        ("postgresql://v@db.example/vault", "postgresql://v@db.example/vault"),
        ("https://node.example/", "https://node.example/"),
        ("https://node.example/v3/word", f"https://node.example/{MASK}"),
    ],
)
def test_a_url_is_shown_without_what_opens_it(url: str, shown: str) -> None:
    assert without_secrets(url) == shown


def test_the_command_shows_only_what_is_wrong_and_exits_with_1(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PLANETVAULT_FOLDER", str(tmp_path))
    assert main(["check-config", "--quiet"]) == FAILED
    lines = capsys.readouterr().out.splitlines()
    assert lines
    assert all(line.startswith("WRONG") for line in lines)
