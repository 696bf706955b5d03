"""The vault's own keys: made once, kept from everybody else, and missed loudly."""

import stat
from pathlib import Path

import pytest

from vault.errors import Unavailable
from vault.keyring import KEY_NAMES, log_origin, make_keys, read_keys

ORIGIN = "vault.example"


def test_keys_are_made_and_read_back(tmp_path: Path) -> None:
    make_keys(tmp_path)
    first, second = read_keys(tmp_path, ORIGIN), read_keys(tmp_path, ORIGIN)
    assert first.records.kid == second.records.kid
    assert first.log.verifier.vkey == second.log.verifier.vkey
    assert first.log.name == log_origin(ORIGIN) == "vault.example/log"


def test_a_key_that_exists_is_never_replaced(tmp_path: Path) -> None:
    make_keys(tmp_path)
    before = [(tmp_path / name).read_bytes() for name in KEY_NAMES]
    make_keys(tmp_path)
    assert [(tmp_path / name).read_bytes() for name in KEY_NAMES] == before


def test_a_missing_key_is_made_beside_the_other(tmp_path: Path) -> None:
    make_keys(tmp_path)
    records = (tmp_path / "records.key").read_bytes()
    (tmp_path / "log.key").unlink()
    make_keys(tmp_path)
    assert (tmp_path / "records.key").read_bytes() == records
    assert (tmp_path / "log.key").exists()


def test_nobody_else_on_the_machine_reads_a_key(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "vault"
    make_keys(folder)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE((folder / name).stat().st_mode) for name in KEY_NAMES} == {0o600}


def test_the_keys_are_different(tmp_path: Path) -> None:
    make_keys(tmp_path)
    assert len({(tmp_path / name).read_text() for name in KEY_NAMES}) == len(KEY_NAMES)


@pytest.mark.parametrize("content", ["", "00", "zz" * 32, "00" * 33, "é" * 32])
@pytest.mark.parametrize("name", KEY_NAMES)
def test_a_damaged_key_is_missed_and_not_repeated(tmp_path: Path, name: str, content: str) -> None:
    make_keys(tmp_path)
    (tmp_path / name).write_text(content)
    with pytest.raises(Unavailable, match=name.replace(".", r"\.")) as refused:
        read_keys(tmp_path, ORIGIN)
    assert not content or content not in str(refused.value)


def test_a_damaged_key_is_not_overwritten_by_a_new_one(tmp_path: Path) -> None:
    make_keys(tmp_path)
    (tmp_path / "records.key").write_text("damaged")
    make_keys(tmp_path)
    assert (tmp_path / "records.key").read_text() == "damaged"


def test_a_vault_without_keys_does_not_start(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="planetvault keys"):
        read_keys(tmp_path, ORIGIN)


def test_a_keyring_can_be_shown_without_showing_a_key(tmp_path: Path) -> None:
    make_keys(tmp_path)
    keys = read_keys(tmp_path, ORIGIN)
    shown = repr(keys)
    for name in KEY_NAMES:
        assert (tmp_path / name).read_text().strip() not in shown
    assert keys.records.seed().hex() not in shown
    assert repr(keys.records.seed()) not in shown
