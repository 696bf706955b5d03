"""Lin finds an offer by herself, her rules turn others away, and she bargains once: as it happens."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from planetvault.audit import audit_bundle
from planetvault.bundle import check_bundle
from planetvault.errors import Conflict, OwnerPaused, RulesBroken, TooOften
from planetvault.memory import FileMemory
from planetvault.owner import Owner
from planetvault.owner.rules import Rule
from planetvault.partner import Partner

from anchor.encoding import to_base64url
from anchor.records.consent import Ask
from tests.sdk.client.scene import PURPOSE, plays
from tests.stories.meeting import Meeting, at_the_vault

TERMS: dict[str, Any] = {
    "clusters": ["music.play/what", "music.play/when"],
    "purposes": [PURPOSE],
    "reason": "To find out which concerts a town would go to.",
    "price": 100_000,
    "max_uses": 8,
    "period_days": 7,
    "period_uses": 2,
    "campaign": 5_000_000,
    "look_back_days": 365,
}


@pytest.fixture
def meeting(tmp_path: Path) -> Iterator[Meeting]:
    with at_the_vault(tmp_path) as here:
        yield here


@pytest.fixture
def lin(meeting: Meeting) -> Owner:
    owner = meeting.owner("lin")
    owner.import_export(plays("2026-12", "2027-01", "2027-02"))
    return owner


def test_lin_finds_an_offer_says_yes_and_is_paid_from_its_campaign(meeting: Meeting, lin: Owner) -> None:
    radio = meeting.partner("radio.example")
    radio.offer(**TERMS)
    radio.offer(**TERMS | {"clusters": ["game.session/what"]})  # she plays no games
    (found,) = lin.offers()
    assert (found.items, found.left, found.broken) == (3, 5_000_000, ())
    assert len(lin.offers(everything=True)) == 2

    preview = lin.preview(found)
    assert "at most 2 uses in 7 days" in preview.text
    grant = lin.grant(found)
    assert grant.record.ask == found.hash
    assert lin.offers() == []

    (held,) = radio.grants()
    for _ in range(2):
        assert radio.use(held, radio.items(held), PURPOSE).receipt.record.price == 100_000
    with pytest.raises(TooOften):
        radio.use(held, radio.items(held), PURPOSE)
    assert sum(one.earned for one in lin.receipts()) == 180_000
    lin.revoke(grant)
    assert radio.receipts(held)[-1].receipt.record.revocation is not None


def test_her_rules_turn_offers_away_on_her_own_device(meeting: Meeting, lin: Owner) -> None:
    radio = meeting.partner("radio.example")
    radio.offer(**TERMS)
    radio.offer(**TERMS | {"purposes": ["dpv:TargetedAdvertising"], "price": 900_000})
    floor, never = Rule("music", "*", 95_000), Rule("*", "dpv:Advertising", None)
    lin.set_rules([never])
    assert [one.asked.price for one in lin.offers()] == [100_000]
    lin.set_rules([never, floor])  # the vault keeps a tenth, so her part is 90,000
    assert lin.offers() == []
    assert {one.broken for one in lin.offers(everything=True)} == {(floor,), (never,)}


def test_her_rules_are_the_same_on_another_device_and_are_not_rolled_back(
    meeting: Meeting, lin: Owner
) -> None:
    first = lin.set_rules([Rule("music", "*", 1)])
    old = lin._steps.memory.get("rules")
    later = lin.set_rules([Rule("music", "*", 2)])
    assert (first.seq, later.seq) == (1, 2)
    assert meeting.again("lin").rules() == later
    sealed = lin._driver.run(lin._steps.show_account()).sealed_by_name("secrets")["rules"]
    assert b"music" not in sealed
    assert old is not None
    lin._driver.run(lin._steps._keep_rules(first))  # as a vault would that shows an older version
    FileMemory(meeting.folder / "lin.memory").put({"rules": bytes(later)})
    with pytest.raises(RulesBroken):
        lin.rules()
    assert lin.pause().seq == 3  # she can always change them
    assert lin.rules().rules == later.rules


def test_a_pause_stops_offers_and_uses_and_not_the_grants(meeting: Meeting, lin: Owner) -> None:
    radio = meeting.partner("radio.example")
    radio.offer(**TERMS)
    radio.offer(**TERMS)
    lin.grant(lin.offers()[0])
    (held,) = radio.grants()
    lin.pause()
    assert lin.offers() == []
    with pytest.raises(OwnerPaused):
        radio.use(held, radio.items(held), PURPOSE)
    assert radio.grants()[0].state == "standing"
    lin.pause(False)
    assert len(lin.offers()) == 1
    radio.use(held, radio.items(held), PURPOSE)


def _bargain(lin: Owner, radio: Partner) -> Ask:
    (found,) = lin.offers()
    lin.counter(found, clusters=["music.play/what"], price=150_000, duration_days=30)
    (made,) = radio.counters()
    assert (made.state, made.terms.price, made.terms.budget) == ("open", 150_000, 8 * 150_000)
    return radio.accept_counter(made, reason="Gladly.").record


def test_lin_asks_for_more_money_and_less_time_and_gets_it(meeting: Meeting, lin: Owner) -> None:
    radio = meeting.partner("radio.example")
    radio.offer(**TERMS)
    _bargain(lin, radio)
    (ask,) = lin.asks()
    own = lin._steps.own_terms(ask)
    assert own is not None
    assert own.price == ask.asked.price == 150_000
    lin.grant(ask)
    (held,) = radio.grants()
    opened = radio.use(held, radio.items(held), PURPOSE)
    assert opened.receipt.record.price == 150_000
    assert {name for row in opened.rows() for name in row} == {
        "name",
        "by",
        "in",
        "media",
        "ref",
        "played_ms",
    }
    assert [one.state for one in lin.counters()] == ["accepted"]


def test_a_partner_may_refuse_and_withdraw(meeting: Meeting, lin: Owner) -> None:
    radio = meeting.partner("radio.example")
    offer = radio.offer(**TERMS)
    (found,) = lin.offers()
    lin.counter(found, price=10_000_000)
    radio.refuse_counter(radio.counters()[0])
    assert [one.state for one in lin.counters()] == ["refused"]
    with pytest.raises(Conflict):
        lin.counter(found, price=9_000_000)
    before = radio.balance().funding
    radio.withdraw(offer)
    assert radio.balance().funding == before + 5_000_000
    assert lin.offers() == []


def test_lin_works_out_her_part_of_a_pot_from_her_own_receipts(meeting: Meeting, lin: Owner) -> None:
    radio = meeting.partner("radio.example")
    radio.offer(**TERMS, pool=3_000_001)
    lin.grant(lin.offers()[0])
    (held,) = radio.grants()
    radio.use(held, radio.items(held), PURPOSE)
    meeting.clock.pass_by(days=30, minutes=6)
    meeting.work()
    again = meeting.again("lin")
    (share,) = again.pools()
    assert (share.points, share.amount) == (1, 3_000_001)
    assert again.statement().earned == 90_000 + 3_000_001
    bundle = again.export(meeting.folder / "lin.bundle")
    assert check_bundle(bundle).earned == 90_000 + 3_000_001
    assert audit_bundle(bundle).balances[f"payable/{to_base64url(lin.account)}"] >= 3_000_001


def test_what_was_opened_is_demanded_back_and_the_answer_is_signed(meeting: Meeting, lin: Owner) -> None:
    radio = meeting.partner("radio.example")
    radio.offer(**TERMS)
    grant = lin.grant(lin.offers()[0])
    (held,) = radio.grants()
    receipt = radio.use(held, radio.items(held), PURPOSE).receipt
    report = radio.report(receipt, "A map of towns, drawn once.")
    assert [one.hash for one in lin.reports()] == [report.hash]

    assert lin.demand_erasures() == []
    lin.revoke(grant)
    (demand,) = lin.demand_erasures()
    assert lin.demand_erasures() == []
    (wanted,) = radio.demands()
    assert (wanted.signed.hash, wanted.state) == (demand.hash, "open")
    attestation = radio.attest(wanted)
    (made,) = lin.demands()
    assert made.attestation is not None
    assert (made.state, made.attestation.hash) == ("attested", attestation.hash)
