"""An owner with an honest vault: seal, import again, grant in plain words, take back, check."""

from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx2
import pytest
from planetvault.errors import (
    Conflict,
    GrantRevoked,
    InsufficientFunds,
    ItemNotGranted,
    NotFound,
    NothingRemembered,
    TooWide,
    Unreachable,
)
from planetvault.importers import UnknownExport
from planetvault.memory import FileMemory, RamMemory
from planetvault.owner import Owner
from planetvault.owner.wording import text_hash

from anchor.encoding import to_base64url
from tests.sdk.client.honest import Problem, refuse
from tests.sdk.client.scene import DOMAIN, PRICE, Hurried, Scene, plays, scene


def second_device(here: Scene) -> Owner:
    """Another program with a copy of this device's memory, as it is now."""
    memory = RamMemory()
    memory.put(here.owners_memory.under(""))
    return Owner.open(here.vault.url, memory, transport=here.vault.transport, clock=here.clock)


def test_an_export_is_sealed_month_by_month_and_opens_again() -> None:
    here = scene()
    imported = here.owner.import_export(plays("2027-01", "2027-02"))
    assert (imported.written, imported.rows_added, imported.summary.kept) == (2, 4, 4)
    january, february = here.owner.items()
    assert [one.period for one in (january, february)] == ["2027-01", "2027-02"]
    opened = here.owner.open_item(january)
    assert opened.columns["name"] == ["Song 2027-01 1", "Song 2027-01 2"]
    assert [row["played_ms"] for row in opened.rows()] == [180_001, 180_002]


def test_nothing_of_an_export_leaves_the_device_in_the_clear() -> None:
    here = scene()
    here.owner.import_export(plays("2027-01"))
    canaries = (
        b"Song",
        b"Testers",
        b"Fixtures",
        b"2027-01",
        b"music.play",
        b"spotify",
        b"name",
        b"played_ms",
    )
    written = [one.content for one in here.vault.requests if one.url.path == "/v1/items"]
    assert written
    assert not [canary for canary in canaries for content in written if canary in content]


def test_importing_again_changes_nothing() -> None:
    here = scene()
    here.owner.import_export(plays("2027-01", "2027-02"))
    journal = len(next(iter(here.vault.accounts.values())).journal)
    again = here.owner.import_export(plays("2027-01", "2027-02"))
    assert (again.written, again.unchanged, again.rows_added) == (0, 2, 0)
    assert len(next(iter(here.vault.accounts.values())).journal) == journal


def test_a_later_export_adds_its_rows_to_the_month_as_a_new_version() -> None:
    here = scene()
    here.owner.import_export(plays("2027-01", each=1))
    imported = here.owner.import_export(plays("2027-01", each=3))
    (item,) = here.owner.items()
    assert (imported.written, imported.rows_added, item.version, item.rows) == (1, 2, 2, 3)


def test_more_months_than_fit_one_request_go_in_several() -> None:
    here = scene()
    months = [f"{year}-{month:02d}" for year in range(2016, 2026) for month in range(1, 13)]
    assert here.owner.import_export(plays(*months, each=1)).written == 120
    assert sum(one.url.path == "/v1/items" and one.method == "POST" for one in here.vault.requests) == 2
    assert len(here.owner.items()) == 120


def test_the_progress_of_reading_is_told() -> None:
    told: list[tuple[int, int]] = []
    scene().owner.import_export(plays("2027-01"), progress=lambda done, total: told.append((done, total)))
    assert told
    assert told[-1][0] == told[-1][1]


def test_a_file_nobody_knows_is_refused_before_anything_is_sent() -> None:
    here = scene()
    before = len(here.vault.requests)
    with pytest.raises(UnknownExport):
        here.owner.import_export(BytesIO(b"nothing anybody exports"))
    assert len(here.vault.requests) == before


def test_two_devices_that_write_at_once_both_end_up_in_one_journal() -> None:
    here = scene()
    here.owner.import_export(plays("2027-01"))
    other = second_device(here)
    other.import_export(plays("2027-02"))
    here.owner.import_export(plays("2027-02", "2027-03"))
    other.import_export(plays("2027-01", each=3))
    assert [one.rows for one in here.owner.items()] == [one.rows for one in other.items()] == [2, 2, 3]


def test_a_write_that_another_device_beat_is_made_anew_on_top_of_it() -> None:
    here = scene()
    here.owner.import_export(plays("2027-01"))
    other, beaten = second_device(here), [False]

    def beat(request: httpx2.Request) -> None:
        if request.url.path == "/v1/items" and request.method == "POST" and not beaten[0]:
            beaten[0] = True
            other.import_export(plays("2027-02", each=4))

    here.vault.before = beat
    imported = here.owner.import_export(plays("2027-02", each=5))
    assert imported.rows_added == 1
    assert [one.rows for one in here.owner.items()] == [2, 5]


def test_a_write_whose_reply_was_lost_is_found_in_the_journal() -> None:
    here = scene()
    here.owner.import_export(plays("2027-01"))

    def lose(request: httpx2.Request, answer: httpx2.Response) -> httpx2.Response:
        if request.url.path == "/v1/items" and request.method == "POST":
            raise httpx2.ReadError("the line went dead")
        return answer

    here.vault.after = lose
    with pytest.raises(Unreachable):
        here.owner.import_export(plays("2027-02"))
    here.vault.after = lambda _, answer: answer
    assert here.owner.import_export(plays("2027-02")).unchanged == 1
    assert len(here.owner.items()) == 2


def test_an_account_opens_again_from_its_memory_alone(tmp_path: Path) -> None:
    here = scene()
    memory = FileMemory(tmp_path / "owner.memory")
    owner = Owner.create(here.vault.url, memory, transport=here.vault.transport, clock=here.clock)
    owner.import_export(plays("2027-01"))
    account = owner.account
    memory.close()
    again = Owner.open(
        here.vault.url,
        FileMemory(tmp_path / "owner.memory"),
        transport=here.vault.transport,
        clock=here.clock,
    )
    assert again.account == account
    assert again.open_item(again.items()[0]).columns["by"] == [["The Testers"], ["The Testers"]]


def test_creating_an_account_whose_reply_was_lost_creates_one_account() -> None:
    here = scene()
    memory = RamMemory()

    def lose(request: httpx2.Request, answer: httpx2.Response) -> httpx2.Response:
        if request.url.path == "/v1/accounts":
            raise httpx2.ReadError("the line went dead")
        return answer

    def create() -> Owner:
        return Owner.create(here.vault.url, memory, transport=here.vault.transport, clock=here.clock)

    here.vault.after = lose
    with pytest.raises(Unreachable):
        create()
    here.vault.after = lambda _, answer: answer
    assert create().items() == []
    assert len(here.vault.accounts) == 2


def test_an_empty_memory_opens_no_account() -> None:
    with pytest.raises(NothingRemembered):
        Owner.open("https://vault.example", RamMemory())


def test_a_session_that_ended_is_begun_again() -> None:
    here = scene()
    here.owner.import_export(plays("2027-01"))
    here.vault.sessions.clear()
    assert len(here.owner.items()) == 1


def test_a_deleted_item_is_gone_for_every_device_and_comes_back_as_a_later_version() -> None:
    here = scene()
    here.owner.import_export(plays("2027-01", "2027-02"))
    other = second_device(here)
    january, _ = here.owner.items()
    here.owner.delete_item(january)
    here.owner.delete_item(january)
    assert [one.period for one in other.items()] == ["2027-02"]
    here.owner.import_export(plays("2027-01"))
    assert [(one.period, one.version) for one in here.owner.items()] == [("2027-02", 1), ("2027-01", 3)]


# -- asks and grants -------------------------------------------------------------------------


def test_a_preview_says_in_plain_words_what_is_signed_and_shows_the_owners_own_rows() -> None:
    here = scene()
    here.owner.import_export(plays(*here.months))
    ask = here.asked()
    preview = here.owner.preview(ask, max_uses=3)
    assert "“Music Example” (music.example) asks for data in your vault." in preview.text
    assert "- What you listened to." in preview.text
    assert "fitting a service to you (dpv:ServicePersonalisation)" in preview.text
    assert "At most 0.324 USD." in preview.text
    assert preview.most_earned == 3 * PRICE * 9 // 10
    assert [one.period for one in preview.items] == list(here.months)
    assert preview.samples["music.play"]["name"] == ["Song 2027-03 1", "Song 2027-03 2"]
    assert "country" not in preview.samples["music.play"]
    grant = here.owner.grant(ask, max_uses=3)
    assert grant.record.text == text_hash(preview.text)
    assert here.owner._steps.text_agreed(grant) == preview.text


def test_a_preview_in_chinese_is_the_text_that_is_signed_in_chinese() -> None:
    here = scene()
    ask = here.asked()
    preview = here.owner.preview(ask, language="zh-CN")
    assert "您听了什么" in preview.text
    grant = here.owner.grant(ask, language="zh-CN")
    assert (grant.record.text, grant.record.language) == (text_hash(preview.text), "zh-CN")


def test_a_preview_sends_nothing_that_binds() -> None:
    here = scene()
    here.owner.preview(here.asked())
    assert here.vault.given == {}


def test_an_ask_can_be_narrowed_in_every_term() -> None:
    here = scene()
    here.owner.import_export(plays(*here.months))
    grant = here.owner.grant(
        here.asked(),
        clusters=["music.play/what"],
        max_uses=2,
        budget=PRICE,
        look_back_days=60,
        future_items=False,
        duration_days=7,
        retention_days=0,
    ).record
    assert (grant.clusters, grant.max_uses, grant.budget) == (("music.play/what",), 2, PRICE)
    assert grant.expires - grant.not_before == timedelta(days=7)
    (held,) = here.partner.grants()
    assert len(here.partner.items(held)) == 2  # of January, February and March, only two began within 60 days


@pytest.mark.parametrize(
    "wider",
    [
        {"clusters": ["music.play/what", "music.play/where"]},
        {"purposes": ["dpv:Marketing"]},
        {"max_uses": 101},
        {"budget": 101 * PRICE},
        {"look_back_days": 401},
        {"duration_days": 91},
        {"retention_days": 91},
        {"max_uses": 0},
        {"clusters": []},
        {"max_uses": -1},
        {"max_uses": "2"},
        {"price": PRICE + 1},
    ],
    ids=str,
)
def test_an_ask_can_not_be_widened_or_emptied(wider: dict[str, Any]) -> None:
    here = scene()
    ask = here.asked()
    with pytest.raises(TooWide):
        here.owner.grant(ask, **wider)
    assert here.vault.given == {}


def test_future_items_can_be_refused_but_not_added() -> None:
    here = scene()
    with pytest.raises(TooWide):
        here.owner.grant(here.asked(future_items=False), future_items=True)


def test_only_whole_months_within_the_look_back_are_opened() -> None:
    here = scene()
    here.owner.import_export(plays("2026-12", "2027-01", "2027-02", "2027-03"))
    grant = here.owner.grant(here.asked(look_back_days=45))
    opened = here.vault.given[grant.hash].envelopes
    periods = {to_base64url(one.item): one.period for one in here.owner.items()}
    assert {periods[item] for item in opened} == {"2027-02", "2027-03"}  # January began before


def test_an_item_written_later_is_open_at_once_under_a_grant_for_future_items() -> None:
    here = scene()
    grant = here.granted()
    here.clock.pass_by(days=20)
    here.owner.import_export(plays("2027-04"))
    items = here.partner.items(grant)
    assert len(items) == 4
    assert "Song 2027-04 1" in here.partner.use(grant, items).columns["name"]


def test_a_new_version_of_a_granted_item_stays_open_under_a_grant_for_future_items() -> None:
    here = scene()
    grant = here.granted()
    here.clock.pass_by(days=1)
    here.owner.import_export(plays("2027-03", each=5))
    opened = here.partner.use(grant, here.partner.items(grant))
    assert len(opened.columns["name"]) == 9


def test_an_item_written_later_stays_shut_under_a_grant_for_what_was_there() -> None:
    here = scene()
    grant = here.granted(future_items=False)
    known = {one.item for one in here.partner.items(grant)}
    here.clock.pass_by(days=20)
    here.owner.import_export(plays("2027-04"))
    assert {one.item for one in here.partner.items(grant)} == known
    later = next(one.item for one in here.owner.items() if one.period == "2027-04")
    with pytest.raises(ItemNotGranted):
        here.partner.use(grant, [later])


def test_a_granted_item_that_is_written_anew_is_shut_under_a_grant_for_what_was_there() -> None:
    here = scene()
    grant = here.granted(future_items=False)
    here.clock.pass_by(days=1)
    here.owner.import_export(plays("2027-03", each=5))
    assert len(here.partner.items(grant)) == 2


def test_items_that_another_device_wrote_without_knowing_a_grant_can_be_covered_later() -> None:
    here = scene()
    grant = here.granted()
    here.vault.given[grant.hash].envelopes.clear()
    assert here.owner.cover(here.owner.grants()[0]) == 3
    assert len(here.partner.items(grant)) == 3


def test_a_grant_that_the_partner_cannot_pay_is_refused_by_name() -> None:
    here = scene()
    with pytest.raises(InsufficientFunds):
        here.owner.grant(here.asked(price=10_000_000, max_uses=100))


def test_a_grant_whose_reply_was_lost_is_found_and_not_given_twice() -> None:
    here = scene()
    here.owner.import_export(plays(*here.months))
    ask = here.asked()

    def lose(request: httpx2.Request, answer: httpx2.Response) -> httpx2.Response:
        if (request.method, request.url.path) == ("POST", "/v1/grants"):
            raise httpx2.ReadError("the line went dead")
        return answer

    here.vault.after = lose
    with pytest.raises(Unreachable):
        here.owner.grant(ask)
    here.vault.after = lambda _, answer: answer
    grant = here.owner.grant(ask)
    assert list(here.vault.given) == [grant.hash]
    with pytest.raises(Conflict):
        here.owner.grant(ask, max_uses=1)


def test_a_denied_ask_is_denied() -> None:
    here = scene()
    ask = here.asked()
    here.owner.deny(ask)
    assert [one.state for one in here.owner.asks()] == ["denied"]


def test_the_grant_key_can_be_split_so_that_the_vault_alone_opens_nothing() -> None:
    here = scene()
    here.owner.import_export(plays(*here.months))
    grant = here.owner.grant(here.asked(), holders=("steward.example", here.vault.origin))
    shares = here.owner._steps.shares_of(grant)
    assert list(shares) == ["steward.example"]
    assert len(here.vault.given[grant.hash].keys) == 1
    here.vault.given[grant.hash].keys.insert(0, to_base64url(shares["steward.example"]))
    (held,) = here.partner.grants()
    assert here.partner.use(held, here.partner.items(held)).receipt.record.seq == 1


# -- receipts ----------------------------------------------------------------------------------


def test_every_receipt_is_shown_with_who_used_what_for_how_much() -> None:
    here = scene()
    here.used(2)
    first, second = here.owner.receipts()
    assert first.use
    assert (first.receipt.record.partner, first.receipt.record.purpose) == (
        DOMAIN,
        "dpv:ServicePersonalisation",
    )
    assert first.earned + second.earned == here.owner.statement().earned == here.owner.balances().pending


def test_revoking_closes_the_chain_and_says_how_many_uses_she_knew_of() -> None:
    here = scene()
    grant, items = here.used(2)
    here.owner.receipts()
    closing = here.owner.revoke(here.given[-1])
    assert (closing.record.seq, closing.record.price, closing.record.opened) == (3, 0, ())
    last = here.owner.receipts()[-1]
    assert last.revocation
    assert (last.revocation.record.uses, last.revocation.record.erase) == (2, True)
    with pytest.raises(GrantRevoked):
        here.partner.use(grant, items)
    assert here.partner.receipts(grant)[-1].receipt.raw == closing.raw


def test_a_revocation_whose_reply_was_lost_is_sent_again_as_it_was() -> None:
    here = scene()
    here.used(1)

    def lose(request: httpx2.Request, answer: httpx2.Response) -> httpx2.Response:
        if request.url.path == "/v1/revocations":
            raise httpx2.ReadError("the line went dead")
        return answer

    here.vault.after = lose
    with pytest.raises(Unreachable):
        here.owner.revoke(here.given[-1])
    here.vault.after = lambda _, answer: answer
    here.owner.revoke(here.given[-1])
    assert len(here.vault.given[here.given[-1].hash].chain) == 2


def test_a_proof_that_the_owner_fetches_proves_her_receipt() -> None:
    here = scene()
    here.used(2)
    one = here.owner.receipts()[0]
    proof = here.owner.proof(one)
    assert proof.verified.receipt.raw == one.receipt.raw
    assert proof.verified.index == 0


def test_a_use_under_keys_that_follow_the_pinned_ones_is_in_order() -> None:
    here = scene()
    grant, items = here.used(1)
    here.partner.rotate_keys()
    here.partner.use(grant, items)
    assert len(here.owner.receipts()) == 2
    assert here.owner.proof(here.owner.receipts()[1]).verified.use


def test_connecting_twice_is_one_pairing_and_one_key() -> None:
    here = scene()
    assert here.owner.connect(DOMAIN) == here.owner.connect(DOMAIN)
    assert len(next(iter(here.vault.accounts.values())).pairings) == 1


def test_two_partners_know_the_owner_under_two_keys() -> None:
    keys = scene().owner._steps
    assert keys.signing_key_for("one.example").kid != keys.signing_key_for("two.example").kid


def test_connecting_to_nobody_is_refused() -> None:
    with pytest.raises(NotFound):
        scene().owner.connect("nobody.example")


def test_waiting_is_as_long_as_the_vault_asks() -> None:
    here = scene()
    tries = iter([refuse(Problem(429, "rate-limited"), retry_after="7"), None])
    here.vault.before = lambda r: next(tries) if r.url.path == "/v1/receipts" else None
    assert here.owner.receipts() == []
    driver = here.owner._driver
    assert isinstance(driver, Hurried)
    assert driver.pauses == [7.0]
