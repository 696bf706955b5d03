"""A bundle holds everything, checks itself, and opens without a vault."""

from collections.abc import Callable
from pathlib import Path
from random import Random
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

import pytest
from planetvault.bundle import check_bundle, open_bundle
from planetvault.errors import AccountChanged, BundleBroken, JournalForked, OpensNothing
from planetvault.memory import RamMemory
from planetvault.owner import Owner, Password, RecoveryPhrase

from tests.attacks.town import Town
from tests.sdk.client.scene import plays

SECRET_WORDS = ("The Testers", "Fixtures", "Song 2027", "spotify:track", "music.play")


def lived(town: Town, path: Path) -> RecoveryPhrase:
    """A bundle of an account with some life in it."""
    phrase = RecoveryPhrase.new()
    grant = town.used(2)
    town.owner.add_locker(phrase)
    town.owner.remove_locker(town.owner.add_locker(Password.new("one that goes again")))
    town.owner.import_export(plays("2027-03"))
    town.owner.revoke(grant.signed)
    town.owner.export(path)
    return phrase


def rewritten(path: Path, change: Callable[[dict[str, bytes]], None], method: int = ZIP_STORED) -> Path:
    """The same archive with its files changed."""
    with ZipFile(path) as source:
        files = {name: source.read(name) for name in source.namelist()}
    change(files)
    other = path.with_name("changed.zip")
    with ZipFile(other, "w", method) as target:
        for name, octets in files.items():
            target.writestr(ZipInfo(name) if method == ZIP_STORED else name, octets)
    return other


def test_a_bundle_checks_itself_and_holds_everything(town: Town, tmp_path: Path) -> None:
    path = tmp_path / "maya.zip"
    lived(town, path)
    found = check_bundle(path)
    assert (found.account, found.vault) == (town.owner.account, town.settings.origin)
    assert (found.lockers, found.items, found.manifests) == (2, 3, 3)
    assert (found.grants, found.receipts) == (1, 3)
    assert found.earned == sum(one.earned for one in town.owner.receipts()) > 0
    assert not path.with_name("maya.zip.part").exists()


def test_an_archive_that_says_more_than_its_files_is_no_bundle(town: Town, tmp_path: Path) -> None:
    lived(town, tmp_path / "maya.zip")
    with ZipFile(tmp_path / "maya.zip", "a") as archive:
        archive.comment = b"take this one"
    with pytest.raises(BundleBroken):
        check_bundle(tmp_path / "maya.zip")


def test_a_bundle_opens_with_words_alone_and_without_a_vault(town: Town, tmp_path: Path) -> None:
    path = tmp_path / "maya.zip"
    phrase = lived(town, path)
    there = {one.item: town.owner.open_item(one).columns for one in town.owner.items()}
    town.between.vault.close()
    assert {one.stored.item: one.columns for one in open_bundle(path, phrase)} == there


def test_a_bundle_opens_for_nobody_else(town: Town, tmp_path: Path) -> None:
    path = tmp_path / "maya.zip"
    lived(town, path)
    for opener in (RecoveryPhrase.new(), Password.new("one that goes again")):
        with pytest.raises(OpensNothing):
            next(open_bundle(path, opener))


def test_nothing_in_a_bundle_is_in_the_clear(town: Town, tmp_path: Path) -> None:
    path = tmp_path / "maya.zip"
    phrase = RecoveryPhrase.new()
    town.owner.add_locker(phrase)
    town.owner.import_export(plays("2027-01"))
    town.owner.export(path)
    octets = path.read_bytes()
    steps = town.owner._steps
    secrets = [steps.locker.secret(), phrase.words.encode(), *(root.key for root in steps.unlocked.roots)]
    assert not [word for word in SECRET_WORDS if word.encode() in octets]
    assert not [secret for secret in secrets if secret in octets]


def test_a_file_dropped_added_or_moved_is_missed(town: Town, tmp_path: Path) -> None:
    path = tmp_path / "maya.zip"
    lived(town, path)
    with ZipFile(path) as archive:
        names = archive.namelist()
    for name in names:
        with pytest.raises(BundleBroken):
            check_bundle(rewritten(path, lambda files, name=name: files.pop(name) and None))  # type: ignore[misc]
    with pytest.raises(BundleBroken):
        check_bundle(rewritten(path, lambda files: files.update({"extra": b""})))
    one, other = [name for name in names if name.startswith("items/")][:2]
    with pytest.raises(BundleBroken):
        check_bundle(rewritten(path, lambda files: files.update({one: files[other], other: files[one]})))


def test_a_compressed_bundle_is_none(town: Town, tmp_path: Path) -> None:
    path = tmp_path / "maya.zip"
    lived(town, path)
    with pytest.raises(BundleBroken):
        check_bundle(rewritten(path, lambda _: None, ZIP_DEFLATED))
    check_bundle(rewritten(path, lambda _: None))


def test_no_byte_of_a_bundle_can_be_changed(town: Town, tmp_path: Path) -> None:
    path = tmp_path / "maya.zip"
    lived(town, path)
    before, octets, random = check_bundle(path), path.read_bytes(), Random(1)  # noqa: S311 - repeatable on purpose
    changed = tmp_path / "changed.zip"
    refused = 0
    for _ in range(600):
        at = random.randrange(len(octets))
        changed.write_bytes(octets[:at] + bytes([octets[at] ^ 1 << random.randrange(8)]) + octets[at + 1 :])
        try:
            assert check_bundle(changed) == before
        except BundleBroken:
            refused += 1
    assert refused > 500


def test_an_index_signed_by_a_removed_locker_is_refused(town: Town, tmp_path: Path) -> None:
    path = tmp_path / "maya.zip"
    phrase = lived(town, path)
    with pytest.raises((OpensNothing, AccountChanged, BundleBroken)):
        next(open_bundle(rewritten(path, lambda files: files.update({"index.signature": b"a.b"})), phrase))


def second_device(town: Town) -> Owner:
    phrase = RecoveryPhrase.new()
    town.owner.add_locker(phrase)
    return Owner.open_with(town.url, RamMemory(), phrase, transport=town.between, clock=town.clock)


def meddled(town: Town, writes: list[Callable[[], object]]) -> None:
    """From now on, what another device does happens just behind an answer about an item."""

    def behind(where: str, body: bytes) -> bytes:
        if where.startswith("/v1/items/") and writes:
            town.between.rewrite = None  # the other device asks as well
            writes.pop()()
            town.between.rewrite = behind
        return body

    town.between.rewrite = behind


def test_an_export_holds_together_when_another_device_writes_and_changes_lockers_meanwhile(
    town: Town, tmp_path: Path
) -> None:
    town.owner.import_export(plays("2027-01", "2027-02"))
    second = second_device(town)
    newer = plays("2027-02", "2027-03", name="Newer")
    writes: list[Callable[[], object]] = [
        lambda: second.delete_item(second.items()[1]),
        second.rotate,
        lambda: second.import_export(newer),
    ]
    meddled(town, writes)
    path = town.owner.export(tmp_path / "maya.zip")
    assert writes == []
    assert check_bundle(path).items == 2
    assert [one.name for one in tmp_path.glob("maya*")] == ["maya.zip"]


def test_an_export_gives_up_when_the_journal_never_rests(town: Town, tmp_path: Path) -> None:
    town.owner.import_export(plays("2027-01"))
    second, count = second_device(town), iter(range(1, 100))

    def write() -> object:
        writes.append(write)
        return second.import_export(plays("2027-02", name=f"Song {next(count)}"))

    writes: list[Callable[[], object]] = [write]
    meddled(town, writes)
    with pytest.raises(JournalForked):
        town.owner.export(tmp_path / "maya.zip")
    assert list(tmp_path.glob("maya*")) == []
