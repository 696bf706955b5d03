"""The rules as what they are: functions of values. Laws first, then each reason by itself."""

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from anchor.errors import AnchorError
from anchor.keys import SigningKey, kid_of
from anchor.records.account import Manifest
from anchor.records.consent import Ask, Grant, fee_of
from anchor.records.parties import Partner
from anchor.records.signed import Signed, sign
from anchor.records.usage import Use
from tests.records.strategies import records
from vault import errors
from vault.errors import Conflict, JournalMoved, Malformed, Refusal, VaultError
from vault.grants import rules as grants
from vault.grants.standing import EXPIRED, REVOKED, STANDING, SUPERSEDED, Standing
from vault.items.rules import follow
from vault.logins import rules as logins
from vault.payments import ledger
from vault.uses.rules import FETCH_AGAIN, WINDOW, Allowed, decide, may_fetch_again

LAST = datetime(9999, 12, 31, tzinfo=UTC)
NOW = datetime(2027, 3, 14, 9, 26, 53, tzinfo=UTC)
VAULT, PARTNER = "vault.example", "music.example"
PARTNER_KEY, OWNER_KEY = SigningKey(bytes(31) + b"\x01"), SigningKey(bytes(31) + b"\x02")
ITEM = bytes(16)
SEALING = bytes(1216)

some_grants = records(Grant).map(
    lambda grant: grant if grant.period_days else replace(grant, period_uses=0, paid_by_period=False)
)
some_asks = records(Ask)
some_uses = records(Use)
moments = st.sampled_from([0, 0, 0, -5, 5, -6, 6]).map(lambda minutes: NOW + timedelta(minutes=minutes))
beginnings = st.sampled_from([-600, -1, 0, 1]).map(lambda minutes: NOW + timedelta(minutes=minutes))


def a_grant(**terms: Any) -> Grant:
    fixed: dict[str, Any] = {
        "vault": VAULT,
        "id": bytes(16),
        "version": 1,
        "prev": None,
        "ask": bytes(32),
        "owner_key": OWNER_KEY.public,
        "partner": PARTNER,
        "partner_key": PARTNER_KEY.kid,
        "sealing_key": sha256(SEALING).digest(),
        "clusters": ("music.play/what", "music.play/when"),
        "purposes": ("dpv:Personalisation",),
        "price": 100,
        "fee": 1000,
        "budget": 1000,
        "currency": "EUR",
        "max_uses": 10,
        "period_days": 0,
        "period_uses": 0,
        "paid_by_period": False,
        "look_back_days": 30,
        "future_items": True,
        "not_before": NOW - timedelta(days=1),
        "expires": NOW + timedelta(days=1),
        "retention_days": 7,
        "text": bytes(32),
        "language": "en",
        "key_commitment": bytes(32),
        "holders": (),
        "time": NOW,
    }
    return Grant(**(fixed | terms))


def signed(record: Any, kid: bytes = b"") -> Signed[Any]:
    """A record as if it had been verified: the rules look at its values alone."""
    return Signed(record, b"", kid or PARTNER_KEY.kid, b"hash of it".ljust(32))


def standing(grant: Grant | None = None, **fields: Any) -> Standing:
    fixed: dict[str, Any] = {
        "grant": signed(grant or a_grant(), OWNER_KEY.kid),
        "account": bytes(16),
        "partner_kid": PARTNER_KEY.kid,
        "state": STANDING,
        "seq": 0,
        "head": None,
        "uses": 0,
        "escrow": 1000,
    }
    return Standing(**(fixed | fields))


def a_use(**terms: Any) -> Use:
    fixed: dict[str, Any] = {
        "vault": VAULT,
        "grant": bytes(32),
        "purpose": "dpv:Personalisation",
        "items": (ITEM,),
        "last": None,
        "time": NOW,
    }
    return Use(**(fixed | terms))


# ── a use ────────────────────────────────────────────────────────────────────────────────


def due(held: Standing) -> int:
    """What the next use costs today, which is in the first period."""
    grant = held.grant.record
    is_paid = grant.paid_by_period and held.period == 0 and held.period_uses > 0
    return 0 if is_paid else grant.price


def allows(use: Signed[Use], held: Standing, granted: set[bytes], vault: str, now: datetime) -> bool:
    """Whether a use may happen, said once more in other words."""
    grant = held.grant.record
    return (
        use.record.vault == vault
        and use.kid == held.partner_kid
        and now - WINDOW <= use.record.time <= now + WINDOW
        and held.state == STANDING
        and grant.not_before <= now < grant.expires
        and use.record.purpose in grant.purposes
        and held.uses < grant.max_uses
        and held.escrow >= due(held)
        and (not grant.period_uses or held.period_uses < grant.period_uses or held.period > 0)
        and set(use.record.items) <= granted
    )


@given(
    grant=some_grants,
    begins=beginnings,
    minutes=st.sampled_from([700, 2, 1]),
    signed_at=moments,
    state=st.sampled_from([STANDING, STANDING, STANDING, REVOKED, SUPERSEDED, EXPIRED]),
    data=st.data(),
)
def test_a_use_is_allowed_exactly_when_every_term_holds(
    grant: Grant, begins: datetime, minutes: int, signed_at: datetime, state: str, data: st.DataObject
) -> None:
    """For any grant, any use that is near to it, and any place the grant may stand at."""
    grant = replace(grant, not_before=begins, expires=begins + timedelta(minutes=minutes))
    near = data.draw(st.sampled_from([0, 0, 0, 1]))
    use = signed(
        a_use(
            vault=VAULT if near == 0 else grant.vault,
            purpose=data.draw(st.sampled_from([*grant.purposes, *grant.purposes, "dpv:Else"])),
            items=data.draw(st.sampled_from([(ITEM,), (ITEM, bytes([1] * 16))])),
            time=signed_at,
        ),
        data.draw(st.sampled_from([PARTNER_KEY.kid, PARTNER_KEY.kid, bytes(32)])),
    )
    held = standing(
        grant,
        state=state,
        uses=data.draw(st.sampled_from([0, grant.max_uses - 1, grant.max_uses])),
        escrow=data.draw(st.sampled_from([grant.price, grant.price + 1, max(0, grant.price - 1), 0])),
    )
    held.period_uses = data.draw(st.sampled_from([0, 1, grant.period_uses]))
    held.period = data.draw(st.sampled_from([0, 0, 1]))
    granted = data.draw(st.sampled_from([{ITEM, bytes([1] * 16)}, {ITEM}, set[bytes]()]))
    try:
        allowed = decide(use, held, granted, VAULT, NOW)
    except Refusal:
        assert not allows(use, held, granted, VAULT, NOW)
    else:
        assert allows(use, held, granted, VAULT, NOW)
        assert allowed == Allowed(due(held), fee_of(grant) if due(held) else 0)
        assert 0 <= allowed.fee <= allowed.price <= held.escrow


REASONS: list[tuple[dict[str, Any], dict[str, Any], type[Refusal]]] = [
    ({"vault": "other.example"}, {}, errors.OtherVault),
    ({"kid": bytes(32)}, {}, errors.NotThisPartner),
    ({"time": NOW - WINDOW - timedelta(seconds=1)}, {}, errors.OutsideWindow),
    ({"time": NOW + WINDOW + timedelta(seconds=1)}, {}, errors.OutsideWindow),
    ({"time": datetime(1, 1, 1, tzinfo=UTC)}, {}, errors.OutsideWindow),
    ({"time": datetime(9999, 12, 31, tzinfo=UTC)}, {}, errors.OutsideWindow),
    ({}, {"state": REVOKED}, errors.GrantRevoked),
    ({}, {"state": SUPERSEDED}, errors.GrantSuperseded),
    ({}, {"state": EXPIRED}, errors.GrantExpired),
    ({}, {"grant": a_grant(not_before=NOW + timedelta(seconds=1))}, errors.GrantNotBegun),
    ({}, {"grant": a_grant(expires=NOW)}, errors.GrantExpired),
    ({"purpose": "dpv:Advertising"}, {}, errors.PurposeNotGranted),
    ({}, {"uses": 10}, errors.UsesExhausted),
    ({}, {"escrow": 99}, errors.BudgetExhausted),
    ({"items": (bytes([9] * 16),)}, {}, errors.ItemNotGranted),
]


@pytest.mark.parametrize(("use", "held", "reason"), REASONS, ids=range(len(REASONS)))
def test_each_reason_to_refuse_has_its_name(
    use: dict[str, Any], held: dict[str, Any], reason: type[Refusal]
) -> None:
    use, held = dict(use), dict(held)
    kid = use.pop("kid", PARTNER_KEY.kid)
    where = standing(**held) if "grant" not in held else standing(held.pop("grant"), **held)
    with pytest.raises(reason):
        decide(signed(a_use(**use), kid), where, {ITEM}, VAULT, NOW)


def test_at_the_very_edges_a_use_is_allowed() -> None:
    grant = a_grant(not_before=NOW, expires=NOW + timedelta(seconds=1))
    for time in (NOW - WINDOW, NOW + WINDOW):
        held = standing(grant, uses=9, escrow=100)
        assert decide(signed(a_use(time=time)), held, {ITEM}, VAULT, NOW) == Allowed(100, 10)


@given(seconds=st.integers(-10_000, 10_000), left=st.integers(-10_000, 10_000))
def test_keys_come_again_for_a_short_time_and_never_after_the_end(seconds: int, left: int) -> None:
    grant = a_grant(expires=NOW + timedelta(seconds=left))
    again = may_fetch_again(standing(grant), int(NOW.timestamp()) - seconds, NOW)
    assert again == (seconds <= FETCH_AGAIN.total_seconds() and left > 0)
    assert not may_fetch_again(standing(grant, state=REVOKED), int(NOW.timestamp()), NOW)


# ── a price ──────────────────────────────────────────────────────────────────────────────


@given(some_grants)
def test_a_fee_never_exceeds_its_price_and_the_parts_are_the_whole(grant: Grant) -> None:
    fee = fee_of(grant)
    assert 0 <= fee <= grant.price
    parts = ledger.of_use(receipt=b"r", grant=b"g", account=b"a", price=grant.price, fee=fee)
    assert sum(part.amount for part in parts) == grant.price
    assert all(part.amount > 0 for part in parts)
    assert len({part.kind for part in parts}) == len(parts)


@given(some_grants)
def test_what_is_set_aside_is_enough_and_not_too_much(grant: Grant) -> None:
    begin, end = sorted((grant.not_before, grant.expires))
    assume(begin < end)
    grant = replace(grant, not_before=begin, expires=end)
    amount = grants.reserved(grant)
    assert 0 <= amount <= grant.budget
    days = math.ceil((grant.expires - grant.not_before) / timedelta(days=1))
    most = min(grant.max_uses, -(-days // grant.period_days)) if grant.paid_by_period else grant.max_uses
    assert amount <= grant.price * most
    uses = min(most, grant.budget // grant.price if grant.price else most)
    assert uses * grant.price <= amount


# ── a grant ──────────────────────────────────────────────────────────────────────────────

HOUSE = grants.HouseTerms(VAULT, "EUR", 1000)
DIRECTORY = Partner(
    partner=PARTNER,
    name="Music",
    sign_key=PARTNER_KEY.public,
    sealing_key=SEALING,
    seq=1,
    prev=None,
    time=NOW,
)


def passes(check: Any, *arguments: Any) -> bool:
    try:
        check(*arguments)
    except VaultError:
        return False
    return True


def is_within(grant: Grant, ask: Ask) -> bool:
    """Whether a grant gives no more than was asked, said once more in other words."""
    return (
        all(cluster in ask.clusters for cluster in grant.clusters)
        and all(purpose in ask.purposes for purpose in grant.purposes)
        and (grant.price, grant.budget, grant.max_uses)
        == tuple(
            min(pair)
            for pair in (
                (grant.price, ask.price),
                (grant.budget, ask.budget),
                (grant.max_uses, ask.max_uses),
            )
        )
        and not (grant.look_back_days > ask.look_back_days or grant.retention_days > ask.retention_days)
        and (ask.future_items or not grant.future_items)
        and grant.paid_by_period == ask.paid_by_period
        and ask.period_days in (0, grant.period_days)
        and (
            ask.period_days == 0 or ask.period_uses == 0 or grant.period_uses in range(1, ask.period_uses + 1)
        )
        and (grant.expires - grant.not_before).total_seconds() <= ask.duration_days * 86_400
    )


@given(grant=some_grants, ask=some_asks, data=st.data())
def test_a_grant_passes_exactly_when_it_is_within_its_ask(
    grant: Grant, ask: Ask, data: st.DataObject
) -> None:
    """Each term is drawn from the ask's side or from anywhere, so that many of them meet."""
    terms: dict[str, Any] = {}
    for name in (
        "clusters",
        "purposes",
        "price",
        "budget",
        "max_uses",
        "look_back_days",
        "retention_days",
        "period_days",
        "period_uses",
        "paid_by_period",
    ):
        if data.draw(st.integers(0, 9)):
            terms[name] = getattr(ask, name)
    days = data.draw(st.sampled_from([ask.duration_days, 0, ask.duration_days + 1]))
    terms |= {"not_before": NOW, "expires": NOW + timedelta(days=days, seconds=1 if days == 0 else 0)}
    grant = replace(grant, **terms)
    assert passes(grants.verify_within_ask, grant, ask) == is_within(grant, ask)


@given(some_grants)
def test_a_grant_that_nobody_asked_for_is_free(grant: Grant) -> None:
    assert passes(grants.verify_within_ask, grant, None) == (grant.price == 0)


WRONG_TERMS: list[tuple[dict[str, Any], type[VaultError]]] = [
    ({"vault": "other.example"}, Malformed),
    ({"currency": "USD"}, Malformed),
    ({"fee": 1001}, Malformed),
    ({"expires": NOW}, Malformed),
    ({"expires": NOW + grants.DURATION_MAX}, Malformed),
    ({"not_before": NOW + timedelta(days=367), "expires": NOW + timedelta(days=368)}, Malformed),
    ({"not_before": datetime(1, 1, 1, tzinfo=UTC)}, Malformed),
    (
        {"not_before": datetime(9999, 1, 1, tzinfo=UTC), "expires": datetime(9999, 1, 2, tzinfo=UTC)},
        Malformed,
    ),
    ({"partner_key": bytes(32)}, Conflict),
    ({"sealing_key": bytes(32)}, Conflict),
]


@pytest.mark.parametrize(("terms", "error"), WRONG_TERMS, ids=range(len(WRONG_TERMS)))
def test_a_grant_stands_on_the_terms_of_the_house(terms: dict[str, Any], error: type[VaultError]) -> None:
    assert passes(grants.verify_terms, a_grant(), DIRECTORY, HOUSE, NOW)
    with pytest.raises(error):
        grants.verify_terms(a_grant(**terms), DIRECTORY, HOUSE, NOW)


@given(
    budget=st.integers(0, 2000),
    max_uses=st.integers(1, 12),
    days=st.integers(1, 5),
    uses=st.integers(0, 10),
    escrow=st.integers(0, 1000),
    same=st.booleans(),
)
def test_versions_of_one_ask_never_cost_more_than_it_together(
    budget: int, max_uses: int, days: int, uses: int, escrow: int, same: bool
) -> None:
    before = standing(uses=uses, escrow=escrow)
    later = a_grant(
        version=2,
        prev=before.grant.hash,
        ask=before.grant.record.ask if same else bytes([1] * 32),
        budget=budget,
        max_uses=max_uses,
        expires=NOW + timedelta(days=days),
    )
    within = grants.reserved(later) <= escrow and max_uses + uses <= 10 and days <= 1
    assert passes(grants.verify_next_version, later, before) == (within or not same)


@pytest.mark.parametrize(
    "terms",
    [
        {"version": 3},
        {"version": 1, "prev": None},
        {"prev": bytes(32)},
        {"id": bytes([1] * 16)},
        {"partner": "other.example"},
        {"owner_key": PARTNER_KEY.public},
    ],
    ids=range(6),
)
def test_a_version_follows_its_own_grant_alone(terms: dict[str, Any]) -> None:
    before = standing()
    later = {"version": 2, "prev": before.grant.hash}
    assert passes(grants.verify_next_version, a_grant(**later), before)
    with pytest.raises(Conflict):
        grants.verify_next_version(a_grant(**(later | terms)), before)


def test_only_a_first_version_follows_nothing() -> None:
    assert passes(grants.verify_next_version, a_grant(), None)
    assert not passes(grants.verify_next_version, a_grant(version=2), None)


# ── a login, a manifest ──────────────────────────────────────────────────────────────────


@given(st.binary(min_size=32, max_size=32), st.binary(min_size=16, max_size=16), st.datetimes())
def test_a_challenge_is_the_vaults_own_and_for_one_locker_and_one_end(
    kid: bytes, chance: bytes, when: datetime
) -> None:
    expires = max(when, datetime(1970, 1, 2)).replace(tzinfo=UTC, microsecond=0)  # noqa: DTZ001 - zoned next
    nonce = logins.challenge(b"secret", kid, expires, chance)
    assert len(nonce) == 32
    assert nonce == logins.challenge(b"secret", kid, expires, chance)
    for other in (
        logins.challenge(b"others", kid, expires, chance),
        logins.challenge(b"secret", kid[::-1] + b"x", expires, chance),
        logins.challenge(b"secret", kid, expires + timedelta(seconds=1), chance),
    ):
        assert nonce != other


@given(seq=st.integers(1, 6), at=st.integers(0, 5), version=st.integers(1, 4), before=st.integers(0, 3))
def test_a_manifest_continues_its_journal_its_account_chain_and_its_item(
    seq: int, at: int, version: int, before: int
) -> None:
    manifest = Manifest(
        account=bytes(16),
        seq=seq,
        prev=bytes(32),
        chain=bytes(32),
        collection=bytes(16),
        item=ITEM,
        version=version,
        key=bytes(32),
        fields=(),
        time=NOW,
    )
    if seq != at + 1:
        with pytest.raises(JournalMoved):
            follow(signed(manifest), at, bytes(32), chain=bytes(32), before=before)
    elif version != before + 1:
        with pytest.raises(Conflict):
            follow(signed(manifest), at, bytes(32), chain=bytes(32), before=before)
    else:
        follow(signed(manifest), at, bytes(32), chain=bytes(32), before=before)
    with pytest.raises(JournalMoved):
        follow(signed(manifest), at, bytes([1] * 32), chain=bytes(32), before=before)
    with pytest.raises(JournalMoved):
        follow(signed(manifest), at, bytes(32), chain=bytes([1] * 32), before=before)


# ── errors ───────────────────────────────────────────────────────────────────────────────


def every(kind: type[Exception]) -> list[type[Exception]]:
    return [kind, *(deeper for child in kind.__subclasses__() for deeper in every(child))]


def test_every_error_has_a_status_and_a_word_of_its_own() -> None:
    kinds = [kind for kind in every(VaultError) if kind.__module__ == "vault.errors"]
    codes = [kind.code for kind in kinds if issubclass(kind, VaultError)]
    assert len(codes) == len(set(codes))
    for kind in kinds[1:]:
        assert 400 <= errors.status_of(kind) < 600
    for kind in every(AnchorError):
        if kind.__module__ == "anchor.errors":
            assert errors.status_of(kind) < 500
            assert errors.code_of(kind("x")) != "internal"
    assert (errors.status_of(RuntimeError), errors.code_of(RuntimeError())) == (500, "internal")


def test_what_the_rules_were_given_here_could_be_signed() -> None:
    """The records of this page are real ones: a rule tried on what nobody can sign proves little."""
    holder_missing = {"holders": ()}
    with pytest.raises(AnchorError):
        sign(a_grant(**holder_missing), OWNER_KEY)
    assert sign(a_use(), PARTNER_KEY).kid == kid_of(PARTNER_KEY.public)
