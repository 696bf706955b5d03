"""Guardians: any two of three bring an account back, one does not, and a device can say no."""

from datetime import timedelta

import pytest
from planetvault.errors import (
    BrokenText,
    Conflict,
    DigitsDiffer,
    NothingRemembered,
    OpensNothing,
    StillWaiting,
    Vetoed,
)
from planetvault.guardian import Guardian, Recovery
from planetvault.memory import Memory, RamMemory
from planetvault.owner import Guardians, Owner
from planetvault.sealing.errors import InputError
from planetvault.sealing.lockers import guardians_locker

from anchor.records.opening import Veto
from anchor.records.signed import unverified
from tests.attacks.town import Town

NAMES = ("Mum", "Tom", "Ada")
OWNER = "Lin"


def guarded(town: Town, **terms: object) -> list[Guardian]:
    """Three guardians who keep a share each; any two are enough."""
    guardians = [Guardian(RamMemory()) for _ in NAMES]
    letters = town.owner.add_guardians([one.invitation for one in guardians], **({"threshold": 2} | terms))  # type: ignore[arg-type]  # the terms of a test
    for guardian, letter in zip(guardians, letters, strict=True):
        guardian.keep(letter, OWNER)
    return guardians


def recovered(*guardians: Guardian) -> Recovery:
    recovery = Recovery(RamMemory())
    for guardian in guardians:
        recovery.take(guardian.send(OWNER, recovery.plea, recovery.number))
    return recovery


def opened(town: Town, recovery: Recovery, memory: Memory) -> Owner:
    return Owner.open_with(town.url, memory, recovery.opener(), transport=town.between, clock=town.clock)


def test_two_of_three_open_the_account_after_the_waiting_period(town: Town) -> None:
    town.used()
    mum, _, ada = guarded(town)
    recovery, memory = recovered(ada, mum), RamMemory()
    with pytest.raises(StillWaiting) as waiting:
        opened(town, recovery, memory)
    assert waiting.value.opens > town.clock() + timedelta(days=6)  # type: ignore[operator]  # it is a datetime
    town.clock.pass_by(days=7)
    owner = opened(town, recovery, memory)
    assert owner.account == town.owner.account
    assert [one.hash for one in owner.grants()] == [one.hash for one in town.owner.grants()]
    assert sum(one.earned for one in owner.receipts()) > 0
    assert town.reopened(memory).account == owner.account


def test_one_of_three_opens_nothing(town: Town) -> None:
    mum, *_ = guarded(town)
    recovery = recovered(mum)
    assert (recovery.gathered.here, recovery.gathered.needed) == (1, 2)
    with pytest.raises(OpensNothing):
        recovery.opener()
    assert town.owner.openings() == []


def test_the_same_share_twice_is_one(town: Town) -> None:
    mum, *_ = guarded(town)
    assert not recovered(mum, mum).gathered.enough


def test_every_device_is_told_and_any_of_them_stops_it(town: Town) -> None:
    mum, tom, _ = guarded(town)
    recovery, memory = recovered(mum, tom), RamMemory()
    with pytest.raises(StillWaiting):
        opened(town, recovery, memory)
    town.clock.pass_by(days=6)
    [notice] = town.owner.openings()
    assert notice.waits
    town.owner.veto(notice)
    town.clock.pass_by(days=2)
    with pytest.raises(Vetoed) as stopped:
        opened(town, recovery, memory)
    assert unverified(stopped.value.veto, Veto).opening == notice.opening
    with pytest.raises(StillWaiting):
        opened(town, recovery, memory)
    assert town.owner.openings()[0].waits


def test_a_removed_guardians_locker_opens_nothing(town: Town) -> None:
    mum, tom, _ = guarded(town)
    recovery, memory = recovered(mum, tom), RamMemory()
    with pytest.raises(StillWaiting):
        opened(town, recovery, memory)
    town.owner.remove_locker(town.owner.openings()[0].locker)
    town.clock.pass_by(days=8)
    with pytest.raises(OpensNothing):
        opened(town, recovery, memory)
    assert town.owner.openings() == []


def test_a_veto_after_the_waiting_period_is_too_late(town: Town) -> None:
    mum, tom, _ = guarded(town)
    with pytest.raises(StillWaiting):
        opened(town, recovered(mum, tom), RamMemory())
    town.clock.pass_by(days=8)
    [notice] = town.owner.openings()
    assert not notice.waits
    with pytest.raises(Conflict):
        town.owner.veto(notice)


def test_a_second_new_device_waits_no_longer_than_the_first(town: Town) -> None:
    mum, tom, ada = guarded(town)
    with pytest.raises(StillWaiting) as first:
        opened(town, recovered(mum, tom), RamMemory())
    town.clock.pass_by(days=5)
    memory = RamMemory()
    with pytest.raises(StillWaiting) as second:
        opened(town, recovered(tom, ada), memory)
    assert second.value.opens == first.value.opens
    town.clock.pass_by(days=2)
    assert opened(town, recovered(tom, ada), memory).account == town.owner.account


def test_an_opening_that_lapsed_waits_again(town: Town) -> None:
    mum, tom, _ = guarded(town)
    recovery, memory = recovered(mum, tom), RamMemory()
    with pytest.raises(StillWaiting):
        opened(town, recovery, memory)
    town.clock.pass_by(days=60)
    with pytest.raises(StillWaiting):
        opened(town, recovery, memory)
    town.clock.pass_by(days=7)
    assert opened(town, recovery, memory).account == town.owner.account


def test_the_guardians_of_an_account_still_open_it_after_its_root_key_turned(town: Town) -> None:
    mum, tom, _ = guarded(town)
    town.owner.rotate()
    recovery, memory = recovered(mum, tom), RamMemory()
    with pytest.raises(StillWaiting):
        opened(town, recovery, memory)
    town.clock.pass_by(days=7)
    assert opened(town, recovery, memory).account == town.owner.account


def test_a_half_that_the_vault_made_up_opens_nothing(town: Town) -> None:
    mum, tom, _ = guarded(town)
    town.sql("UPDATE guarded_lockers SET half = zeroblob(32)")
    recovery, memory = recovered(mum, tom), RamMemory()
    with pytest.raises(StillWaiting):
        opened(town, recovery, memory)
    town.clock.pass_by(days=7)
    with pytest.raises(OpensNothing):
        opened(town, recovery, memory)


def test_guardians_without_the_vault_hold_no_locker(town: Town) -> None:
    mum, tom, _ = guarded(town)
    secret = recovered(mum, tom).opener()
    row = town.sql("SELECT kid FROM lockers WHERE kind = 'guardians'")
    for half in (bytes(32), secret.secret * 2):
        assert guardians_locker(secret.secret, half, town.owner.account).kid != row[0][0]


def test_a_guardian_sends_nothing_to_a_plea_with_another_number(town: Town) -> None:
    mum, *_ = guarded(town)
    hers, thief = Recovery(RamMemory()), Recovery(RamMemory())
    with pytest.raises(DigitsDiffer):
        mum.send(OWNER, thief.plea, hers.number)
    assert mum.send(OWNER, hers.plea, f" {hers.number}\n")


def test_a_letter_opens_for_its_guardian_alone(town: Town) -> None:
    mum, tom = Guardian(RamMemory()), Guardian(RamMemory())
    letters = town.owner.add_guardians([mum.invitation, tom.invitation], threshold=2)
    with pytest.raises(BrokenText):
        tom.keep(letters[0], OWNER)
    assert mum.keep("\n".join(letters[0][at : at + 60] for at in range(0, len(letters[0]), 60)), OWNER)


def test_a_guardian_keeps_shares_of_several_people(town: Town) -> None:
    mum, tom = Guardian(RamMemory()), Guardian(RamMemory())
    for name in ("Lin", "Maya"):
        letters = town.owner.add_guardians([mum.invitation, tom.invitation], threshold=2)
        mum.keep(letters[0], name)
    assert [one.name for one in mum.kept()] == ["Lin", "Maya"]
    with pytest.raises(BrokenText):
        mum.keep(letters[0], "Lin")
    mum.forget("Maya")
    with pytest.raises(NothingRemembered):
        mum.send("Maya", Recovery(RamMemory()).plea, "")


def test_a_share_on_paper_is_as_good_as_one_that_was_sent(town: Town) -> None:
    mum, tom, _ = guarded(town)
    recovery = recovered(mum)
    recovery.take_words(tom.kept()[0].words.upper())
    assert recovery.opener() == recovered(mum, tom).opener()


def test_shares_of_two_secrets_are_not_taken_together(town: Town) -> None:
    one, other = guarded(town), guarded(town)
    recovery = recovered(one[0])
    with pytest.raises(BrokenText):
        recovery.take(other[1].send(OWNER, recovery.plea, recovery.number))


def test_a_recovery_goes_on_where_it_was_after_a_restart(town: Town) -> None:
    mum, tom, _ = guarded(town)
    memory = RamMemory()
    Recovery(memory).take(mum.send(OWNER, Recovery(memory).plea, Recovery(memory).number))
    again = Recovery(memory)
    assert again.take(tom.send(OWNER, again.plea, again.number)).enough
    assert again.vault == town.settings.origin
    again.forget()
    assert not memory.under("recovery/")


@pytest.mark.parametrize("threshold", [0, 1, 4])
def test_a_threshold_that_makes_no_sense_is_refused(town: Town, threshold: int) -> None:
    with pytest.raises(InputError):
        guarded(town, threshold=threshold)


def test_a_guardian_who_is_named_twice_is_refused(town: Town) -> None:
    mum = Guardian(RamMemory())
    with pytest.raises(BrokenText):
        town.owner.add_guardians([mum.invitation, mum.invitation], threshold=2)


def test_a_secret_that_was_never_split_opens_nothing(town: Town) -> None:
    guarded(town)
    with pytest.raises(OpensNothing):
        Owner.open_with(town.url, RamMemory(), Guardians(bytes(16)), transport=town.between, clock=town.clock)
