"""Lockers come and go, and what opens an account on a new device."""

import pytest
from planetvault.errors import LockedOut, OpensNothing, OwnLocker
from planetvault.memory import RamMemory
from planetvault.owner import Owner, Passkey, Password, RecoveryPhrase
from planetvault.owner.openers import Opener

from tests.attacks.town import Town
from tests.sdk.client.scene import plays

SLOWLY = "a password nobody guesses"


def second_device(town: Town, opener: Opener) -> tuple[Owner, RamMemory]:
    memory = RamMemory()
    return Owner.open_with(town.url, memory, opener, transport=town.between, clock=town.clock), memory


def columns(owner: Owner) -> dict[tuple[str, str], object]:
    return {(one.kind, one.period): owner.open_item(one).columns for one in owner.items()}


@pytest.mark.parametrize(
    "opener",
    [RecoveryPhrase.new(), Password.new(SLOWLY), Passkey(bytes(range(32)))],
    ids=["recovery", "password", "passkey"],
)
def test_it_opens_the_account_on_a_new_device_with_everything_in_it(town: Town, opener: Opener) -> None:
    town.used()
    town.owner.add_locker(opener)
    owner, memory = second_device(town, opener)
    assert owner.account == town.owner.account
    assert columns(owner) == columns(town.owner)
    assert [one.hash for one in owner.grants()] == [one.hash for one in town.owner.grants()]
    assert sum(one.earned for one in owner.receipts()) == sum(one.earned for one in town.owner.receipts()) > 0
    assert town.reopened(memory).account == town.owner.account


def test_a_phrase_that_was_never_added_opens_nothing(town: Town) -> None:
    with pytest.raises(OpensNothing):
        second_device(town, RecoveryPhrase.new())


def test_neither_password_nor_secret_key_opens_anything_alone(town: Town) -> None:
    kept = Password.new(SLOWLY)
    town.owner.add_locker(kept)
    for wrong in (Password("another", kept.secret_key), Password.new(SLOWLY)):
        with pytest.raises(OpensNothing):
            second_device(town, wrong)


def test_a_secret_key_is_read_back_from_paper() -> None:
    kept = Password.new(SLOWLY)
    assert Password.of(SLOWLY, f" {kept.text[:11]} {kept.text[11:]}\n") == kept


def test_a_removed_device_is_out_at_once_and_reads_nothing_new(town: Town) -> None:
    phrase = RecoveryPhrase.new()
    town.owner.add_locker(phrase)
    lost, memory = second_device(town, phrase)
    town.owner.import_export(plays("2027-01"))
    assert len(lost.items()) == 1
    kid = next(one.kid for one in lost.lockers() if one.here)
    town.owner.remove_locker(kid)
    with pytest.raises(LockedOut):
        lost.items()
    with pytest.raises(LockedOut):
        town.reopened(memory)
    town.owner.import_export(plays("2027-02"))
    old_roots = lost._steps.unlocked.roots
    new = town.owner._steps.unlocked.roots
    assert new[0] not in old_roots
    assert new[1:] == old_roots
    newest = max(town.owner._steps._collections.values(), key=lambda one: one.epoch)
    assert (newest.epoch, newest.generation) == (1, 1)


def test_after_a_removal_everything_old_stays_readable_everywhere_else(town: Town) -> None:
    phrase = RecoveryPhrase.new()
    town.owner.add_locker(phrase)
    lost, _ = second_device(town, phrase)
    other, _ = second_device(town, phrase)
    town.used()
    before = columns(town.owner)
    town.owner.remove_locker(next(one.kid for one in lost.lockers() if one.here))
    assert columns(other) == columns(town.owner) == before
    third, _ = second_device(town, phrase)
    assert columns(third) == before
    town.owner.import_export(plays("2027-03"))
    assert columns(third) == columns(town.owner)
    assert {one.period for one in third.items()} == {"2027-01", "2027-02", "2027-03"}


def test_standing_grants_for_future_items_go_on_after_a_removal(town: Town) -> None:
    grant = town.granted()
    phrase = RecoveryPhrase.new()
    kid = town.owner.add_locker(phrase)
    town.owner.remove_locker(kid)
    town.owner.import_export(plays("2027-03"))
    answer = town.partner.use(grant, town.partner.items(grant))
    assert len(answer.items) == 3


def test_changing_the_password_touches_no_data(town: Town) -> None:
    town.owner.import_export(plays("2027-01"))
    old = Password.new("first password")
    kid = town.owner.add_locker(old)
    stored = town.sql("SELECT item, field, sealed FROM fields ORDER BY 1, 2")
    new = Password.new("second password")
    town.owner.change_password(kid, new)
    assert town.sql("SELECT item, field, sealed FROM fields ORDER BY 1, 2") == stored
    with pytest.raises(OpensNothing):
        second_device(town, old)
    assert columns(second_device(town, new)[0]) == columns(town.owner)


def test_no_locker_removes_itself_and_removing_twice_changes_nothing(town: Town) -> None:
    ours = next(one.kid for one in town.owner.lockers() if one.here)
    with pytest.raises(OwnLocker):
        town.owner.remove_locker(ours)
    kid = town.owner.add_locker(RecoveryPhrase.new())
    town.owner.remove_locker(kid)
    town.owner.remove_locker(kid)
    assert [one.kid for one in town.owner.lockers()] == [ours]


def test_turning_the_root_key_keeps_every_locker(town: Town) -> None:
    phrase = RecoveryPhrase.new()
    town.owner.add_locker(phrase)
    town.owner.import_export(plays("2027-01"))
    for _ in range(3):
        town.owner.rotate()
    assert len(town.owner._steps.unlocked.roots) == 4
    assert columns(second_device(town, phrase)[0]) == columns(town.owner)


def test_two_devices_write_in_turn_and_neither_loses_a_month(town: Town) -> None:
    phrase = RecoveryPhrase.new()
    town.owner.add_locker(phrase)
    other, _ = second_device(town, phrase)
    for number, month in enumerate(("2026-12", "2027-01", "2027-02", "2027-03")):
        (town.owner, other)[number % 2].import_export(plays(month))
    assert columns(other) == columns(town.owner)
    assert len(columns(other)) == 4
