"""A partner with an honest vault: what it gets, what it pays, and what a lost reply costs."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx2
import pytest
from planetvault.errors import (
    AnswerGone,
    GrantRevoked,
    GrantUnknown,
    ItemNotGranted,
    MemoryFault,
    NothingRemembered,
    OutcomeUnknown,
    OutsideWindow,
    PartnerKeyChanged,
    PurposeNotGranted,
    Unreachable,
    UsesExhausted,
    VaultRefused,
)
from planetvault.memory import RamMemory
from planetvault.opened import Opened
from planetvault.owner import AsyncOwner
from planetvault.partner import AsyncPartner, Partner
from planetvault.partner.receiving import PENDING
from planetvault.partner.uses import Wish

from anchor.encoding import to_base64url
from anchor.errors import FormatError
from anchor.records.signed import verify
from anchor.records.usage import Use
from tests.sdk.client.honest import Given, HonestVault, Problem, Written, refuse
from tests.sdk.client.scene import ASKED, DOMAIN, PRICE, PURPOSE, Clock, Scene, plays, scene


def lose_replies(here: Scene, how_many: int, path: str = "/v1/uses") -> None:
    """The vault does what it is asked, and the answer never arrives."""
    left = [how_many]

    def lose(request: httpx2.Request, answer: httpx2.Response) -> httpx2.Response:
        if request.url.path == path and left[0]:
            left[0] -= 1
            raise httpx2.ReadError("the line went dead")
        return answer

    here.vault.after = lose


def pending(here: Scene) -> list[bytes]:
    return list(here.partners_memory.under(PENDING).values())


def test_a_use_opens_the_granted_columns_and_no_others() -> None:
    here = scene()
    grant = here.granted(clusters=["music.play/what"])
    opened = here.partner.use(grant, here.partner.items(grant))
    assert set(opened.columns) == {"name", "by", "in", "media", "ref", "played_ms"}
    assert min(opened.columns["name"]) == "Song 2027-01 1"
    assert len(list(opened.rows())) == len(opened.columns["ref"]) == 6


def test_rows_and_columns_say_the_same() -> None:
    here = scene()
    grant = here.granted()
    opened = here.partner.use(grant, here.partner.items(grant))
    names = [row["name"] for item in opened.items for row in item.rows()]
    assert names == opened.columns["name"] == [row["name"] for row in opened.rows()]


def test_each_use_is_paid_once_and_has_a_receipt_in_the_chain() -> None:
    here = scene()
    grant, _ = here.used(3)
    receipts = here.partner.receipts(grant)
    assert [one.receipt.record.seq for one in receipts] == [1, 2, 3]
    assert [one.receipt.record.price for one in receipts] == [PRICE] * 3
    assert here.partner.balance().escrow == grant.escrow - 3 * PRICE


def test_a_use_names_the_newest_receipt_the_partner_holds() -> None:
    here = scene()
    grant, _ = here.used(2)
    first, second = here.partner.receipts(grant)
    assert first.use
    assert second.use
    assert (first.use.record.last, second.use.record.last) == (None, first.receipt.hash)


@pytest.mark.parametrize(
    ("code", "status", "kind"),
    [
        ("purpose-not-granted", 403, PurposeNotGranted),
        ("grant-revoked", 410, GrantRevoked),
        ("item-not-granted", 403, ItemNotGranted),
        ("uses-exhausted", 403, UsesExhausted),
        ("grant-unknown", 404, GrantUnknown),
        ("outside-window", 403, OutsideWindow),
        ("a-code-of-tomorrow", 403, VaultRefused),
    ],
)
def test_a_refusal_is_an_exception_of_its_name_and_nothing_waits(
    code: str, status: int, kind: type[VaultRefused]
) -> None:
    here = scene()
    grant, items = here.used(1)
    here.vault.before = lambda r: refuse(Problem(status, code)) if r.url.path == "/v1/uses" else None
    with pytest.raises(VaultRefused) as refusal:
        here.partner.use(grant, items)
    assert type(refusal.value) is kind
    assert (refusal.value.code, refusal.value.status) == (code, status)
    assert refusal.value.request_id == "a request"
    assert pending(here) == []


def test_a_reply_lost_twice_is_asked_for_again_with_the_same_bytes_and_paid_once() -> None:
    here = scene()
    grant, items = here.used(0)
    lose_replies(here, 2)
    opened = here.partner.use(grant, items)
    sent = [one.content for one in here.vault.requests if one.url.path == "/v1/uses"]
    assert len(sent) == 3
    assert len(set(sent)) == 1
    assert opened.receipt.record.seq == 1
    assert len(here.partner.receipts(grant)) == 1


def test_a_use_without_any_answer_is_unknown_and_resume_finds_out_without_paying_twice() -> None:
    here = scene()
    grant, items = here.used(1)
    lose_replies(here, 5)
    with pytest.raises(OutcomeUnknown) as unknown:
        here.partner.use(grant, items)
    (waiting,) = pending(here)
    assert unknown.value.uses == (verify(waiting, Use, lambda *_: signing_public(here)).hash,)
    (opened,) = here.partner.resume()
    assert isinstance(opened, Opened)
    assert opened.receipt.record.seq == 2
    assert len(here.vault.given[grant.hash].chain) == 2
    assert pending(here) == []


def signing_public(here: Scene) -> bytes:
    return here.vault.partners[DOMAIN][-1].record.sign_key


def test_a_use_is_remembered_before_it_is_sent() -> None:
    here = scene()
    grant, items = here.used(0)
    seen: list[int] = []

    def note(request: httpx2.Request) -> None:
        if request.url.path == "/v1/uses":
            seen.append(len(pending(here)))

    here.vault.before = note
    here.partner.use(grant, items)
    assert seen == [1]


def test_after_a_crash_another_process_resumes_with_the_same_memory() -> None:
    here = scene()
    grant, items = here.used(1)
    lose_replies(here, 5)
    with pytest.raises(OutcomeUnknown):
        here.partner.use(grant, items)
    again = Partner.open(
        here.vault.url, here.partners_memory, transport=here.vault.transport, clock=here.clock
    )
    (opened,) = again.resume()
    assert isinstance(opened, Opened)
    assert [one.receipt.record.seq for one in again.receipts(grant)] == [1, 2]


def test_a_failing_vault_leaves_the_outcome_unknown_too() -> None:
    here = scene()
    grant, items = here.used(0)
    here.vault.before = lambda r: httpx2.Response(502) if r.url.path == "/v1/uses" else None
    with pytest.raises(OutcomeUnknown):
        here.partner.use(grant, items)
    assert len(pending(here)) == 1


def test_resume_drops_a_use_that_the_vault_never_took() -> None:
    here = scene()
    grant, items = here.used(0)
    here.vault.before = lambda r: httpx2.Response(502) if r.url.path == "/v1/uses" else None
    with pytest.raises(OutcomeUnknown):
        here.partner.use(grant, items)
    here.vault.before = lambda r: refuse(Problem(403, "outside-window")) if r.url.path == "/v1/uses" else None
    (outcome,) = here.partner.resume()
    assert isinstance(outcome, OutsideWindow)
    assert pending(here) == []


def test_resume_loses_nothing_when_one_of_several_stays_unknown() -> None:
    here = scene()
    grant, items = here.used(0)
    lose_replies(here, 15)
    for item in items:
        with pytest.raises(OutcomeUnknown):
            here.partner.use(grant, [item])
        here.clock.pass_by(seconds=1)
    lose_replies(here, 5)
    first, second, third = here.partner.resume()
    assert isinstance(first, OutcomeUnknown)
    assert isinstance(second, Opened)
    assert isinstance(third, Opened)
    assert [isinstance(one, Opened) for one in here.partner.resume()] == [True]
    assert pending(here) == []


def test_what_was_opened_can_be_opened_again_at_no_cost() -> None:
    here = scene()
    grant, items = here.used(0)
    opened = here.partner.use(grant, items)
    (answered,) = here.partner.receipts(grant)
    assert here.partner.open_again(answered) == opened
    assert len(here.vault.given[grant.hash].chain) == 1


def test_what_a_closing_receipt_opened_is_nothing() -> None:
    here = scene()
    grant, _ = here.used(1)
    here.owner.revoke(here.given[-1])
    with pytest.raises(ValueError, match="opened nothing"):
        here.partner.open_again(here.partner.receipts(grant)[-1])


def test_a_receipt_that_comes_back_without_keys_is_kept_and_named() -> None:
    class Forgetful(HonestVault):
        def answered(self, given: Given, written: Written) -> dict[str, Any]:
            return super().answered(given, written) | {"keys": [], "items": []}

    here = scene(Forgetful)
    grant = here.granted()
    with pytest.raises(AnswerGone) as gone:
        here.partner.use(grant, here.partner.items(grant))
    (kept,) = here.partner.receipts(grant)
    assert gone.value.receipt == kept.receipt.raw
    assert pending(here) == []


def test_a_batch_has_an_outcome_for_each_wish_in_their_order() -> None:
    here = scene()
    grant, items = here.used(0)
    good, bad = Wish(grant, items[:1], PURPOSE), Wish(grant, items[:1], "dpv:Marketing")
    first, second, third = here.partner.use_batch([good, bad, good])
    assert isinstance(first, Opened)
    assert isinstance(second, PurposeNotGranted)
    assert isinstance(third, Opened)
    assert (first.receipt.record.seq, third.receipt.record.seq) == (1, 2)
    assert pending(here) == []


def test_a_batch_whose_reply_is_lost_is_resumed_whole() -> None:
    here = scene()
    grant, items = here.used(0)
    lose_replies(here, 5)
    with pytest.raises(OutcomeUnknown) as unknown:
        here.partner.use_batch([Wish(grant, [item], PURPOSE) for item in items])
    assert len(unknown.value.uses) == len(items) == 3
    outcomes = here.partner.resume()
    assert all(isinstance(one, Opened) for one in outcomes)
    assert len(here.vault.given[grant.hash].chain) == 3


def test_a_batch_of_nothing_is_no_batch() -> None:
    with pytest.raises(ValueError, match="1 to 1000"):
        scene().partner.use_batch([])


def test_own_receipts_that_another_instance_got_fill_the_gap() -> None:
    here = scene()
    grant, items = here.used(1)
    twin = RamMemory()
    twin.put(here.partners_memory.under(""))
    other = Partner.open(here.vault.url, twin, transport=here.vault.transport, clock=here.clock)
    other.use(grant, items)
    other.use(grant, items)
    assert here.partner.use(grant, items).receipt.record.seq == 4
    assert [one.receipt.record.seq for one in here.partner.receipts(grant)] == [1, 2, 3, 4]


def test_two_clients_over_one_memory_keep_one_chain() -> None:
    here = scene()
    grant, items = here.used(1)
    other = Partner.open(
        here.vault.url, here.partners_memory, transport=here.vault.transport, clock=here.clock
    )
    for partner in (here.partner, other, here.partner, other):
        partner.use(grant, items)
    assert [one.receipt.record.seq for one in other.receipts(grant)] == [1, 2, 3, 4, 5]


def test_rotated_keys_sign_from_then_on_and_old_grants_still_open() -> None:
    here = scene()
    grant, items = here.used(1)
    old = signing_public(here)
    entry = here.partner.rotate_keys(sealing=True, name="Music Example Two")
    assert entry.record.sign_key == signing_public(here) != old
    opened = here.partner.use(grant, items)
    assert opened.receipt.record.seq == 2
    assert [one.receipt.record.seq for one in here.partner.receipts(grant)] == [1, 2]


def test_a_rotation_whose_reply_is_lost_is_finished_before_the_next_call() -> None:
    here = scene()
    grant, items = here.used(1)
    lose_replies(here, 5, "/v1/partners")
    with pytest.raises(Unreachable):
        here.partner.rotate_keys()
    assert len(here.vault.partners[DOMAIN]) == 2
    assert here.partner.use(grant, items).receipt.record.seq == 2


@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_a_rotation_that_the_vault_took_outlives_an_answer_that_says_nothing_of_it(status: int) -> None:
    """The entry is in the directory, and whoever stands in between answers for the vault."""
    here = scene()
    grant, items = here.used(1)

    def fail(request: httpx2.Request, answer: httpx2.Response) -> httpx2.Response:
        return httpx2.Response(status) if request.url.path == "/v1/partners" else answer

    here.vault.after = fail
    with pytest.raises(VaultRefused):
        here.partner.rotate_keys()
    assert len(here.vault.partners[DOMAIN]) == 2
    here.vault.after = lambda _, answer: answer
    assert here.partner.use(grant, items).receipt.record.seq == 2


def test_a_rotation_that_the_vault_refuses_is_given_up() -> None:
    here = scene()
    grant, items = here.used(1)
    here.vault.before = lambda request: (
        refuse(Problem(409, "conflict")) if request.url.path == "/v1/partners" else None
    )
    with pytest.raises(VaultRefused):
        here.partner.rotate_keys()
    here.vault.before = lambda _: None
    assert here.partner.use(grant, items).receipt.record.seq == 2
    assert len(here.vault.partners[DOMAIN]) == 1


def test_creating_again_with_the_same_memory_is_the_same_partner() -> None:
    here = scene()
    Partner.create(
        DOMAIN,
        "Music Example",
        here.vault.url,
        here.partners_memory,
        transport=here.vault.transport,
        clock=here.clock,
    )
    assert len(here.vault.partners[DOMAIN]) == 1
    with pytest.raises(MemoryFault):
        Partner.create(
            "other.example",
            "Other",
            here.vault.url,
            here.partners_memory,
            transport=here.vault.transport,
            clock=here.clock,
        )


def test_an_empty_memory_opens_no_partner() -> None:
    with pytest.raises(NothingRemembered):
        Partner.open("https://vault.example", RamMemory())


def test_the_partner_learns_what_became_of_its_ask() -> None:
    here = scene()
    denied = here.asked()
    here.owner.deny(denied)
    assert here.partner.asked(denied.hash).state == "denied"
    grant = here.granted()
    answered = here.partner.asked(grant.terms.ask or b"")
    assert (answered.state, answered.grant) == ("granted", grant.hash)


def test_every_request_of_a_partner_is_signed_anew() -> None:
    here = scene()
    lost: list[int] = []

    def lose(request: httpx2.Request, answer: httpx2.Response) -> httpx2.Response:
        if request.url.path == "/v1/balance" and len(lost) < 2:
            lost.append(1)
            raise httpx2.ReadError("the line went dead")
        return answer

    here.vault.after = lose
    assert here.partner.balance().currency == "USD"
    asked = [one for one in here.vault.requests if one.url.path == "/v1/balance"]
    assert len({one.headers["signature-input"] for one in asked}) == 3
    assert 'tag="planetvault"' in asked[0].headers["signature-input"]


def test_the_whole_way_can_be_awaited() -> None:
    async def story() -> None:
        clock = Clock()
        vault = HonestVault(clock)
        owner = await AsyncOwner.create(vault.url, RamMemory(), transport=vault.transport, clock=clock)
        partner = await AsyncPartner.create(
            DOMAIN, "Music Example", vault.url, RamMemory(), transport=vault.transport, clock=clock
        )
        async with owner, partner:
            await owner.import_export(plays("2027-02"))
            await partner.ask(await owner.connect(DOMAIN), **ASKED)
            (ask,) = await owner.asks()
            await owner.grant(ask)
            (grant,) = await partner.grants()
            items = await partner.items(grant)
            opened = await asyncio.gather(*(partner.use(grant, items) for _ in range(5)))
            assert sorted(one.receipt.record.seq for one in opened) == [1, 2, 3, 4, 5]
            assert len(await partner.receipts(grant)) == len(await owner.receipts()) == 5
            assert (await owner.statement()).earned == 5 * PRICE * 9 // 10

    asyncio.run(story())


def test_threads_that_share_a_partner_keep_one_chain() -> None:
    here = scene()
    grant, items = here.used(0)
    with ThreadPoolExecutor(4) as threads:
        opened = list(threads.map(lambda _: here.partner.use(grant, items), range(12)))
    assert sorted(one.receipt.record.seq for one in opened) == list(range(1, 13))
    assert len(here.partner.receipts(grant)) == 12


def test_an_item_is_named_by_its_id_as_well() -> None:
    here = scene()
    grant, items = here.used(0)
    opened = here.partner.use(grant, [items[0].item])
    assert [to_base64url(one.item) for one in opened.items] == [to_base64url(items[0].item)]


# ── keys that move ───────────────────────────────────────────────────────────────────────


def adopted(here: Scene, file: str, memory: RamMemory) -> Partner:
    return Partner.adopt(
        file.encode(), here.vault.url, memory, transport=here.vault.transport, clock=here.clock
    )


def test_a_file_of_keys_opens_the_partner_elsewhere_with_what_was_asked_here() -> None:
    here = scene()
    grant, items = here.used(1)
    here.partner.rotate_keys(sealing=True)
    elsewhere = adopted(here, here.partner.key_file, RamMemory())
    (held,) = elsewhere.grants()
    assert held.signed.raw == grant.signed.raw
    assert elsewhere.use(held, items).receipt.record.seq == 2
    assert elsewhere.key_file == here.partner.key_file


def test_an_ask_that_another_program_made_is_learned_when_it_is_granted() -> None:
    here = scene()
    elsewhere = adopted(here, here.partner.key_file, RamMemory())
    here.granted()
    assert len(elsewhere.grants()) == 1


def test_a_file_of_keys_that_were_replaced_moves_nothing_in() -> None:
    here = scene()
    file, memory = here.partner.key_file, RamMemory()
    here.partner.rotate_keys()
    with pytest.raises(PartnerKeyChanged):
        adopted(here, file, memory)
    with pytest.raises(NothingRemembered):
        Partner.open(here.vault.url, memory, transport=here.vault.transport)


def test_a_file_of_keys_that_nobody_was_shown_registers_them() -> None:
    here, there = scene(), scene()
    partner = adopted(there, here.partner.key_file.replace(DOMAIN, "other.example"), RamMemory())
    assert there.vault.partners["other.example"][0].kid == here.partner._steps.signing.kid
    assert partner.balance().funding >= 0


def test_a_memory_with_a_partner_takes_no_other_and_what_is_no_file_is_refused() -> None:
    here = scene()
    with pytest.raises(MemoryFault):
        adopted(here, here.partner.key_file, here.partners_memory)
    for bad in ("", "{}", here.partner.key_file.replace('"v": 1', '"v": 2'), " " * 70_000):
        with pytest.raises(FormatError):
            adopted(here, bad, RamMemory())
