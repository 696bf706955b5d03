"""Files for partners: chosen one by one, opened by a use, fetched while that may be, and closed again."""

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from planetvault.errors import (
    AnswerSwapped,
    Forbidden,
    ItemChanged,
    NotFound,
    TooWide,
    Unreachable,
    VaultRefused,
)
from planetvault.fetching import PART_BYTES
from planetvault.memory import RamMemory
from planetvault.opened import OpenedFile
from planetvault.owner import Owner, RecoveryPhrase
from planetvault.owner.given import covered_columns
from planetvault.partner import Partner
from planetvault.partner.consents import HeldGrant
from planetvault.sealing.errors import InputError

from anchor.records.consent import Grant
from tests.attacks.town import Between, Town
from tests.records.examples import examples
from tests.sdk.client.scene import plays
from tests.sdk.files.test_files import Dying

FILES = {"clusters": ["document.file/content", "document.file/what"], "future_items": True}
CANARY = b"canary content, sealed on her device "


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("planetvault.http.PAUSES", ())


@pytest.fixture
def letter(tmp_path: Path) -> Path:
    path = tmp_path / "canary-letter.txt"
    path.write_bytes(CANARY * 3000)
    return path


def granted(town: Town, **terms: Any) -> HeldGrant:
    """A grant for files, which opens none yet."""
    signed = town.owner.grant(town.asked(**(FILES | terms)))
    return next(one for one in town.partner.grants() if one.hash == signed.hash)


def shared(town: Town, path: Path, **terms: Any) -> tuple[HeldGrant, OpenedFile]:
    """A file that was chosen for a grant, and opened by a use of it."""
    grant = granted(town, **terms)
    town.owner.share_file(town.owner.put_blob(path), grant.signed)
    (file,) = town.partner.use(grant, town.partner.items(grant)).files
    return grant, file


def test_a_partner_opens_the_file_that_was_chosen_for_it(town: Town, letter: Path, tmp_path: Path) -> None:
    grant, file = shared(town, letter)
    assert (file.name, file.media_type, file.size) == (letter.name, "text/plain", letter.stat().st_size)
    assert town.partner.get_blob(file, tmp_path / "back").read_bytes() == letter.read_bytes()
    assert town.partner.read_blob(file, 30, 100) == letter.read_bytes()[30:130]
    (receipt,) = town.owner.receipts()
    assert receipt.receipt.raw == file.receipt.raw
    assert town.partner.grants()[0].uses == 1, "fetching is no use"
    columns = town.partner.use(grant, town.partner.items(grant)).columns
    assert set(columns) == {"name", "type", "size_bytes", "content"}


def test_no_file_is_opened_that_its_owner_did_not_choose(town: Town, letter: Path) -> None:
    before = town.owner.put_blob(letter)
    grant = granted(town)
    after = town.owner.put_blob(letter)
    assert town.owner.cover(grant.signed) == 0
    assert town.partner.items(grant) == []
    town.owner.share_file(after, grant.signed)
    assert [one.item for one in town.partner.items(grant)] == [after.item]
    assert town.owner.cover(grant.signed) == 1
    assert [one.item for one in town.partner.items(grant)] == [after.item]
    assert before.item != after.item


def test_to_choose_a_file_twice_leaves_one_choice(town: Town, letter: Path) -> None:
    grant, _ = shared(town, letter)
    (item,) = (one for one in town.owner.items() if one.kind == "document.file")
    assert town.owner.share_file(item, grant.signed).named == item.named == (grant.terms.id,)


def test_a_file_that_is_taken_back_is_closed_at_once(town: Town, letter: Path, tmp_path: Path) -> None:
    grant, file = shared(town, letter)
    stored = town.owner.unshare_file(file.item, grant.signed)
    assert stored.named == ()
    assert town.partner.items(grant) == []
    with pytest.raises(NotFound):
        town.partner.get_blob(file, tmp_path / "back")
    assert not (tmp_path / "back").exists()


def test_a_file_is_chosen_for_grants_of_files_that_stand(town: Town, letter: Path) -> None:
    stored = town.owner.put_blob(letter)
    music = town.owner.grant(town.asked())
    with pytest.raises(TooWide):
        town.owner.share_file(stored, music)
    grant = granted(town)
    town.owner.revoke(next(one for one in town.owner.grants() if one.hash == grant.hash))
    with pytest.raises(TooWide):
        town.owner.share_file(stored, grant.signed)


def test_only_files_are_chosen(town: Town) -> None:
    town.owner.import_export(plays("2027-01"))
    grant = granted(town)
    (month,) = town.owner.items()
    with pytest.raises(ItemChanged):
        town.owner.share_file(month, grant.signed)


def test_the_choice_holds_on_another_device_and_through_a_renewal(town: Town, letter: Path) -> None:
    grant, _ = shared(town, letter)
    other_grant = granted(town)
    (item,) = (one.item for one in town.owner.items())
    town.owner.share_file(item, other_grant.signed)
    phrase = RecoveryPhrase.new()
    town.owner.add_locker(phrase)
    second = Owner.open_with(town.url, RamMemory(), phrase, transport=town.between, clock=town.clock)
    (stored,) = second.items()
    assert set(stored.named) == {grant.terms.id, other_grant.terms.id}
    given = next(one for one in second.grants() if one.hash == grant.hash)
    second.revoke(given)
    assert second.renew(given) == 1
    (file,) = town.partner.use(other_grant, town.partner.items(other_grant)).files
    assert town.partner.read_blob(file, 0, len(CANARY)) == CANARY


def test_to_know_of_a_file_is_not_to_open_it(town: Town, letter: Path) -> None:
    grant = granted(town, clusters=["document.file/what", "document.file/when"])
    town.owner.share_file(town.owner.put_blob(letter), grant.signed)
    opened = town.partner.use(grant, town.partner.items(grant))
    assert opened.files == []
    assert set(opened.columns) == {"name", "type", "size_bytes", "at"}
    (file,) = town.owner.files()
    by_hand = OpenedFile(opened.receipt, file.item, file.name, file.media_type, file.size, file.reference)
    with pytest.raises(NotFound):
        town.partner.read_blob(by_hand, 0, 1)


def test_a_receipt_fetches_for_its_own_partner_alone(town: Town, letter: Path) -> None:
    _, file = shared(town, letter)
    stranger = Partner.create(
        "other.example", "Other", town.url, RamMemory(), transport=town.between, clock=town.clock
    )
    with pytest.raises(NotFound):
        stranger.read_blob(file, 0, 1)


@pytest.mark.parametrize("ends", ["revoked", "expired", "a day later", "paused"])
def test_what_ends_uses_ends_fetching(town: Town, letter: Path, tmp_path: Path, ends: str) -> None:
    grant, file = shared(town, letter, duration_days=30)
    assert town.partner.read_blob(file, 0, 1) == CANARY[:1]
    if ends == "revoked":
        town.owner.revoke(next(one for one in town.owner.grants() if one.hash == grant.hash))
    elif ends == "paused":
        town.owner.pause(True)
    elif ends == "a day later":
        town.clock.pass_by(hours=24, seconds=1)
    else:
        # On the very last second of the grant there is a use; the worker that shuts grants never runs here.
        town.clock.time = grant.terms.expires
        town.clock.pass_by(seconds=-20)
        (file,) = town.partner.use(grant, town.partner.items(grant)).files
        town.clock.time = grant.terms.expires
    with pytest.raises(VaultRefused) as refused:
        town.partner.get_blob(file, tmp_path / "back")
    assert refused.value.code == ("owner-paused" if ends == "paused" else "forbidden")
    assert not list(tmp_path.glob("back*"))


def test_a_download_goes_on_where_it_broke_and_ends_with_the_grant(town: Town, tmp_path: Path) -> None:
    path, back = tmp_path / "film", tmp_path / "back"
    path.write_bytes(os.urandom(2 * PART_BYTES + 99))
    grant, file = shared(town, path)
    seen: list[tuple[int, int]] = []
    with pytest.raises(Unreachable):
        partner_on(town, Breaking(town.between, 1)).get_blob(file, back)
    assert town.partner.get_blob(file, back, progress=lambda *now: seen.append(now)) == back
    assert back.read_bytes() == path.read_bytes()
    assert len(seen) == 2, "the part that had come is not fetched again"

    given = next(one for one in town.owner.grants() if one.hash == grant.hash)
    back.unlink()

    def revoking(here: int, _total: int) -> None:
        if here == PART_BYTES:
            town.owner.revoke(given)

    with pytest.raises(Forbidden):
        town.partner.get_blob(file, back, progress=revoking)
    assert not back.exists()


def test_more_than_a_part_is_not_handed_to_a_partner_at_a_time(town: Town, tmp_path: Path) -> None:
    path = tmp_path / "film"
    path.write_bytes(os.urandom(PART_BYTES + 99))
    _, file = shared(town, path)
    with pytest.raises(VaultRefused) as refused:
        town.partner.read_blob(file, 0, PART_BYTES + 99)
    assert refused.value.status == 413


def test_a_changed_byte_is_found_out_and_nothing_is_left(town: Town, letter: Path, tmp_path: Path) -> None:
    _, file = shared(town, letter)

    def flip(where: str, body: bytes) -> bytes:
        return body[:-1] + bytes([body[-1] ^ 1]) if "/blobs/" in where else body

    town.between.rewrite = flip
    with pytest.raises(AnswerSwapped) as swapped:
        town.partner.get_blob(file, tmp_path / "back")
    assert swapped.value.evidence == (file.receipt.raw,)
    with pytest.raises(AnswerSwapped):
        town.partner.read_blob(file, 0, 10)
    assert not list(tmp_path.glob("back*"))


def test_the_vault_learns_nothing_of_a_file_that_is_opened(town: Town, letter: Path, tmp_path: Path) -> None:
    _, file = shared(town, letter)
    town.partner.get_blob(file, tmp_path / "back")
    own = {letter, tmp_path / "back"}
    kept = [one.read_bytes() for one in town.folder.rglob("*") if one.is_file() and one not in own]
    said = [body for _, body in town.between.answers] + [one.content for one in town.between.requests]
    assert len(kept) > 3
    for canary in (b"canary", b"document.file/", b"text/plain", file.reference.key):
        found = [octets for octets in kept + said if canary in octets]
        assert not found or canary == b"document.file/", canary  # asks and grants name clusters


@pytest.mark.parametrize("name", ["", "a" * 257, "bell\a", "half \ud800"])
def test_a_name_that_nobody_could_read_is_refused_before_anything_is_sent(
    town: Town, letter: Path, name: str
) -> None:
    town.between.requests.clear()
    with pytest.raises(InputError):
        town.owner.put_blob(letter, name=name or "\x00")
    with pytest.raises(InputError):
        town.owner.put_blob(letter, media_type="Text/Plain; charset=utf-8")
    assert town.between.requests == []


GRANT: Grant = examples()["grant"].signed.record
CLUSTERS = ("document.file/what", "document.file/content", "music.play/what")


@given(
    named=st.lists(st.binary(min_size=16, max_size=16), max_size=4),
    chosen=st.booleans(),
    what=st.sets(
        st.sampled_from(["document.file/what", "document.file/content", "music.play/what"]), min_size=1
    ),
    period=st.sampled_from(["1999-01", "2027-03", "whatever"]),
)
def test_a_file_is_covered_if_it_names_the_grant_and_by_nothing_else(
    named: list[bytes], chosen: bool, what: set[str], period: str
) -> None:
    grant = replace(GRANT, clusters=tuple(sorted(what)))
    ids = [*(one for one in named if one != grant.id), *([grant.id] if chosen else [])]
    covered = covered_columns(grant, "document.file", period, grant.time, ids)
    expected = {
        column
        for cluster, columns in (("what", ("name", "type", "size_bytes")), ("content", ("content",)))
        if f"document.file/{cluster}" in what and chosen
        for column in columns
    }
    assert set(covered) == expected


class Breaking(Dying):
    """A line that breaks for good after so many downloads of a partner."""

    def __init__(self, between: Between, after: int) -> None:
        super().__init__(between, "GET", after)

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        if "/receipts/" in str(request.url):
            self.seen += 1
            if self.seen > self.left:
                raise httpx2.ConnectError("the line is dead")
        return self.between.handle_request(request)


def partner_on(town: Town, transport: httpx2.BaseTransport) -> Partner:
    """The same partner, on another line."""
    return Partner.open(town.url, town.partners_memory, transport=transport, clock=town.clock)
