"""An owner leaves one vault for another, with everything she has.

Two real vaults. At the first she imports, grants, earns, loses a device, and keeps a file. She exports,
and moves into the second with the bundle. Everything is there to the byte; her partner asks again, knows
her by the same key, and uses under a new grant; the old receipts still prove against the old vault's
trust file; and the first vault erases her.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from planetvault.bundle import check_bundle
from planetvault.errors import (
    AccountChanged,
    BundleBroken,
    Conflict,
    JournalForked,
    MemoryFault,
    OpensNothing,
    PromiseBroken,
    Unreachable,
    VaultRefused,
)
from planetvault.memory import RamMemory
from planetvault.owner import Device, Owner, RecoveryPhrase
from planetvault.owner.openers import Opener

from anchor.records.trust import read_trust
from tests.attacks.town import Town, town
from tests.sdk.client.scene import ASKED, DOMAIN, plays


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("planetvault.http.PAUSES", ())


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Town]:
    with town(tmp_path / "here", "here.example") as one:
        yield one


@pytest.fixture
def there(tmp_path: Path) -> Iterator[Town]:
    with town(tmp_path / "there", "there.example") as one:
        yield one


@pytest.fixture
def phrase() -> RecoveryPhrase:
    return RecoveryPhrase.new()


@pytest.fixture
def bundle(here: Town, phrase: RecoveryPhrase, tmp_path: Path) -> Path:
    """A life at the first vault, exported."""
    here.owner.add_locker(phrase)
    grant = here.used(2)
    lost = Owner.open_with(here.url, RamMemory(), phrase, transport=here.between, clock=here.clock)
    here.owner.remove_locker(next(one.kid for one in lost.lockers() if one.here))
    here.owner.import_export(plays("2027-03"))
    here.partner.use(grant, here.partner.items(grant))
    gone = next(one for one in here.owner.items() if one.period == "2027-03")
    here.owner.delete_item(gone)
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(os.urandom(9 << 20))
    here.owner.put_blob(photo)
    return here.owner.export(tmp_path / "mine.bundle")


def arrive(there: Town, bundle: Path, opener: Opener, memory: RamMemory | None = None) -> Owner:
    there.clock.time = max(there.clock.time, there.clock())
    return Owner.arrive(
        there.url, memory or RamMemory(), bundle, opener, transport=there.between, clock=there.clock
    )


def contents(owner: Owner) -> dict[tuple[str, str], object]:
    kept = (one for one in owner.items() if one.kind != "document.file")
    return {(one.kind, one.period): owner.open_item(one).columns for one in kept}


def test_she_moves_with_everything_and_goes_on_as_before(
    here: Town, there: Town, bundle: Path, tmp_path: Path
) -> None:
    owner = arrive(there, bundle, Device(here.memory))
    assert owner.account == here.owner.account
    assert contents(owner) == contents(here.owner)
    assert len(contents(owner)) > 1
    photo = next(one for one in owner.files() if one.name == "photo.jpg")
    assert owner.get_blob(photo, tmp_path / "back").read_bytes() == (tmp_path / "photo.jpg").read_bytes()
    owner.import_export(plays("2027-02", name="After the move"))
    assert len(owner.lockers()) == len(here.owner.lockers())


def test_her_history_comes_along_and_proves_against_the_old_vaults_trust(
    here: Town, there: Town, bundle: Path, tmp_path: Path
) -> None:
    owner = arrive(there, bundle, Device(here.memory))
    (tmp_path / "past").mkdir()
    [(path, past)] = owner.past(tmp_path / "past")
    assert path.read_bytes() == bundle.read_bytes()
    assert (past.vault, past.receipts) == ("here.example", len(here.owner.receipts()))
    assert past.earned == sum(one.earned for one in here.owner.receipts()) > 0
    assert owner.receipts() == []
    assert owner.statement().signed.record.vault == "there.example"


def test_a_partner_asks_again_knows_her_by_the_same_key_and_uses(
    here: Town, there: Town, bundle: Path
) -> None:
    owner = arrive(there, bundle, Device(here.memory))
    kid = owner.connect(DOMAIN)
    assert kid == here.owner.connect(DOMAIN)
    ask = there.partner.ask(kid, **ASKED)
    signed = owner.grant(next(one for one in owner.asks() if one.hash == ask.hash))
    grant = next(one for one in there.partner.grants() if one.hash == signed.hash)
    opened = there.partner.use(grant, there.partner.items(grant))
    assert list(opened.rows())
    [receipt] = owner.receipts()
    assert receipt.receipt.record.vault == "there.example"
    assert receipt.receipt.record.seq == 1


def test_words_alone_move_her_when_every_device_is_lost(
    there: Town, here: Town, bundle: Path, phrase: RecoveryPhrase
) -> None:
    memory = RamMemory()
    owner = arrive(there, bundle, RecoveryPhrase(phrase.words), memory)
    assert contents(owner) == contents(here.owner)
    again = Owner.open_with(there.url, RamMemory(), phrase, transport=there.between, clock=there.clock)
    assert contents(again) == contents(owner)


def test_the_first_vault_erases_her_and_the_second_keeps_all(
    here: Town, there: Town, bundle: Path, tmp_path: Path
) -> None:
    before = contents(here.owner)
    owner = arrive(there, bundle, Device(here.memory))
    for grant in here.owner.grants():
        here.owner.revoke(grant)
    balances = here.owner.balances()
    here.owner.erase_account(forfeit=balances.pending + balances.payable)
    assert contents(owner) == before
    (tmp_path / "past").mkdir()
    [(path, _)] = owner.past(tmp_path / "past")
    trust = read_trust(bytes(here.owner._steps.trust))
    assert trust.vault == "here.example"
    assert check_bundle(path).receipts == 3


def test_a_move_that_broke_off_goes_on(here: Town, there: Town, bundle: Path) -> None:
    """Whatever request is the last that arrives, calling again ends well."""
    memory, failed = RamMemory(), 0
    requests = there.between.requests
    for after in range(1, 40):
        begun = len(requests)

        def rewrite(path: str, body: bytes, begun: int = begun, after: int = after) -> bytes:
            if len(requests) - begun > after:
                raise ConnectionError(path)
            return body

        there.between.rewrite = rewrite
        try:
            arrive(there, bundle, Device(here.memory), memory)
        except (ConnectionError, Unreachable, VaultRefused):
            failed += 1
            continue
        break
    there.between.rewrite = None
    owner = arrive(there, bundle, Device(here.memory), memory)
    assert failed > 3
    assert contents(owner) == contents(here.owner)
    assert len([one for one in owner.files() if one.name.startswith("here.example")]) == 1


def test_who_has_the_bundle_and_no_locker_of_it_moves_nobody(there: Town, bundle: Path) -> None:
    for opener in (RecoveryPhrase.new(), Device(there.memory)):
        with pytest.raises((OpensNothing, AccountChanged)):
            arrive(there, bundle, opener)
    assert there.sql("SELECT COUNT(*) FROM accounts") == [(1,)]


def test_a_changed_bundle_moves_nobody(there: Town, here: Town, bundle: Path) -> None:
    octets = bytearray(bundle.read_bytes())
    octets[len(octets) // 2] ^= 1
    bundle.write_bytes(octets)
    with pytest.raises(BundleBroken):
        arrive(there, bundle, Device(here.memory))
    assert there.sql("SELECT COUNT(*) FROM accounts") == [(1,)]


def test_an_account_that_lives_there_already_is_not_moved_over(
    here: Town, there: Town, bundle: Path, tmp_path: Path
) -> None:
    arrive(there, bundle, Device(here.memory))
    here.owner.rotate()
    other = here.owner.export(tmp_path / "later.bundle")
    with pytest.raises((Conflict, PromiseBroken)):
        arrive(there, other, Device(here.memory))


def test_a_memory_of_another_account_is_left_as_it_is(here: Town, there: Town, bundle: Path) -> None:
    before, requests = dict(there.memory.under("")), len(there.between.requests)
    with pytest.raises(MemoryFault):
        arrive(there, bundle, Device(here.memory), there.memory)
    assert dict(there.memory.under("")) == before
    assert len(there.between.requests) == requests


def test_an_account_that_went_on_there_is_not_joined_by_a_newer_bundle(
    here: Town, there: Town, bundle: Path, phrase: RecoveryPhrase, tmp_path: Path
) -> None:
    owner = arrive(there, bundle, phrase)
    here.owner.import_export(plays("2026-12"))
    newer = here.owner.export(tmp_path / "newer.bundle")
    with pytest.raises(JournalForked):
        arrive(there, newer, phrase)
    assert len(owner.lockers()) == len(here.owner.lockers()) + 1
