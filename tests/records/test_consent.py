"""A grant is the owner's own word, makes sense, and costs her nothing by rounding."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anchor.encoding import to_base64url
from anchor.errors import FormatError, SignatureError
from anchor.keys import kid_of
from anchor.records.consent import Denial, Grant, fee_of, verify_denial, verify_grant
from anchor.records.signed import sign
from tests.records.examples import examples, key, seed
from tests.records.strategies import records
from tests.vectors.record_scenarios import weak_key
from tests.vectors.record_scenarios.scenario import compact, header_of, payload_of, segment_pair

SECOND = timedelta(seconds=1)


def grant() -> Grant:
    record: Grant = examples()["grant"].signed.record
    return record


def signed_by_its_own_key(record: Grant) -> bytes:
    return sign(replace(record, owner_key=key("owner").public), key("owner")).raw


def sensible(record: Grant) -> Grant:
    """The same grant with a version and a duration that go together."""
    version = max(record.version, 2) if record.prev else 1
    begin, end = sorted((record.not_before, record.expires))
    days = max(record.period_days, 1)
    return replace(
        record, version=version, not_before=begin, expires=max(end, begin + SECOND), period_days=days
    )


@given(record=records(Grant).filter(lambda grant: grant.not_before.year < 9999).map(sensible))
def test_any_grant_that_makes_sense_is_verified_by_the_key_it_carries(record: Grant) -> None:
    signed = verify_grant(signed_by_its_own_key(record))
    assert signed.record == replace(record, owner_key=key("owner").public)
    assert signed.kid == key("owner").kid


@pytest.mark.parametrize(
    "changes",
    [
        {"expires": grant().not_before},
        {"expires": grant().not_before - SECOND},
        {"prev": seed("x")},
        {"version": 2},
        {"period_days": 0, "period_uses": 1},
        {"period_days": 0, "period_uses": 0, "paid_by_period": True},
    ],
    ids=" ".join,
)
def test_a_grant_that_makes_no_sense_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(FormatError):
        verify_grant(signed_by_its_own_key(replace(grant(), **changes)))


def test_the_shortest_grant_lasts_a_second() -> None:
    shortest = replace(grant(), expires=grant().not_before + SECOND)
    assert verify_grant(signed_by_its_own_key(shortest)).record.expires == shortest.expires


def test_nobody_else_signs_for_an_owner() -> None:
    for record, verify in ((grant(), verify_grant), (examples()["denial"].signed.record, verify_denial)):
        with pytest.raises(SignatureError):
            verify(sign(record, key("mallory")).raw)


@pytest.mark.parametrize("noun", ["grant", "denial"])
def test_a_key_that_some_verifiers_accept_and_some_refuse_signs_nothing(noun: str) -> None:
    public = weak_key.mixed_order("mallory")
    payload = compact({**payload_of(noun), "owner_key": to_base64url(public)})
    text = segment_pair(header_of(noun, kid_of(public)), payload)
    signature = weak_key.signature_by(public, weak_key.scalar("mallory"))(text.encode())
    verify = {"grant": verify_grant, "denial": verify_denial}[noun]
    with pytest.raises(FormatError, match="usable"):
        verify(f"{text}.{to_base64url(signature)}".encode())


def test_a_denial_names_the_ask_and_nothing_of_its_content() -> None:
    signed = verify_denial(examples()["denial"].signed.raw)
    assert isinstance(signed.record, Denial)
    assert signed.record.ask == examples()["ask"].signed.hash


@given(price=st.integers(0, 2**53 - 1), fee=st.integers(0, 10_000))
def test_the_fee_is_rounded_down_and_never_above_the_price(price: int, fee: int) -> None:
    part = fee_of(replace(grant(), price=price, fee=fee))
    assert 0 <= part <= price
    assert part * 10_000 <= price * fee < (part + 1) * 10_000
