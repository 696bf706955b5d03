"""What a lying vault, or a partner with other keys, tells an owner: one broken promise at a time."""

from collections.abc import Callable
from typing import Any

import httpx2
import pytest
from planetvault.errors import (
    AccountChanged,
    BrokenAnswer,
    ClosingReceiptMissing,
    GrantChanged,
    ItemChanged,
    JournalForked,
    JournalRolledBack,
    LinkBroken,
    PartnerKeyChanged,
    ReceiptAfterClosing,
    ReceiptAgainstTerms,
    ReceiptBroken,
    ReceiptForeign,
    ReceiptForked,
    ReceiptGap,
    ReceiptRewritten,
    ReceiptUnsigned,
    StatementWrong,
    VaultChanged,
)
from planetvault.memory import RamMemory
from planetvault.owner import Owner
from planetvault.sealing.lockers import new_device_locker, seal_root
from planetvault.sealing.tree import new_root

from anchor.encoding import to_base64url
from anchor.keys import SigningKey
from anchor.records.consent import Revocation
from anchor.records.parties import Partner as Entry
from anchor.records.signed import Signed, sign
from anchor.records.usage import OwnerLink, Statement, Use
from tests.sdk.client.honest import Account, Given, HonestVault, Written, resigned
from tests.sdk.client.scene import DOMAIN, Scene, plays, scene


class Liar(HonestVault):
    """Tells the truth until ``lying`` is set."""

    lying = False


def begin_to_lie(here: Scene) -> None:
    assert isinstance(here.vault, Liar)
    here.vault.lying = True


def reopened(here: Scene) -> Owner:
    """The same device, started again."""
    return Owner.open(here.vault.url, here.owners_memory, transport=here.vault.transport, clock=here.clock)


def the_account(here: Scene) -> Account:
    (account,) = here.vault.accounts.values()
    return account


# -- the journal and its items ---------------------------------------------------------------


def test_a_journal_rolled_back_is_noticed() -> None:
    here = scene()
    here.owner.import_export(plays("2027-01", "2027-02"))
    the_account(here).journal.pop()
    with pytest.raises(JournalRolledBack):
        here.owner.items()


def test_a_journal_rolled_back_is_noticed_after_a_restart_too() -> None:
    here = scene()
    here.owner.import_export(plays("2027-01", "2027-02"))
    the_account(here).journal.pop()
    again = reopened(here)
    with pytest.raises(JournalRolledBack):
        again.items()


def test_a_journal_with_another_head_at_the_same_place_is_a_fork() -> None:
    here = scene()
    here.owner.import_export(plays("2027-01"))
    journal = the_account(here).journal
    journal[-1] = resigned(journal[-1], here.owner._steps.locker.signing, salt=bytes(32))
    with pytest.raises(JournalForked):
        here.owner.items()


def test_a_longer_journal_that_does_not_pass_through_what_was_seen_is_a_fork() -> None:
    here = scene()
    here.owner.import_export(plays("2027-01"))
    journal, key = the_account(here).journal, here.owner._steps.locker.signing
    journal[0] = resigned(journal[0], key, salt=bytes(32))
    journal.append(resigned(journal[0], key, seq=2, prev=journal[0].hash, version=2))
    with pytest.raises(JournalForked):
        here.owner.items()


@pytest.mark.parametrize(
    "lies",
    [{"prev": bytes(32)}, {"seq": 3}, {"version": 1}, {"version": 3}, {"account": bytes(16)}],
    ids=",".join,
)
def test_a_manifest_that_does_not_follow_is_a_fork(lies: dict[str, Any]) -> None:
    here = scene()
    here.owner.import_export(plays("2027-01"))
    journal = the_account(here).journal
    honest = {"seq": 2, "prev": journal[0].hash, "version": 2}
    journal.append(resigned(journal[0], here.owner._steps.locker.signing, **(honest | lies)))
    with pytest.raises(JournalForked):
        here.owner.items()


def test_a_manifest_by_a_key_that_is_no_locker_is_a_fork() -> None:
    here = scene()
    here.owner.import_export(plays("2027-01"))
    journal = the_account(here).journal
    journal.append(resigned(journal[0], SigningKey.generate(), seq=2, prev=journal[0].hash, version=2))
    with pytest.raises(JournalForked):
        here.owner.items()


def test_a_journal_that_is_shorter_than_the_vault_says_is_a_fork() -> None:
    class Boasting(Liar):
        def show_account(self, request: httpx2.Request) -> Any:
            shown = super().show_account(request)
            if self.lying:
                shown["journal"] = {"seq": 9, "head": to_base64url(bytes(32))}
            return shown

    here = scene(Boasting)
    here.owner.import_export(plays("2027-01"))
    begin_to_lie(here)
    with pytest.raises(JournalForked):
        here.owner.items()


def test_an_item_in_an_older_version_is_refused_though_the_journal_is_right() -> None:
    here = scene()
    here.owner.import_export(plays("2027-01"))
    (item,) = here.owner.items()
    account = the_account(here)
    old = account.items[item.item]
    here.owner.import_export(plays("2027-01", each=4))
    account.items[item.item] = old
    with pytest.raises(ItemChanged):
        here.owner.open_item(item)


def swap_keys(first: dict[str, Any], second: dict[str, Any]) -> None:
    first["key"], second["key"] = second["key"], first["key"]


def swap_fields(first: dict[str, Any], second: dict[str, Any]) -> None:
    first["fields"], second["fields"] = second["fields"], first["fields"]


def swap_items(first: dict[str, Any], second: dict[str, Any]) -> None:
    for name in ("manifest", "key", "fields"):
        first[name], second[name] = second[name], first[name]


def drop_field(first: dict[str, Any], _second: dict[str, Any]) -> None:
    first["fields"].popitem()


def mix_fields(first: dict[str, Any], second: dict[str, Any]) -> None:
    name = next(iter(first["fields"]))
    first["fields"][name] = second["fields"][name]


@pytest.mark.parametrize("change", [swap_keys, swap_fields, swap_items, drop_field, mix_fields])
def test_an_item_that_is_not_what_its_manifest_says_is_refused(
    change: Callable[[dict[str, Any], dict[str, Any]], None],
) -> None:
    here = scene()
    here.owner.import_export(plays("2027-01", "2027-02"))
    first, second = here.owner.items()
    items = the_account(here).items
    change(items[first.item], items[second.item])
    with pytest.raises(ItemChanged):
        here.owner.open_item(first)


def test_a_collection_withheld_does_not_make_the_device_begin_another() -> None:
    here = scene()
    here.owner.import_export(plays("2027-01"))
    collections = the_account(here).collections
    collections.clear()
    again = reopened(here)
    with pytest.raises(ItemChanged):
        again.import_export(plays("2027-02"))
    assert collections == {}


def test_a_collection_key_planted_by_the_vault_is_refused() -> None:
    here = scene()
    the_account(here).collections[to_base64url(bytes(16))] = to_base64url(bytes(200))
    with pytest.raises(ItemChanged):
        here.owner.import_export(plays("2027-01"))


def test_a_vault_that_puts_the_journal_elsewhere_is_caught_at_the_write() -> None:
    class Elsewhere(Liar):
        def write_items(self, request: httpx2.Request) -> Any:
            return super().write_items(request) | {"head": to_base64url(bytes(32))}

    with pytest.raises(JournalForked):
        scene(Elsewhere).owner.import_export(plays("2027-01"))


# -- the account -------------------------------------------------------------------------------


def test_an_account_made_up_around_the_devices_public_keys_is_refused() -> None:
    here = scene()
    steps = here.owner._steps
    locker, account = steps.locker, the_account(here)
    root = new_root(steps.account)
    planted: dict[str, Any] = {"root_commitment": root.commitment(), "salt": bytes(32)}
    forger = new_device_locker()
    first = resigned(
        account.entry,
        forger.signing,
        sign_key=forger.signing.public,
        sealing_key=forger.opening.public,
        **planted,
    )
    added = resigned(account.entry, forger.signing, seq=2, prev=first.hash, action="add", **planted)

    def show(request: httpx2.Request) -> httpx2.Response | None:
        if request.url.path != "/v1/account":
            return None
        body = HonestVault.show_account(here.vault, request)
        body["chain"] = [first.text, added.text]
        sealed = to_base64url(seal_root(root, locker.kid, locker.opening.public))
        body["lockers"] = [account.locker | {"sealed_root": sealed}]
        return httpx2.Response(200, json=body)

    here.vault.before = show
    fresh = RamMemory()
    kept = ("device", "account", "trust")
    fresh.put({name: here.owners_memory.get(name) for name in kept})
    with pytest.raises(AccountChanged):
        Owner.open(here.vault.url, fresh, transport=here.vault.transport, clock=here.clock)


def test_an_account_chain_that_is_not_the_one_seen_is_refused() -> None:
    here = scene()
    account = the_account(here)
    account.entry = resigned(account.entry, here.owner._steps.locker.signing, salt=bytes(32))
    with pytest.raises(AccountChanged):
        reopened(here)


@pytest.mark.parametrize(
    "change",
    [{"root_mac": to_base64url(bytes(32))}, {"sealed_root": to_base64url(bytes(1169))}],
    ids=",".join,
)
def test_a_root_key_that_this_device_does_not_vouch_for_is_refused(change: dict[str, str]) -> None:
    here = scene()
    the_account(here).locker |= change
    with pytest.raises(AccountChanged):
        reopened(here)


def test_a_vault_that_does_not_show_this_devices_locker_is_refused() -> None:
    here = scene()

    def show(request: httpx2.Request) -> httpx2.Response | None:
        if request.url.path != "/v1/account":
            return None
        body = HonestVault.show_account(here.vault, request)
        return httpx2.Response(200, json=body | {"lockers": []})

    here.vault.before = show
    with pytest.raises(BrokenAnswer):
        reopened(here)


def test_a_challenge_for_another_account_is_not_signed() -> None:
    class Confusing(Liar):
        def begin_login(self, request: httpx2.Request) -> Any:
            return super().begin_login(request) | ({"account": to_base64url(bytes(16))} if self.lying else {})

    here = scene(Confusing)
    begin_to_lie(here)
    with pytest.raises(AccountChanged):
        reopened(here)


def test_another_vault_behind_the_same_url_is_noticed() -> None:
    here, other = scene(), scene()
    with pytest.raises(VaultChanged):
        Owner.create(
            here.vault.url,
            here.owners_memory,
            trust=bytes(other.vault.trust),
            transport=other.vault.transport,
            clock=here.clock,
        )


# -- partners, asks and grants -----------------------------------------------------------------


def entry_of(key: SigningKey, like: Signed[Entry], **changes: Any) -> Signed[Entry]:
    return resigned(like, key, **({"sign_key": key.public} | changes))


def test_a_partner_whose_keys_were_exchanged_is_refused() -> None:
    here = scene()
    here.asked()
    here.vault.partners[DOMAIN] = [entry_of(SigningKey.generate(), here.vault.partners[DOMAIN][0])]
    with pytest.raises(PartnerKeyChanged):
        here.owner.connect(DOMAIN)
    with pytest.raises(PartnerKeyChanged):
        here.owner.asks()


def test_newer_keys_that_the_pinned_one_did_not_sign_are_refused() -> None:
    here = scene()
    here.asked()
    entries, other = here.vault.partners[DOMAIN], SigningKey.generate()
    entries.append(entry_of(other, entries[0], seq=2, prev=entries[0].hash))
    with pytest.raises(PartnerKeyChanged):
        here.owner.connect(DOMAIN)


def test_a_partners_key_known_from_elsewhere_must_be_in_the_directory() -> None:
    here = scene()
    with pytest.raises(PartnerKeyChanged):
        here.owner.connect(DOMAIN, kid=bytes(32))
    assert here.owner.connect(DOMAIN, kid=here.partner._steps.signing.kid)


def test_the_entries_of_another_partner_are_refused() -> None:
    here = scene()
    here.vault.partners["two.example"] = here.vault.partners[DOMAIN]
    with pytest.raises(PartnerKeyChanged):
        here.owner.connect("two.example")


@pytest.mark.parametrize(
    "lies", [{"owner": bytes(32)}, {"vault": "other.example"}, {"partner": "other.example"}], ids=",".join
)
def test_an_ask_for_somebody_else_is_refused(lies: dict[str, Any]) -> None:
    here = scene()
    ask = here.asked()
    put = here.vault.asks[ask.hash]
    put.ask = resigned(ask.signed, here.partner._steps.signing, **lies)
    here.vault.partners["other.example"] = here.vault.partners[DOMAIN]
    with pytest.raises(GrantChanged):
        here.owner.asks()


def test_an_ask_that_its_partner_did_not_sign_is_refused() -> None:
    here = scene()
    ask = here.asked()
    here.vault.asks[ask.hash].ask = resigned(ask.signed, SigningKey.generate())
    with pytest.raises(GrantChanged):
        here.owner.asks()


def test_a_grant_that_the_owner_never_signed_is_refused() -> None:
    here = scene()
    here.granted()
    given = here.vault.given[here.given[-1].hash]
    forger = SigningKey.generate()
    given.grant = resigned(given.grant, forger, owner_key=forger.public)
    with pytest.raises(GrantChanged):
        here.owner.grants()


# -- receipts -------------------------------------------------------------------------------


def receipts_of(here: Scene) -> list[Written]:
    return the_account(here).receipts


def test_a_receipt_by_a_key_that_is_not_pinned_is_no_receipt() -> None:
    here = scene()
    here.used(2)
    one = receipts_of(here)[0]
    one.receipt = resigned(one.receipt, SigningKey.generate())
    with pytest.raises(ReceiptUnsigned):
        here.owner.receipts()


def test_a_receipt_withheld_in_the_middle_is_a_gap() -> None:
    here = scene()
    here.used(3)
    del receipts_of(here)[1]
    with pytest.raises(ReceiptGap):
        here.owner.receipts()


def test_the_newest_receipts_withheld_are_noticed_once_they_were_seen() -> None:
    here = scene()
    here.used(3)
    here.owner.receipts()
    receipts_of(here).pop()
    with pytest.raises(ReceiptRewritten):
        here.owner.receipts()


def test_the_newest_receipt_withheld_is_noticed_by_the_statement_before_it_was_seen() -> None:
    class Withholding(Liar):
        def list_receipts(self, request: httpx2.Request) -> Any:
            page = super().list_receipts(request)
            return page | {"data": page["data"][:-1]}

    here = scene(Withholding)
    here.used(3)
    assert len(here.owner.receipts()) == 2
    with pytest.raises(StatementWrong, match="number of receipts"):
        here.owner.statement()


def test_receipts_in_another_order_are_no_chain() -> None:
    here = scene()
    here.used(2)
    receipts_of(here).reverse()
    with pytest.raises(ReceiptBroken):
        here.owner.receipts()


def test_a_link_that_does_not_open_its_commitment_is_refused() -> None:
    here = scene()
    here.used(2)
    one = receipts_of(here)[1]
    one.link = OwnerLink(one.link.seq, one.link.prev, bytes(32))
    with pytest.raises(LinkBroken):
        here.owner.receipts()


def test_two_receipts_for_one_place_in_her_chain_are_a_fork() -> None:
    class Forking(Liar):
        def next_link(self, account: Account) -> OwnerLink:
            return OwnerLink(1, None, bytes(32)) if self.lying else super().next_link(account)

    here = scene(Forking)
    grant, items = here.used(1)
    begin_to_lie(here)
    here.partner.use(grant, items)
    with pytest.raises(ReceiptForked):
        here.owner.receipts()


def test_a_receipt_exchanged_for_another_in_its_place_is_a_rewriting() -> None:
    here = scene()
    here.used(1)
    here.owner.receipts()
    one = receipts_of(here)[0]
    one.receipt = resigned(one.receipt, here.vault.key, salt=bytes(32))
    with pytest.raises(ReceiptRewritten):
        here.owner.receipts()


def test_a_use_that_the_partner_never_signed_is_foreign() -> None:
    here = scene()
    here.used(1)
    one, forger = receipts_of(here)[0], SigningKey.generate()
    assert one.use
    one.use = resigned(one.use, forger)
    one.receipt = resigned(one.receipt, here.vault.key, use=one.use.hash)
    with pytest.raises(ReceiptForeign):
        here.owner.receipts()


def test_a_receipt_without_the_use_it_answers_is_foreign() -> None:
    here = scene()
    here.used(1)
    receipts_of(here)[0].use = None
    with pytest.raises(ReceiptForeign):
        here.owner.receipts()


def test_a_receipt_under_a_grant_she_never_gave_is_foreign() -> None:
    here = scene()
    here.used(1)
    one = receipts_of(here)[0]
    one.receipt = resigned(one.receipt, here.vault.key, grant=bytes(32))
    with pytest.raises(ReceiptForeign):
        here.owner.receipts()


@pytest.mark.parametrize(
    "lies",
    [
        {"price": 1},
        {"fee": 100_000},
        {"purpose": "dpv:Marketing"},
        {"opened": ()},
        {"partner": "other.example"},
    ],
    ids=",".join,
)
def test_a_receipt_against_the_terms_of_her_grant_is_refused(lies: dict[str, Any]) -> None:
    here = scene()
    here.used(1)
    one = receipts_of(here)[0]
    one.receipt = resigned(one.receipt, here.vault.key, **lies)
    with pytest.raises(ReceiptAgainstTerms):
        here.owner.receipts()


def test_a_use_after_she_took_the_grant_back_is_noticed() -> None:
    here = scene()
    grant, _ = here.used(1)
    given = here.vault.given[grant.hash]
    kept = given.envelopes, given.keys
    here.owner.revoke(here.given[-1])
    given.state, (given.envelopes, given.keys) = "standing", kept
    use = resigned(
        _last_use(given), here.partner._steps.signing, salt=bytes(32), last=given.chain[-1].receipt.hash
    )
    here.vault.write(given, use, None, here.vault.receipt(given, use))
    with pytest.raises(ReceiptAfterClosing):
        here.owner.receipts()


def _last_use(given: Given) -> Signed[Use]:
    return next(one.use for one in reversed(given.chain) if one.use)


def test_a_revocation_without_a_receipt_is_refused() -> None:
    class Silent(Liar):
        def revoke(self, request: httpx2.Request) -> Any:
            super().revoke(request)
            return {}

    here = scene(Silent)
    here.used(1)
    with pytest.raises(ClosingReceiptMissing):
        here.owner.revoke(here.given[-1])


@pytest.mark.parametrize(
    "lies",
    [{"revocation": bytes(32)}, {"revocation": None, "use": bytes(32)}, {"price": 1}, {"grant": bytes(32)}],
    ids=",".join,
)
def test_a_closing_receipt_that_closes_nothing_is_refused(lies: dict[str, Any]) -> None:
    class Halfhearted(Liar):
        def closing(self, given: Given, revocation: Signed[Revocation]) -> dict[str, Any]:
            return super().closing(given, revocation) | lies

    here = scene(Halfhearted)
    here.used(1)
    with pytest.raises(ClosingReceiptMissing):
        here.owner.revoke(here.given[-1])


def test_a_closing_receipt_that_disappears_from_her_chain_is_noticed() -> None:
    here = scene()
    here.used(1)
    here.owner.revoke(here.given[-1])
    receipts_of(here).pop()
    with pytest.raises(ClosingReceiptMissing):
        here.owner.receipts()


# -- statements -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lies", "named"),
    [
        ({"receipts": 1}, "newest receipt"),
        ({"receipts": 3}, "number of receipts"),
        ({"head": bytes(32)}, "newest receipt"),
        ({"pending": 1}, "balance"),
        ({"paid": 1}, "balance"),
        ({"account": bytes(16)}, "account"),
        ({"vault": "other.example"}, "vault"),
    ],
)
def test_a_statement_that_does_not_agree_with_the_receipts_is_refused(
    lies: dict[str, Any], named: str
) -> None:
    class Embezzling(Liar):
        def statement(self, account: Account) -> Statement:
            honest = super().statement(account)
            values = {name: getattr(honest, name) for name in honest.__dataclass_fields__}
            return Statement(**(values | lies))

    here = scene(Embezzling)
    here.used(2)
    with pytest.raises(StatementWrong, match=named):
        here.owner.statement()


def test_a_statement_by_another_key_is_refused() -> None:
    class OtherKey(Liar):
        def state(self, request: httpx2.Request) -> Any:
            return {"statement": sign(self.statement(self.owner(request)), SigningKey.generate()).text}

    here = scene(OtherKey)
    with pytest.raises(StatementWrong):
        here.owner.statement()


def test_a_log_that_shrinks_between_two_statements_is_noticed() -> None:
    class Shrinking(Liar):
        def statement(self, account: Account) -> Statement:
            honest = super().statement(account)
            values = {name: getattr(honest, name) for name in honest.__dataclass_fields__}
            return Statement(**(values | ({"log_size": 1} if self.lying else {})))

    here = scene(Shrinking)
    here.used(2)
    here.owner.statement()
    begin_to_lie(here)
    with pytest.raises(StatementWrong, match="size of the log"):
        here.owner.statement()
