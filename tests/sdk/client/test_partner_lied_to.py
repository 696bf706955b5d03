"""What a lying vault tells a partner, one promise broken at a time. Each lie has its name."""

import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from planetvault.errors import (
    AnswerSwapped,
    BrokenAnswer,
    GrantChanged,
    ItemRolledBack,
    OutcomeUnknown,
    PromiseBroken,
    ProofWrong,
    ReceiptAfterClosing,
    ReceiptAgainstTerms,
    ReceiptForeign,
    ReceiptForked,
    ReceiptGap,
    ReceiptOfAnother,
    ReceiptRewritten,
    ReceiptUnsigned,
    VaultChanged,
)
from planetvault.opened import Opened
from planetvault.partner.receiving import PENDING
from planetvault.partner.uses import Wish
from planetvault.sealing.hseal import hseal

from anchor.encoding import from_base64url, to_base64url
from anchor.keys import SigningKey
from anchor.note import NoteKey, VerifierKey
from anchor.records.signed import Signed, sign
from anchor.records.trust import RetiredKey, Trust
from anchor.records.usage import Receipt, Use
from tests.sdk.client.honest import Given, HonestVault, Written, resigned
from tests.sdk.client.scene import DOMAIN, PURPOSE, Scene, plays, scene

MADE_UP = SigningKey(bytes(31) + b"1")


class Liar(HonestVault):
    """Tells the truth until ``lying`` is set."""

    lying = False


def lied_to(kind: type[Liar], uses: int = 1) -> tuple[Scene, Callable[[], Opened]]:
    """A scene whose vault starts to lie after some honest uses, and the next use in it."""
    here = scene(kind)
    grant, items = here.used(uses)
    assert isinstance(here.vault, Liar)
    here.vault.lying = True
    return here, lambda: here.partner.use(grant, items)


def changing(**lies: Any) -> type[Liar]:
    """A vault that writes other things into its receipts than what happened."""

    class Changing(Liar):
        def receipt(self, given: Given, use: Signed[Use]) -> dict[str, Any]:
            said = super().receipt(given, use)
            changed = {name: lie(said[name]) if callable(lie) else lie for name, lie in lies.items()}
            return said | changed if self.lying else said

    return Changing


# -- receipts ----------------------------------------------------------------------------


def test_a_receipt_by_a_key_that_is_not_pinned_is_no_receipt() -> None:
    class OtherKey(Liar):
        def sign(self, record: Receipt) -> Signed[Receipt]:
            return sign(record, SigningKey.generate() if self.lying else self.key)

    _, use = lied_to(OtherKey)
    with pytest.raises(ReceiptUnsigned) as broken:
        use()
    assert broken.value.evidence


def test_a_receipt_with_an_altered_signature_is_no_receipt() -> None:
    class Altering(Liar):
        def answered(self, given: Given, written: Written) -> dict[str, Any]:
            answer = super().answered(given, written)
            head, _, signature = answer["receipt"].rpartition(".")
            altered = to_base64url(bytes(64)) if self.lying else signature
            return answer | {"receipt": f"{head}.{altered}"}

    _, use = lied_to(Altering)
    with pytest.raises(ReceiptUnsigned):
        use()


@pytest.mark.parametrize(
    "lies",
    [
        {"price": lambda price: price + 1},
        {"price": lambda price: price - 1},
        {"fee": lambda fee: fee - 1},
        {"fee": 0},
        {"currency": "EUR"},
        {"partner": "other.example"},
        {"vault": "other.example"},
        {"purpose": "dpv:Marketing"},
        {"opened": lambda opened: opened[:-1]},
        {"opened": ()},
        {"time": lambda time: time + timedelta(days=400)},
        {"time": lambda time: time - timedelta(days=1)},
        {"revocation": bytes(32)},
    ],
    ids=",".join,
)
def test_a_receipt_against_the_terms_of_the_grant_or_the_use_is_refused(lies: dict[str, Any]) -> None:
    _, use = lied_to(changing(**lies))
    with pytest.raises(ReceiptAgainstTerms):
        use()


@pytest.mark.parametrize("lies", [{"use": bytes(32)}, {"grant": bytes(32)}], ids=",".join)
def test_a_receipt_for_another_use_or_grant_is_refused(lies: dict[str, Any]) -> None:
    _, use = lied_to(changing(**lies))
    with pytest.raises(ReceiptOfAnother):
        use()


def test_a_receipt_replayed_for_the_next_use_is_refused() -> None:
    class Replaying(Liar):
        def answered(self, given: Given, written: Written) -> dict[str, Any]:
            return super().answered(given, given.chain[0] if self.lying else written)

    _, use = lied_to(Replaying)
    with pytest.raises(ReceiptOfAnother):
        use()


def test_a_number_that_skips_and_is_never_explained_is_a_gap() -> None:
    class Skipping(Liar):
        def next_place(self, given: Given) -> dict[str, Any]:
            place = super().next_place(given)
            return place | {"seq": place["seq"] + self.lying}

    _, use = lied_to(Skipping)
    with pytest.raises(ReceiptGap):
        use()


def test_two_receipts_for_one_place_are_a_fork_and_both_are_evidence() -> None:
    class Forking(Liar):
        def next_place(self, given: Given) -> dict[str, Any]:
            return {"seq": 1, "prev": None} if self.lying else super().next_place(given)

    here, use = lied_to(Forking)
    with pytest.raises(ReceiptForked) as broken:
        use()
    first, second = here.vault.given[here.given[0].hash].chain
    assert broken.value.evidence == (first.receipt.raw, second.receipt.raw)


def test_a_receipt_that_follows_another_than_the_last_is_a_fork() -> None:
    class Forking(Liar):
        def next_place(self, given: Given) -> dict[str, Any]:
            place = super().next_place(given)
            return place | ({"prev": bytes(32)} if self.lying else {})

    _, use = lied_to(Forking)
    with pytest.raises(ReceiptForked):
        use()


class Inventing(Liar):
    """Charges for a use that the partner never signed, before answering the one it did."""

    def answer(self, raw: bytes) -> dict[str, Any]:
        if self.lying:
            self.lying = False
            (given,) = self.given.values()
            real = given.chain[0].use
            assert real
            invented = resigned(real, SigningKey.generate(), salt=secrets.token_bytes(32))
            self.write(given, invented, None, self.receipt(given, invented))
        return super().answer(raw)


def test_a_receipt_for_a_use_the_partner_never_signed_is_foreign() -> None:
    here, use = lied_to(Inventing)
    with pytest.raises(ReceiptForeign) as broken:
        use()
    chain = here.vault.given[here.given[0].hash].chain
    assert broken.value.evidence[0] == chain[1].receipt.raw


def test_after_a_foreign_receipt_the_chain_of_what_was_signed_does_not_go_on() -> None:
    here, use = lied_to(Inventing)
    with pytest.raises(ReceiptForeign):
        use()
    with pytest.raises(ReceiptForeign):
        here.partner.receipts(here.partner.grants()[0])


def test_a_receipt_withheld_from_the_list_is_a_gap() -> None:
    class Withholding(Liar):
        def show_chain(self, given: Given) -> list[dict[str, Any]]:
            rows = super().show_chain(given)
            return [rows[0], *rows[2:]] if self.lying else rows

    here = scene(Withholding)
    grant, items = here.used(0)
    here.partner.use(grant, items)
    remembered = here.partners_memory.under("")
    here.partner.use(grant, items)
    here.partner.use(grant, items)
    here.partners_memory.put(dict.fromkeys(here.partners_memory.under("")) | remembered)
    assert isinstance(here.vault, Liar)
    here.vault.lying = True
    with pytest.raises(ReceiptGap):
        here.partner.receipts(grant)


def test_a_list_that_is_shorter_than_what_the_partner_holds_is_a_rewriting() -> None:
    class Shortening(Liar):
        def show_chain(self, given: Given) -> list[dict[str, Any]]:
            return super().show_chain(given)[: -1 if self.lying else None]

    here, _ = lied_to(Shortening, uses=3)
    with pytest.raises(ReceiptRewritten):
        here.partner.receipts(here.partner.grants()[0])


def test_a_list_with_another_receipt_in_a_known_place_is_a_rewriting() -> None:
    class Rewriting(Liar):
        def show_chain(self, given: Given) -> list[dict[str, Any]]:
            rows = super().show_chain(given)
            if self.lying:
                rows[0]["receipt"] = resigned(given.chain[0].receipt, self.key, salt=bytes(32)).text
            return rows

    here, _ = lied_to(Rewriting, uses=2)
    with pytest.raises(ReceiptRewritten):
        here.partner.receipts(here.partner.grants()[0])


def test_an_older_version_of_an_item_than_was_opened_before_is_refused() -> None:
    here = scene()
    grant, items = here.used(0)
    given = here.vault.given[grant.hash]
    old = dict(given.envelopes), dict(given.account.items)
    here.clock.pass_by(days=1)
    here.owner.import_export(plays("2027-03", each=5))
    assert len(here.partner.use(grant, here.partner.items(grant)).columns["name"]) == 9
    given.envelopes, given.account.items = old
    with pytest.raises(ItemRolledBack):
        here.partner.use(grant, items)


def test_a_use_after_the_closing_receipt_is_refused() -> None:
    here = scene()
    grant, items = here.used(1)
    given = here.vault.given[grant.hash]
    envelopes, keys = given.envelopes, given.keys
    here.owner.revoke(here.given[-1])
    assert here.partner.receipts(grant)[-1].use is None
    given.state, given.envelopes, given.keys = "standing", envelopes, keys
    with pytest.raises(ReceiptAfterClosing):
        here.partner.use(grant, items)


# -- what comes with a receipt ---------------------------------------------------------------


def swapping(change: Callable[[HonestVault, Given, dict[str, Any]], None]) -> type[Liar]:
    """A vault that writes an honest receipt and hands out something else."""

    class Swapping(Liar):
        def answered(self, given: Given, written: Written) -> dict[str, Any]:
            answer = super().answered(given, written)
            if self.lying:
                change(self, given, answer)
            return answer

    return Swapping


def swap_fields(_vault: HonestVault, _given: Given, answer: dict[str, Any]) -> None:
    first, second = answer["items"][:2]
    first["fields"], second["fields"] = second["fields"], first["fields"]


def swap_items(_vault: HonestVault, _given: Given, answer: dict[str, Any]) -> None:
    answer["items"].reverse()


def swap_envelopes(_vault: HonestVault, _given: Given, answer: dict[str, Any]) -> None:
    first, second = answer["items"][:2]
    first["envelope"], second["envelope"] = second["envelope"], first["envelope"]


def drop_item(_vault: HonestVault, _given: Given, answer: dict[str, Any]) -> None:
    answer["items"].pop()


def drop_field(_vault: HonestVault, _given: Given, answer: dict[str, Any]) -> None:
    answer["items"][0]["fields"].popitem()


def add_field(_vault: HonestVault, _given: Given, answer: dict[str, Any]) -> None:
    answer["items"][0]["fields"][to_base64url(bytes(16))] = "AQAB"


def alter_field(_vault: HonestVault, _given: Given, answer: dict[str, Any]) -> None:
    fields = answer["items"][0]["fields"]
    name = next(iter(fields))
    sealed = bytearray(from_base64url(fields[name]))
    sealed[-1] ^= 1
    fields[name] = to_base64url(bytes(sealed))


def raise_version(_vault: HonestVault, _given: Given, answer: dict[str, Any]) -> None:
    answer["items"][0]["version"] += 1


def plant_share(vault: HonestVault, given: Given, answer: dict[str, Any]) -> None:
    entry = vault.partners[given.grant.record.partner][-1].record
    answer["keys"] = [to_base64url(hseal(entry.sealing_key, b"planted", bytes(32)))]


def add_share(_vault: HonestVault, _given: Given, answer: dict[str, Any]) -> None:
    answer["keys"] *= 2


@pytest.mark.parametrize(
    "swap",
    [
        swap_fields,
        swap_items,
        swap_envelopes,
        drop_item,
        drop_field,
        add_field,
        alter_field,
        raise_version,
        plant_share,
        add_share,
    ],
)
def test_data_that_is_not_what_the_owner_sealed_and_the_receipt_names_is_refused(
    swap: Callable[[HonestVault, Given, dict[str, Any]], None],
) -> None:
    here = scene(swapping(swap))
    grant, items = here.used(0)
    assert isinstance(here.vault, Liar)
    here.vault.lying = True
    with pytest.raises(AnswerSwapped):
        here.partner.use(grant, items)


def test_a_swapped_answer_was_paid_so_its_receipt_is_kept_and_the_data_asked_for_again() -> None:
    here, use = lied_to(swapping(alter_field))
    with pytest.raises(AnswerSwapped):
        use()
    assert len(here.partner.receipts(here.partner.grants()[0])) == 2
    assert len(here.partners_memory.under(PENDING)) == 1
    assert isinstance(here.vault, Liar)
    here.vault.lying = False
    (opened,) = here.partner.resume()
    assert isinstance(opened, Opened)
    assert len(here.vault.given[here.given[0].hash].chain) == 2


def test_in_a_batch_one_lie_does_not_cost_the_truths_beside_it() -> None:
    class OneLie(Liar):
        def receipt(self, given: Given, use: Signed[Use]) -> dict[str, Any]:
            said = super().receipt(given, use)
            return said | ({"price": 1} if self.lying and len(use.record.items) == 1 else {})

    here = scene(OneLie)
    grant, items = here.used(0)
    assert isinstance(here.vault, Liar)
    here.vault.lying = True
    first, second = here.partner.use_batch([Wish(grant, items, PURPOSE), Wish(grant, items[:1], PURPOSE)])
    assert isinstance(first, Opened)
    assert isinstance(second, ReceiptAgainstTerms)


def test_a_batch_with_fewer_answers_than_uses_is_unknown() -> None:
    class Fewer(Liar):
        def use(self, request: httpx2.Request) -> Any:
            return {"answers": super().use(request)["answers"][1:]}

    here = scene(Fewer)
    grant, items = here.used(0)
    with pytest.raises(OutcomeUnknown):
        here.partner.use_batch([Wish(grant, [item], PURPOSE) for item in items])
    assert len(here.partners_memory.under(PENDING)) == len(items)


# -- grants, keys and proofs -----------------------------------------------------------------


@pytest.mark.parametrize(
    "lies",
    [
        {"price": 500_000},
        {"ask": None},
        {"ask": bytes(32)},
        {"partner": "other.example"},
        {"partner_key": bytes(32)},
        {"sealing_key": bytes(32)},
        {"vault": "other.example"},
        {"owner_key": MADE_UP.public},
    ],
    ids=",".join,
)
def test_a_grant_that_answers_no_ask_of_this_partner_is_refused(lies: dict[str, Any]) -> None:
    here = scene()
    grant = here.granted()
    key = MADE_UP if "owner_key" in lies else here.owner._steps.signing_key_for(DOMAIN)
    here.vault.given[grant.hash].grant = resigned(grant.signed, key, **lies)
    with pytest.raises(GrantChanged):
        here.partner.grants()


def test_a_grant_shown_under_another_hash_is_refused() -> None:
    class Renaming(Liar):
        def show_grant(self, given: Given) -> dict[str, Any]:
            return super().show_grant(given) | ({"hash": to_base64url(bytes(32))} if self.lying else {})

    here, _ = lied_to(Renaming)
    with pytest.raises(GrantChanged):
        here.partner.grants()


def test_a_vault_with_a_new_key_must_be_pinned_by_hand() -> None:
    here, use = lied_to(Liar)
    here.vault.key = SigningKey.generate()
    with pytest.raises(ReceiptUnsigned):
        use()
    here.partner.change_trust(bytes(here.vault.trust))
    (opened,) = here.partner.resume()
    assert isinstance(opened, Opened)


def test_the_trust_file_of_another_vault_is_never_pinned_in_its_place() -> None:
    here, other = scene(), scene()
    with pytest.raises(VaultChanged):
        here.partner.change_trust(bytes(other.vault.trust))


def with_another_log_key(trust: Trust, size: int) -> Trust:
    """The trust file after the log gave its key up at this size."""
    name = VerifierKey.parse(trust.log).name
    fresh = NoteKey(name, SigningKey.generate()).verifier.vkey
    return replace(trust, log=fresh, retired=(*trust.retired, RetiredKey(log=trust.log, size=size)))


def test_a_log_that_changed_its_key_is_pinned_by_hand_and_never_goes_back() -> None:
    here = scene()
    first = here.vault.trust
    second = with_another_log_key(first, 7)
    third = with_another_log_key(second, 9)
    here.partner.change_trust(bytes(third))
    assert here.partner.change_trust(bytes(third)) == third
    for older in (first, second):
        with pytest.raises(VaultChanged):
            here.partner.change_trust(bytes(older))


def test_a_log_key_that_does_not_follow_from_the_pinned_one_is_never_pinned() -> None:
    here = scene()
    made_up = replace(here.vault.trust, log=NoteKey("vault.example/log", MADE_UP).verifier.vkey)
    with pytest.raises(VaultChanged):
        here.partner.change_trust(bytes(made_up))


def test_a_proof_of_another_receipt_is_refused() -> None:
    class Mixing(Liar):
        def proof(self, given: Given, _written: Written) -> bytes:
            return super().proof(given, given.chain[0])

    here, use = lied_to(Mixing)
    opened = use()
    with pytest.raises(ProofWrong, match="another receipt"):
        here.partner.proof(opened.receipt)


def test_a_proof_from_a_log_that_is_not_pinned_is_refused() -> None:
    here, use = lied_to(Liar)
    opened = use()
    here.vault.log_key = type(here.vault.log_key)(here.vault.log_key.name, SigningKey.generate())
    with pytest.raises(ProofWrong):
        here.partner.proof(opened.receipt)


def test_a_proof_without_an_anchor_does_not_pass_for_an_anchored_one() -> None:
    here, use = lied_to(Liar)
    opened = use()
    with pytest.raises(ProofWrong, match="anchor"):
        here.partner.proof(opened.receipt, anchored=True)


# -- bytes ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"{",
        b"\xff",
        b'{"receipt":1}',
        b'{"receipt":"a.b.c"}',
        b'{"receipt":"a.b.c","keys":{},"items":[]}',
        b'{"a":1,"a":1}',
        b"[" * 100_000,
    ],
)
def test_bytes_that_are_no_answer_leave_the_use_waiting(body: bytes) -> None:
    here = scene()
    grant, items = here.used(0)
    here.vault.before = lambda r: httpx2.Response(200, content=body) if r.url.path == "/v1/uses" else None
    with pytest.raises((OutcomeUnknown, BrokenAnswer, PromiseBroken)):
        here.partner.use(grant, items)
    assert len(here.partners_memory.under(PENDING)) == 1
