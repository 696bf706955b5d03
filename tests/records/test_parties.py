"""A partner's keys turn in one line that nobody else can join, leave out or fork."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anchor.encoding import to_base64url
from anchor.errors import AnchorError, FormatError, ProofError, SignatureError
from anchor.keys import kid_of
from anchor.records.parties import (
    ENTRIES_MAX,
    Partner,
    verify_next_entry,
    verify_partner,
    verify_signer,
    verify_successors,
)
from anchor.records.signed import Signed
from tests.records.examples import ACME, key, seed, signed_by
from tests.vectors.record_scenarios import weak_key
from tests.vectors.record_scenarios.histories import first, follow
from tests.vectors.record_scenarios.scenario import assemble, compact, payload_of


def history(turns: list[bool]) -> tuple[Signed[Partner], ...]:
    """A history in which the signing key turns at some entries and stays at the others."""
    entries, name = [first()], "acme"
    for number, turn in enumerate(turns):
        following = f"acme {number}" if turn else name
        changes: dict[str, Any] = {"sealing_key": first().record.sealing_key}
        entries.append(follow(entries[-1], name, following, **changes))
        name = following
    return tuple(entries)


def raws(entries: tuple[Signed[Partner], ...]) -> list[bytes]:
    return [entry.raw for entry in entries]


histories = st.lists(st.booleans(), max_size=6).map(history)


@given(entries=histories)
def test_any_history_of_turns_is_verified_entry_by_entry(entries: tuple[Signed[Partner], ...]) -> None:
    assert verify_partner(raws(entries)) == entries
    assert verify_next_entry(entries[-1].raw, entries[:-1]) == entries[-1]


@given(entries=histories, data=st.data())
def test_a_history_with_an_entry_left_out_twice_or_moved_is_refused(
    entries: tuple[Signed[Partner], ...], data: st.DataObject
) -> None:
    changed = data.draw(st.lists(st.sampled_from(raws(entries)), min_size=1, max_size=8))
    if changed == raws(entries)[: len(changed)]:
        assert verify_partner(changed) == entries[: len(changed)]
        return
    with pytest.raises(AnchorError):
        verify_partner(changed)


@given(entries=histories, data=st.data())
def test_a_grant_reaches_the_pinned_key_and_those_after_it(
    entries: tuple[Signed[Partner], ...], data: st.DataObject
) -> None:
    kids = list(dict.fromkeys(kid_of(entry.record.sign_key) for entry in entries))
    pinned, kid = data.draw(st.sampled_from(kids)), data.draw(st.sampled_from(kids))
    if kids.index(kid) < kids.index(pinned):
        with pytest.raises(SignatureError):
            verify_signer(entries, pinned, kid)
        return
    assert kid_of(verify_signer(entries, pinned, kid).record.sign_key) == kid


def test_a_thief_cannot_take_over_a_domain() -> None:
    theft = follow(first(), "mallory", "mallory")
    with pytest.raises(SignatureError):
        verify_partner([first().raw, theft.raw])


def test_a_replaced_key_cannot_turn_the_keys_again() -> None:
    entries = history([True])
    theft = follow(entries[-1], "acme", "mallory")
    with pytest.raises(SignatureError):
        verify_next_entry(theft.raw, entries)


def test_a_replaced_key_cannot_come_back() -> None:
    entries = history([True, True])
    back = follow(entries[-1], "acme 1", "acme")
    with pytest.raises(ProofError, match="come back"):
        verify_next_entry(back.raw, entries)


def test_a_sealing_key_may_turn_while_the_signing_key_stays() -> None:
    renewed = follow(first(), "acme", "acme", sealing_key=seed("other") * 38)
    entries = verify_partner([first().raw, renewed.raw])
    assert entries[0].record.sealing_key != entries[1].record.sealing_key
    assert verify_signer(entries, key("acme").kid, key("acme").kid) == entries[0]


@pytest.mark.parametrize("changes", [{"seq": 2}, {"prev": seed("x")}], ids=" ".join)
def test_a_first_entry_stands_alone(changes: dict[str, Any]) -> None:
    entry = signed_by("acme", replace(first().record, **changes))
    with pytest.raises(ProofError):
        verify_partner([entry.raw])


def test_an_entry_of_another_domain_does_not_follow() -> None:
    moved = follow(first(), "acme", "acme", partner=f"other.{ACME}")
    with pytest.raises(ProofError):
        verify_partner([first().raw, moved.raw])


def test_a_weak_key_does_not_enter_the_directory() -> None:
    public = weak_key.mixed_order("mallory")
    payload = compact({**payload_of("partner"), "sign_key": to_base64url(public)})
    with pytest.raises(FormatError):
        verify_partner([assemble("partner", payload).encode()])


def test_a_history_has_1_to_64_entries() -> None:
    entries = history([False] * (ENTRIES_MAX - 1))
    assert len(verify_partner(raws(entries))) == ENTRIES_MAX
    one_more = follow(entries[-1], "acme", "acme")
    for attempt in ([], [*raws(entries), one_more.raw]):
        with pytest.raises(FormatError):
            verify_partner(attempt)
    with pytest.raises(FormatError):
        verify_next_entry(one_more.raw, entries)


@given(entries=histories.filter(lambda entries: len(entries) > 1), data=st.data())
def test_entries_from_the_pinned_one_onward_are_enough(
    entries: tuple[Signed[Partner], ...], data: st.DataObject
) -> None:
    start = data.draw(st.integers(0, len(entries) - 2))
    pinned = kid_of(entries[start].record.sign_key)
    assert verify_successors(raws(entries[start:]), pinned) == entries[start:]


@given(entries=histories.filter(lambda entries: len(entries) > 1), data=st.data())
def test_no_bit_of_entries_from_the_pinned_one_onward_may_differ(
    entries: tuple[Signed[Partner], ...], data: st.DataObject
) -> None:
    start = data.draw(st.integers(0, len(entries) - 2))
    pinned = kid_of(entries[start].record.sign_key)
    changed = raws(entries[start:])
    number = data.draw(st.integers(0, len(changed) - 1))
    place = data.draw(st.integers(0, len(changed[number]) - 1))
    spoiled = bytearray(changed[number])
    spoiled[place] ^= 1 << data.draw(st.integers(0, 7))
    changed[number] = bytes(spoiled)
    with pytest.raises(AnchorError):
        verify_successors(changed, pinned)


def test_a_thief_of_a_key_given_up_before_the_grant_can_not_lead_there() -> None:
    two = follow(first(), "acme", "acme's second key")
    theft = follow(first(), "acme", "thief")
    pinned = key("acme's second key").kid
    with pytest.raises(ProofError, match="does not hold the key"):
        verify_successors([first().raw, theft.raw], pinned)
    with pytest.raises(SignatureError):
        verify_successors([two.raw, follow(two, "acme", "thief").raw], pinned)
    with pytest.raises(FormatError):
        verify_successors([two.raw], pinned)
