"""An owner's rules: which terms they refuse, what they look like on the wire, and that none is lifted."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from planetvault.clusters import clusters
from planetvault.errors import RulesBroken
from planetvault.owner.items import StoredItem
from planetvault.owner.offers import is_about
from planetvault.owner.rules import RULES_MAX, Rule, Rules, is_within, part_of_one_use, read_rules
from planetvault.owner.terms import Terms
from planetvault.purposes import broader

from tests.sdk.client.test_terms import ASKED
from tests.vectors.build_rules import FOLDER, build

CLUSTERS = sorted(clusters())
PURPOSES = sorted(broader())

some_data = st.sampled_from(["*", "music", "game", *CLUSTERS, *(one.partition("/")[0] for one in CLUSTERS)])
some_purposes = st.sampled_from(["*", *PURPOSES, "dpv:SomethingNew"])
some_rules = st.builds(Rule, some_data, some_purposes, st.none() | st.integers(0, 100_000))
some_terms = st.builds(
    lambda clusters, purposes, price, fee: replace(
        ASKED, clusters=tuple(clusters), purposes=tuple(purposes), price=price, fee=fee
    ),
    st.lists(st.sampled_from(CLUSTERS), min_size=1, max_size=4, unique=True).map(sorted),
    st.lists(st.sampled_from([*PURPOSES, "dpv:SomethingNew"]), min_size=1, max_size=3, unique=True).map(
        sorted
    ),
    st.integers(0, 100_000),
    st.integers(0, 10_000),
)


def said_again(rule: Rule, terms: Terms) -> bool:
    """Whether a rule says no to these terms, in other words."""
    beginning = [] if rule.data == "*" else rule.data.replace("/", ".").split(".")
    split = [cluster.replace("/", ".").split(".") for cluster in terms.clusters]
    about = [parts for parts in split if parts[: len(beginning)] == beginning]
    known = broader()
    for purpose in terms.purposes if about else ():
        chain, rising = {purpose}, [purpose]
        while rising:
            above = known.get(rising.pop(), ())
            chain.update(above)
            rising.extend(above)
        if rule.purpose == "*" or purpose not in known or rule.purpose in chain:
            return rule.least is None or part_of_one_use(terms) < rule.least
    return False


@given(rules=st.lists(some_rules, max_size=5), terms=some_terms)
def test_a_rule_says_no_exactly_when_it_is_about_the_terms_and_they_bring_too_little(
    rules: list[Rule], terms: Terms
) -> None:
    broken = Rules(1, False, tuple(rules)).broken_by(terms)
    assert list(broken) == [rule for rule in rules if said_again(rule, terms)]


@given(rules=st.lists(some_rules, max_size=4), more=some_rules, terms=some_terms)
def test_one_more_rule_never_lets_anything_pass_that_did_not(
    rules: list[Rule], more: Rule, terms: Terms
) -> None:
    if Rules(1, False, tuple(rules)).broken_by(terms):
        assert Rules(1, False, (*rules, more)).broken_by(terms)


@given(rules=st.lists(some_rules, max_size=4), terms=some_terms, more=st.integers(0, 100_000))
def test_a_higher_price_breaks_no_rule_that_a_lower_one_kept(
    rules: list[Rule], terms: Terms, more: int
) -> None:
    held, dearer = Rules(1, False, tuple(rules)), replace(terms, price=terms.price + more)
    cheap, dear = held.broken_by(terms), held.broken_by(dearer)
    assert set(dear) <= set(cheap)


def test_never_for_advertising_covers_every_kind_of_it() -> None:
    rules = Rules(1, False, (Rule("*", "dpv:Advertising", None),))
    for purpose in ("dpv:Advertising", "dpv:PersonalisedAdvertising", "dpv:TargetedAdvertising"):
        assert rules.broken_by(replace(ASKED, purposes=(purpose,)))
    assert not rules.broken_by(replace(ASKED, purposes=("dpv:Marketing",)))


@pytest.mark.parametrize("refused", ["dpv:Advertising", "dpv:Marketing", "dpv:Personalisation"])
def test_what_is_two_things_is_refused_with_either(refused: str) -> None:
    rules = Rules(1, False, (Rule("*", refused, None),))
    assert rules.broken_by(replace(ASKED, purposes=("dpv:TargetedAdvertising",)))


def test_music_under_five_cents_is_her_part_and_not_the_price() -> None:
    rules = Rules(1, False, (Rule("music", "*", 50_000),))
    assert rules.broken_by(replace(ASKED, price=50_000, fee=1_000))
    assert not rules.broken_by(replace(ASKED, price=55_556, fee=1_000))
    assert not rules.broken_by(replace(ASKED, clusters=("game.session/what",), price=0))


def test_a_price_for_a_period_counts_by_the_most_uses_in_it() -> None:
    weekly = replace(ASKED, price=100_000, fee=0, period_days=7, period_uses=4, paid_by_period=True)
    assert part_of_one_use(weekly) == 25_000
    assert part_of_one_use(replace(weekly, period_uses=0, max_uses=20)) == 5_000


def test_a_purpose_that_nobody_knows_is_what_she_refused() -> None:
    assert is_within("dpv:SomethingNew", "dpv:Advertising")
    assert not is_within("dpv:ServiceProvision", "dpv:Advertising")


def test_the_table_of_purposes_has_no_circle_and_no_loose_end() -> None:
    known = broader()
    assert {above for purpose in known for above in known[purpose]} <= set(known)
    standing, left = set[str](), set(known)
    while ready := {purpose for purpose in left if standing.issuperset(known[purpose])}:
        standing |= ready
        left -= ready
    assert not left


@given(st.lists(some_rules, max_size=5), st.integers(1, 2**53 - 1), st.booleans())
def test_rules_come_back_as_they_were_written(rules: list[Rule], seq: int, paused: bool) -> None:
    written = Rules(seq, paused, tuple(rules))
    assert read_rules(bytes(written)) == written


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"[]",
        b'{"version":2,"seq":1,"paused":false,"rules":[]}',
        b'{"version":1,"seq":0,"paused":false,"rules":[]}',
        b'{"version":1,"seq":1,"paused":0,"rules":[]}',
        b'{"version":1,"seq":1,"paused":false,"rules":[],"more":1}',
        b'{"version":1,"seq":1,"paused":false,"rules":[{"data":"music"}]}',
        b'{"version":1,"seq":1,"paused":false,"rules":[{"data":"Music","purpose":"*","least":1}]}',
        b'{"version":1,"seq":1,"paused":false,"rules":[{"data":"music","purpose":"*","least":-1}]}',
        b'{"version":1,"seq":1,"paused":false,"rules":[{"data":"music","purpose":"ads","least":1}]}',
        b'{"version":1,"seq":1,"paused":false,"rules":[7]}',
    ],
    ids=[
        *("nothing", "a list", "another version", "no number", "no boolean", "a field more", "a field less"),
        *("no cluster", "less than nothing", "no purpose", "no rule"),
    ],
)
def test_what_is_no_rules_is_refused(octets: bytes) -> None:
    with pytest.raises(RulesBroken):
        read_rules(octets)


def test_more_rules_than_there_may_be_are_refused() -> None:
    with pytest.raises(RulesBroken):
        bytes(Rules(1, False, (Rule("*", "*", 0),) * (RULES_MAX + 1)))


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.json")), ids=lambda path: path.stem)
def test_rules_come_out_as_their_vector_says(path: Path) -> None:
    vector = json.loads(path.read_bytes())
    text = vector["text"].encode()
    if vector["expect"] == "format":
        with pytest.raises(RulesBroken):
            read_rules(text)
        return
    lists = {name: tuple(vector["terms"][name]) for name in ("clusters", "purposes")}
    rules = read_rules(text)
    broken = rules.broken_by(replace(ASKED, **{**vector["terms"], **lists}))
    expected = [rules.rules[place] for place in vector["broken"]]
    assert list(broken) == expected
    assert bytes(rules) == text


def test_the_folder_holds_exactly_what_the_script_builds() -> None:
    assert {path.name: path.read_bytes() for path in FOLDER.iterdir()} == build()


def test_terms_that_this_device_cannot_put_into_words_are_about_nothing() -> None:
    now = datetime(2027, 3, 14, tzinfo=UTC)
    item = StoredItem(bytes(16), 1, "music.play", "2027-03", 3, now)
    assert is_about(ASKED, item, now)
    newer = replace(ASKED, clusters=("music.play/mood", "music.play/what"))
    assert not is_about(newer, item, now)
