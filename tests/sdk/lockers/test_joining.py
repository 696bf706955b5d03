"""A new device is let in by another one, and by nobody who stands between them."""

import os
from hashlib import sha256

import pytest
from planetvault.errors import AccountChanged, BrokenAnswer, DigitsDiffer, LockedOut, VaultChanged
from planetvault.memory import RamMemory
from planetvault.owner import Newcomer, Owner
from planetvault.owner.joining import Told, admit

from tests.attacks.town import Town
from tests.sdk.client.scene import plays


def entered(town: Town, newcomer: Newcomer, memory: RamMemory | None = None) -> Owner:
    return Owner.join(town.url, memory or RamMemory(), newcomer, transport=town.between, clock=town.clock)


def test_two_devices_that_show_the_same_digits_share_the_account(town: Town) -> None:
    town.used()
    newcomer = Newcomer()
    admission = town.owner.admit(newcomer.offer)
    newcomer.answer(admission.answer)
    assert admission.digits(newcomer.reveal) == newcomer.digits
    town.owner.add_device(admission, newcomer.reveal, f"{newcomer.digits[:3]} {newcomer.digits[3:]}")
    memory = RamMemory()
    owner = entered(town, newcomer, memory)
    assert [owner.open_item(one).columns for one in owner.items()] == [
        town.owner.open_item(one).columns for one in town.owner.items()
    ]
    assert len(owner.receipts()) == 1
    owner.import_export(plays("2027-03"))
    assert len(town.reopened(memory).items()) == len(town.owner.items()) == 3


def test_nobody_is_in_before_the_digits_were_compared(town: Town) -> None:
    newcomer = Newcomer()
    newcomer.answer(town.owner.admit(newcomer.offer).answer)
    with pytest.raises(LockedOut):
        entered(town, newcomer)
    assert len(town.owner.lockers()) == 1


def test_keys_that_were_swapped_on_the_way_show_other_digits(town: Town) -> None:
    newcomer, between = Newcomer(), Newcomer()
    admission = town.owner.admit(between.offer)
    between.answer(admission.answer)
    newcomer.answer(admission.answer)
    assert admission.digits(between.reveal) != newcomer.digits
    with pytest.raises(DigitsDiffer):
        town.owner.add_device(admission, between.reveal, newcomer.digits)
    assert len(town.owner.lockers()) == 1


def test_an_answer_that_was_changed_on_the_way_shows_other_digits(town: Town) -> None:
    newcomer = Newcomer()
    admission = town.owner.admit(newcomer.offer)
    told = Told(town.owner.account, os.urandom(32), os.urandom(32))
    newcomer.answer(admit(newcomer.offer, told).answer)
    with pytest.raises(DigitsDiffer):
        town.owner.add_device(admission, newcomer.reveal, newcomer.digits)


def test_a_nonce_chosen_after_the_answer_is_found_out(town: Town) -> None:
    newcomer, other = Newcomer(), Newcomer()
    admission = town.owner.admit(newcomer.offer)
    other.answer(admission.answer)
    with pytest.raises(DigitsDiffer):
        admission.digits(other.reveal)


def test_no_nonce_is_told_before_the_answer_and_no_second_answer_is_taken(town: Town) -> None:
    newcomer = Newcomer()
    with pytest.raises(BrokenAnswer):
        _ = newcomer.reveal
    newcomer.answer(town.owner.admit(newcomer.offer).answer)
    with pytest.raises(BrokenAnswer):
        newcomer.answer(town.owner.admit(newcomer.offer).answer)


def test_an_account_or_a_trust_file_other_than_the_first_device_knows_is_refused(town: Town) -> None:
    real = town.owner._steps.unlocked.chain.root_kid
    trust = town.between.vault.get("/v1/trust").content
    for told, error in (
        (Told(town.owner.account, real, os.urandom(32)), VaultChanged),
        (Told(town.owner.account, os.urandom(32), sha256(trust).digest()), AccountChanged),
    ):
        newcomer = Newcomer()
        admission = admit(newcomer.offer, told)
        newcomer.answer(admission.answer)
        town.owner.add_device(admission, newcomer.reveal, newcomer.digits)
        with pytest.raises(error):
            entered(town, newcomer)


@pytest.mark.parametrize("text", ["", "planetvault-join:1:", "planetvault-join:2:AAAA", "x" * 9999, "\u202e"])
def test_other_texts_are_refused_by_name(town: Town, text: str) -> None:
    with pytest.raises(BrokenAnswer):
        town.owner.admit(text)
    with pytest.raises(BrokenAnswer):
        Newcomer().answer(text)
