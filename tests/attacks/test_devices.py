"""Attacks on what an owner holds in her hands: her password, her device's memory, the app she is given."""

import json
import os
import pickle
from collections.abc import Callable, Iterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from planetvault.delivered import check_app
from planetvault.errors import AppChanged, BrokenAnswer, MemoryFault, MemoryMoved, PlanetVaultError
from planetvault.memory import FileMemory, RamMemory
from planetvault.owner import Owner, Password, RecoveryPhrase
from planetvault.partner import Partner
from planetvault.sealed_memory import SealedMemory
from planetvault.sealing.stretching import TODAY

from tests.attacks.town import Town
from tests.sdk.client.scene import plays
from tests.vault.test_web import build
from vault.web.packaged import packaged, read_app

DEARER = replace(TODAY, passes=TODAY.passes + 1)

# -- a cost of yesterday ------------------------------------------------------------------


def passwords(owner: Owner) -> list[bytes]:
    return [one.kid for one in owner.lockers() if one.kind == "password"]


def test_a_password_of_a_lower_cost_gets_a_new_locker_when_it_is_next_opened(town: Town) -> None:
    town.owner.import_export(plays("2027-01"))
    old = Password.new("a password of hers")
    before = town.owner.add_locker(old)
    today = replace(old, cost=DEARER)
    device = arriving(town, today)
    (after,) = passwords(device)
    assert after != before
    kept = json.loads(town.sql("SELECT parameters FROM lockers WHERE kid = ?", after)[0][0])
    assert kept["passes"] == DEARER.passes
    assert [device.open_item(item).stored.rows for item in device.items()] == [2]
    assert passwords(arriving(town, today)) == [after]
    assert passwords(arriving(town, old)) == [after], "a dearer locker is never made cheaper"
    with pytest.raises(PlanetVaultError):
        arriving(town, Password("a guess", old.secret_key))


def test_a_finder_moves_to_no_other_account(town: Town) -> None:
    kept = Password.new("a password")
    town.owner.add_locker(kept)
    stranger = Owner.create(town.url, RamMemory(), transport=town.between, clock=town.clock)
    with pytest.raises(PlanetVaultError):
        stranger.add_locker(kept)
    assert arriving(town, kept).account == town.owner.account


def arriving(town: Town, opener: Any) -> Owner:
    return Owner.open_with(town.url, RamMemory(), opener, transport=town.between, clock=town.clock)


# -- changed code for one person ------------------------------------------------------------


@pytest.fixture
def app(town: Town, tmp_path: Path) -> Iterator[dict[str, bytes]]:
    """The app as this vault delivers it; whoever changes what is here changes it for one person."""
    files = read_app(build(tmp_path / "app"))
    overrides = town.between.vault.app.dependency_overrides  # type: ignore[attr-defined] # it is our FastAPI
    overrides[packaged] = lambda: files
    changed: dict[str, bytes] = {}
    town.between.rewrite = changed.get
    yield changed
    overrides.clear()


def test_changed_code_for_one_person_is_found_out_from_outside(town: Town, app: dict[str, bytes]) -> None:
    others = check_app(town.url, transport=town.between).hash
    assert check_app(town.url, expected=others, transport=town.between).hash == others
    for path in ("/", "/assets/app-1.js", "/icon.svg", "/app.json", "/sw.js"):
        app[path] = town.between.vault.get(path).content + b" "
        with pytest.raises(AppChanged):
            check_app(town.url, expected=others, transport=town.between)
        app.clear()


def test_a_whole_other_version_for_one_person_is_found_out_by_its_hash(
    town: Town, app: dict[str, bytes]
) -> None:
    others = check_app(town.url, transport=town.between).hash
    script = b"steal();"
    manifest = json.loads(town.between.vault.get("/app.json").content)
    manifest["files"]["assets/app-1.js"] = sha256(script).hexdigest()
    app["/app.json"] = json.dumps(manifest).encode()
    app["/sw.js"] = f'const manifest = "{sha256(app["/app.json"]).hexdigest()}";'.encode()
    app["/assets/app-1.js"] = script
    assert check_app(town.url, transport=town.between).hash != others, "it is whole, and another"
    with pytest.raises(AppChanged):
        check_app(town.url, expected=others, transport=town.between)


@pytest.mark.parametrize(
    "manifest",
    [b"", b"[]", b"{}", b'{"files":{}}', b'{"files":{"index.html":1}}', b'{"files":{"../x":"00"}}'],
    ids=str,
)
def test_a_manifest_that_names_nothing_proper_is_refused(
    town: Town, app: dict[str, bytes], manifest: bytes
) -> None:
    app["/app.json"] = manifest
    app["/sw.js"] = sha256(manifest).hexdigest().encode()
    with pytest.raises(BrokenAnswer):
        check_app(town.url, transport=town.between)


# -- a script that reads keys -----------------------------------------------------------------


def secrets_of(owner: Owner) -> list[bytes]:
    steps = owner._steps
    found = [steps.locker.secret(), steps.locker.opening.seed(), steps.unlocked.identity.secret]
    found += [root.key for root in steps.unlocked.roots]
    return [*found, *(one.key for one in steps._collections.values())]


def forms(secret: bytes) -> tuple[str, ...]:
    return secret.hex(), repr(secret)[2:-1], str(list(secret))


def test_a_script_that_reads_the_memory_takes_no_key_away(town: Town, tmp_path: Path) -> None:
    key = os.urandom(32)
    file, partners = tmp_path / "hers.memory", tmp_path / "theirs.memory"
    memory = SealedMemory(FileMemory(file), key)
    owner = Owner.create(town.url, memory, transport=town.between, clock=town.clock)
    owner.import_export(plays("2027-01"))
    kept = SealedMemory(FileMemory(partners), key)
    Partner.create("kept.example", "Kept", town.url, kept, transport=town.between, clock=town.clock)
    stolen = b"".join(path.read_bytes() for path in tmp_path.glob("*.memory*"))
    secrets = [*secrets_of(owner), *RamLooted(kept).values()]
    assert len(secrets) > 6
    for secret in (*secrets, owner.account, b"The Testers", b"music.play"):
        assert secret not in stolen
    assert {path.stat().st_mode & 0o777 for path in (file, partners)} == {0o600}
    for other in (FileMemory(file), SealedMemory(FileMemory(file), os.urandom(32))):
        with pytest.raises(PlanetVaultError):
            Owner.open(town.url, other, transport=town.between, clock=town.clock)
    again = Owner.open(
        town.url, SealedMemory(FileMemory(file), key), transport=town.between, clock=town.clock
    )
    assert len(again.items()) == 1


class RamLooted:
    """The secrets a partner keeps, as its own memory shows them."""

    def __init__(self, memory: SealedMemory) -> None:
        self._kept = memory.under("own/")

    def values(self) -> list[bytes]:
        return [value for name, value in self._kept.items() if "/sign/" in name or "/open/" in name]


def test_what_is_sealed_under_one_name_is_not_read_under_another(tmp_path: Path) -> None:
    inner = FileMemory(tmp_path / "memory")
    memory = SealedMemory(inner, bytes(32))
    memory.put({"one": b"1", "two": b"2"})
    assert memory.under("") == {"one": b"1", "two": b"2"}
    inner.put({"one": inner.get("two")})
    with pytest.raises(MemoryFault):
        memory.get("one")
    inner.put({"one": b"in the clear"})
    with pytest.raises(MemoryFault):
        memory.under("")


def test_a_sealed_memory_keeps_all_or_nothing_as_the_one_beneath_does(tmp_path: Path) -> None:
    memory = SealedMemory(FileMemory(tmp_path / "memory"), bytes(32))
    memory.put({"name": b"1"}, expected={"name": None})
    with pytest.raises(MemoryMoved):
        memory.put({"name": b"2", "other": b"3"}, expected={"name": None})
    with pytest.raises(MemoryMoved):
        memory.put({"name": b"2"}, expected={"name": b"2"})
    memory.put({"name": None}, expected={"name": b"1"})
    assert memory.under("") == {}


SHOWN: list[Callable[[object], str]] = [repr, str, "{}".format, lambda one: str(getattr(one, "__dict__", ""))]


def test_no_key_shows_itself_where_objects_are_printed(town: Town) -> None:
    phrase, password = RecoveryPhrase.new(), Password.new("a password of hers")
    town.owner.add_locker(phrase)
    town.used()
    steps = town.owner._steps
    printed = [town.owner, town.partner, phrase, password, steps.unlocked, steps.unlocked.identity]
    printed += [steps.locker, steps.locker.signing, steps.locker.opening, *steps.unlocked.roots]
    printed += [*steps._collections.values()]
    text = "\n".join(show(one) for one in printed for show in SHOWN[:3])
    for secret in secrets_of(town.owner):
        assert not any(form in text for form in forms(secret))
    assert phrase.words not in text
    assert "a password of hers" not in text
    with pytest.raises((TypeError, AttributeError, pickle.PicklingError)):
        pickle.dumps(town.owner)
