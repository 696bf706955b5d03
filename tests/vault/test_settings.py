"""Settings: from the environment or from files, checked at once, and never repeated."""

import os
from pathlib import Path

import pytest
from pydantic import SecretStr

from vault.errors import Malformed
from vault.settings import Settings, read_settings

SECRET = "a-secret-that-nobody-is-told-7f3a9b"


@pytest.fixture(autouse=True)
def _nothing_else_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("PLANETVAULT_"):
            monkeypatch.delenv(name)


def test_without_any_setting_a_vault_is_local_and_closed_to_operators() -> None:
    settings = read_settings()
    assert settings.origin == "vault.localhost"
    assert settings.database_url == "sqlite:///build/vault/vault.sqlite3"
    assert settings.operator_token.get_secret_value() == ""


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLANETVAULT_ORIGIN", "vault.example")
    monkeypatch.setenv("PLANETVAULT_FEE", "250")
    monkeypatch.setenv("PLANETVAULT_DATABASE", "postgresql://db/vault")
    settings = read_settings()
    assert (settings.origin, settings.fee, settings.database_url) == (
        "vault.example",
        250,
        "postgresql://db/vault",
    )


def test_a_secret_may_come_from_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text(SECRET + "\n")
    monkeypatch.setenv("PLANETVAULT_OPERATOR_TOKEN_FILE", str(path))
    assert read_settings().operator_token.get_secret_value() == SECRET


@pytest.mark.parametrize("file", ["missing", "folder", "not text"])
def test_a_file_that_cannot_be_read_is_named_by_its_setting(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, file: str
) -> None:
    path = tmp_path / SECRET
    if file == "folder":
        path.mkdir()
    elif file == "not text":
        path.write_bytes(b"\xff\xfe\xff")
    monkeypatch.setenv("PLANETVAULT_OPERATOR_TOKEN_FILE", str(path))
    with pytest.raises(Malformed, match="PLANETVAULT_OPERATOR_TOKEN_FILE") as refused:
        read_settings()
    assert SECRET not in str(refused.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ORIGIN", "not a domain " + SECRET),
        ("ORIGIN", "UPPER.EXAMPLE"),
        ("ORIGIN", ""),
        ("CURRENCY", "usd"),
        ("CURRENCY", SECRET),
        ("FEE", "-1"),
        ("FEE", "10001"),
        ("FEE", SECRET),
        ("OPERATOR_TOKEN", "short"),
        ("ANCHOR_SECONDS", "-1"),
        ("ANCHOR_ENTRIES", "0"),
        ("WITNESS_QUORUM", "-1"),
        ("WITNESS_URLS", "https://a.example https://b.example"),
    ],
)
def test_a_wrong_setting_is_named_and_its_value_is_not(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(f"PLANETVAULT_{name}", value)
    with pytest.raises(Malformed) as refused:
        read_settings()
    said = str(refused.value)
    assert name in said.upper()
    assert SECRET not in said
    assert value not in said or not value


def test_settings_can_be_shown_without_showing_a_secret() -> None:
    settings = Settings(
        operator_token=SecretStr(SECRET),
        chain_key=SecretStr(SECRET),
        database=f"postgresql://vault:{SECRET}@db/vault",
        chain_rpc=f"https://rpc.example/v3/{SECRET}",
    )
    assert SECRET not in repr(settings)
    assert SECRET not in str(settings)


def test_settings_do_not_change_while_a_vault_runs() -> None:
    with pytest.raises(ValueError, match="frozen"):
        Settings().fee = 0


def test_every_setting_says_what_it_is_for() -> None:
    assert all(field.description for field in Settings.model_fields.values())


@pytest.mark.parametrize("proxies", ["*", "0.0.0.0/0", "10.0.0.7 ::/0", "proxy.example", "10.0.0.7,10.0.0.8"])
def test_proxies_are_addresses_and_never_everybody(monkeypatch: pytest.MonkeyPatch, proxies: str) -> None:
    monkeypatch.setenv("PLANETVAULT_PROXIES", proxies)
    with pytest.raises(Malformed, match="PLANETVAULT_PROXIES"):
        read_settings()
