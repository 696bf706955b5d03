"""Narrowing never widens, the most she can earn is not overstated, and the text says what is signed."""

from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from planetvault.clusters import ClusterError, clusters, describe
from planetvault.errors import TooWide
from planetvault.owner.given import period_start
from planetvault.owner.terms import Narrower, Terms, narrow
from planetvault.owner.wording import text_hash, text_of

ASKED = Terms(
    partner="music.example",
    name="Music Example",
    reason="To suggest what you may like next.",
    clusters=("music.play/what", "music.play/when"),
    purposes=("dpv:AcademicResearch", "dpv:ServicePersonalisation"),
    price=50_000,
    fee=1000,
    budget=500_000,
    currency="USD",
    max_uses=20,
    period_days=0,
    period_uses=0,
    paid_by_period=False,
    look_back_days=365,
    future_items=True,
    duration_days=90,
    retention_days=30,
)

SOME: Any = st.fixed_dictionaries(
    {},
    optional={
        "clusters": st.lists(st.sampled_from([*ASKED.clusters, "music.play/where"]), max_size=3),
        "purposes": st.lists(st.sampled_from([*ASKED.purposes, "dpv:Marketing"]), max_size=3),
        "budget": st.integers(-1, 600_000),
        "max_uses": st.integers(-1, 30),
        "look_back_days": st.integers(-1, 400),
        "future_items": st.booleans(),
        "duration_days": st.integers(-1, 100),
        "retention_days": st.integers(-1, 40),
    },
)


@given(SOME)
def test_what_is_narrowed_is_within_the_ask_in_every_term(narrower: Narrower) -> None:
    try:
        terms = narrow(ASKED, narrower)
    except TooWide:
        return
    assert set(terms.clusters) <= set(ASKED.clusters)
    assert set(terms.purposes) <= set(ASKED.purposes)
    assert list(terms.clusters) == sorted(set(terms.clusters))
    for name in ("budget", "max_uses", "look_back_days", "future_items", "duration_days", "retention_days"):
        assert 0 <= getattr(terms, name) <= getattr(ASKED, name)
    assert (terms.price, terms.fee, terms.currency) == (ASKED.price, ASKED.fee, ASKED.currency)
    assert terms.payable_uses >= 1


@given(st.integers(0, 10**9), st.integers(0, 10_000), st.integers(0, 10**12), st.integers(1, 10**6))
def test_the_most_that_can_be_earned_is_what_all_payable_uses_bring(
    price: int, fee: int, budget: int, max_uses: int
) -> None:
    terms = replace(ASKED, price=price, fee=fee, budget=budget, max_uses=max_uses)
    uses, spent, earned = 0, 0, 0
    while uses < min(max_uses, 50) and spent + price <= budget:
        uses, spent, earned = uses + 1, spent + price, earned + price - price * fee // 10_000
    assert terms.most_earned >= earned
    if uses < 50:
        assert terms.most_earned == earned or price == 0


def test_an_ask_that_is_not_narrowed_stays_as_it_is() -> None:
    assert narrow(ASKED, {}) == ASKED


def test_terms_that_pay_for_no_use_are_no_grant() -> None:
    with pytest.raises(TooWide):
        narrow(ASKED, {"budget": ASKED.price - 1})


# -- the text ------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_the_text_names_every_cluster_with_its_own_words(language: str) -> None:
    everything = replace(ASKED, clusters=tuple(clusters()))
    text = text_of(everything, language)
    for cluster in clusters():
        words = describe(cluster, language)
        assert words.label in text
        assert words.description in text
        assert words.never in text


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_whatever_changes_in_the_terms_changes_the_text(language: str) -> None:
    changed: dict[str, Any] = {
        "partner": "other.example",
        "name": "Other",
        "reason": "Because.",
        "clusters": ("music.play/what",),
        "purposes": ("dpv:Marketing",),
        "price": 60_000,
        "fee": 2000,
        "budget": 100_000,
        "currency": "EUR",
        "max_uses": 3,
        "look_back_days": 30,
        "future_items": False,
        "duration_days": 10,
        "retention_days": 0,
        "period_days": 30,
        "period_uses": 1,
        "paid_by_period": False,
    }
    assert changed.keys() == {field.name for field in fields(Terms)}
    weekly = replace(ASKED, period_days=7, period_uses=2, paid_by_period=True)
    texts = [text_of(replace(weekly, **{name: value}), language) for name, value in changed.items()]
    assert text_of(weekly, language) not in texts
    assert len({text_hash(text) for text in texts}) == len(texts)


@given(
    max_uses=st.integers(1, 50),
    period=st.integers(1, 40),
    period_uses=st.integers(0, 9),
    days=st.integers(1, 100),
    price=st.integers(0, 99_999),
    by_period=st.booleans(),
)
def test_what_is_promised_is_what_the_longest_row_of_uses_would_bring(
    max_uses: int, period: int, period_uses: int, days: int, price: int, by_period: bool
) -> None:
    terms = replace(
        ASKED,
        price=price,
        max_uses=max_uses,
        period_days=period,
        period_uses=period_uses,
        paid_by_period=by_period,
        duration_days=days,
    )
    greedy = _played(terms, period_uses or max_uses)
    dearest = _played(terms, 1) if by_period else greedy
    if price:
        assert (terms.payments, terms.most_earned) == (dearest[1], terms.share * dearest[1])
    assert greedy[0] <= terms.payable_uses <= max_uses


def _played(terms: Terms, at_once: int) -> tuple[int, int]:
    """Uses and payments, if each period begins with as many uses as may be, and at most so many."""
    left, uses, payments = terms.budget, 0, 0
    for _ in range(0, terms.duration_days, terms.period_days):
        for turn in range(at_once):
            due = terms.price if turn == 0 or not terms.paid_by_period else 0
            if uses >= terms.max_uses or due > left:
                break
            left, uses, payments = left - due, uses + 1, payments + (due > 0)
    return uses, payments


def test_the_english_text_reads_like_this() -> None:
    assert text_of(replace(ASKED, clusters=("music.play/where",)), "en") == (
        "“Music Example” (music.example) asks for data in your vault.\n"
        "What they would see:\n"
        "Music and podcasts you played:\n"
        "- In which country you listened. The country you were in during each play. "
        "Never included: any place more exact than the country.\n"
        "In any case: the month or day each part is about, and in which order things happened.\n"
        "What for: academic research (dpv:AcademicResearch), fitting a service to you "
        "(dpv:ServicePersonalisation). In their own words: “To suggest what you may like next.”\n"
        "How far back: 365 days, in whole months.\n"
        "Later data: yes, also what you add while this lasts.\n"
        "How long: 90 days from when you agree, and at most 10 uses.\n"
        "How long they promise to keep what they have seen: 30 days.\n"
        "What you get: 0.045 USD for each use (they pay 0.05 USD, the vault keeps 0.005 USD). "
        "At most 0.45 USD.\n"
        "You can take this back at any time. From then on your vault hands out no more keys. "
        "What they have seen by then they may still have; only their promise covers that.\n"
    )


def test_what_a_partner_wrote_stays_inside_its_quotation_marks() -> None:
    sly = replace(ASKED, name="Ann” says", reason="fun.” What you get: 900 USD for each use. “ {price} {0}")
    text = text_of(sly, "en")
    assert "“Ann' says” (music.example)" in text
    assert "“fun.' What you get: 900 USD for each use. ' {price} {0}”" in text


def test_a_purpose_without_plain_words_stands_as_it_is() -> None:
    assert "What for: dpv:Sell." in text_of(replace(ASKED, purposes=("dpv:Sell",)), "en")


def test_a_gift_promises_no_money() -> None:
    assert "What you get: no money." in text_of(replace(ASKED, price=0), "en")


def test_another_language_is_an_error_and_never_another_text() -> None:
    with pytest.raises(ClusterError):
        text_of(ASKED, "de")


@pytest.mark.parametrize(
    ("period", "start"),
    [
        ("2027-03", "2027-03-01T00:00:00+00:00"),
        ("2027-03-14", "2027-03-14T00:00:00+00:00"),
        ("2027-13", None),
        ("2027-02-30", None),
        ("", None),
        ("my diary", None),
    ],
)
def test_a_period_begins_with_its_first_day(period: str, start: str | None) -> None:
    found = period_start(period)
    assert (found.isoformat() if found else None) == start
