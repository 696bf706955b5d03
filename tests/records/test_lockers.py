"""An account's lockers come and go by each other's word, and a removed one knows nothing new."""

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anchor.errors import AnchorError, FormatError, SignatureError
from anchor.records.account import AccountEntry
from anchor.records.lockers import ENTRIES_MAX, lockers_of, verify_account, verify_next_locker
from anchor.records.signed import Signed
from tests.records.examples import key
from tests.vectors.record_scenarios.account_chains import LAPTOP, PHONE, chain, first, follow


@dataclass
class Life:
    """A life of an account, told by which of the possible steps comes next."""

    entries: list[Signed[AccountEntry]] = field(default_factory=lambda: [first()])
    standing: list[str] = field(default_factory=lambda: [LAPTOP])
    gone: list[str] = field(default_factory=list)

    def step(self, choice: int) -> None:
        signer = self.standing[choice % len(self.standing)]
        action = ("add", "rotate", "remove")[choice % 3]
        if action == "remove" and len(self.standing) == 1:
            action = "add"
        locker = {"add": f"alice locker {len(self.entries)}", "rotate": signer, "remove": signer}[action]
        if action == "remove":
            signer = next(name for name in self.standing if name != locker)
            self.standing.remove(locker)
            self.gone.append(locker)
        if action == "add":
            self.standing.append(locker)
        self.entries.append(follow(self.entries[-1], signer, action, locker))


@st.composite
def lives(draw: st.DrawFn) -> Life:
    life = Life()
    for choice in draw(st.lists(st.integers(0, 1000), max_size=8)):
        life.step(choice)
    return life


def raws(entries: list[Signed[AccountEntry]]) -> list[bytes]:
    return [entry.raw for entry in entries]


@given(life=lives())
def test_any_life_of_an_account_is_verified(life: Life) -> None:
    entries = verify_account(raws(life.entries))
    assert set(lockers_of(entries)) == {key(name).kid for name in life.standing}
    assert entries[-1].record.generation == sum(e.record.action in {"remove", "rotate"} for e in entries)


@given(life=lives(), data=st.data())
def test_a_chain_with_an_entry_left_out_repeated_or_moved_is_refused(life: Life, data: st.DataObject) -> None:
    whole = raws(life.entries)
    changed = data.draw(st.lists(st.sampled_from(whole), min_size=1, max_size=10))
    if changed == whole[: len(changed)]:
        assert raws(list(verify_account(changed))) == changed
        return
    with pytest.raises(AnchorError):
        verify_account(changed)


@given(life=lives(), action=st.sampled_from(["add", "remove", "rotate"]), data=st.data())
def test_nobody_who_does_not_stand_says_anything(life: Life, action: str, data: st.DataObject) -> None:
    signer = data.draw(st.sampled_from([*life.gone, "mallory"]))
    entry = follow(life.entries[-1], signer, action, data.draw(st.sampled_from([*life.standing, signer])))
    with pytest.raises(SignatureError):
        verify_next_locker(entry.raw, life.entries)


@given(life=lives())
def test_every_generation_has_one_root_key_and_it_is_new(life: Life) -> None:
    roots = {entry.record.generation: entry.record.root_commitment for entry in life.entries}
    assert len(set(roots.values())) == len(roots) == life.entries[-1].record.generation + 1
    verify_account(raws(life.entries))


def test_a_chain_has_1_to_1024_entries() -> None:
    many = [first()]
    while len(many) < ENTRIES_MAX:
        many.append(follow(many[-1], LAPTOP, "rotate", LAPTOP))
    assert len(verify_account(raws(many))) == ENTRIES_MAX
    one_more = follow(many[-1], LAPTOP, "rotate", LAPTOP)
    for attempt in ([], raws([*many, one_more])):
        with pytest.raises(FormatError):
            verify_account(attempt)
    with pytest.raises(FormatError):
        verify_next_locker(one_more.raw, many)


def test_the_phone_alone_stands_after_the_laptop_is_gone() -> None:
    assert set(lockers_of(verify_account(raws(list(chain()))))) == {key(PHONE).kid}
