"""Attacks on keys: planted, swapped, lowered, enrolled, or made up around what is public."""

import json
import os
from functools import partial
from typing import Any

import pytest
from planetvault.errors import (
    AccountChanged,
    OpensNothing,
    PartnerKeyChanged,
    PlanetVaultError,
    PromiseBroken,
)
from planetvault.memory import RamMemory
from planetvault.owner import Owner, Password, RecoveryPhrase
from planetvault.owner.openers import Opener
from planetvault.partner import Partner
from planetvault.sealing import contexts
from planetvault.sealing.errors import OpenError
from planetvault.sealing.hseal import hseal
from planetvault.sealing.lockers import device_locker, new_device_locker, seal_root
from planetvault.sealing.recovery_phrase import entropy_of
from planetvault.sealing.seal import seal
from planetvault.sealing.tree import AccountRoot, new_collection, new_root, seal_collection

from anchor.keys import SigningKey
from anchor.records.account import AccountEntry
from anchor.records.parties import Partner as PartnerEntry
from anchor.records.signed import sign, unverified
from tests.attacks.town import Town, b64
from tests.sdk.client.scene import DOMAIN, plays


def arriving(town: Town, opener: Opener) -> Owner:
    return Owner.open_with(town.url, RamMemory(), opener, transport=town.between, clock=town.clock)


def read_all(town: Town) -> list[int]:
    owner = town.reopened()
    return [owner.open_item(item).stored.rows for item in owner.items()]


def entry(town: Town, signer: SigningKey, **fields: Any) -> str:
    """An entry of the account chain, by whoever likes to sign one."""
    locker = new_device_locker()
    last = town.owner._steps.unlocked.chain.entries[-1]
    fixed: dict[str, Any] = {
        "account": town.owner.account,
        "seq": last.record.seq + 1,
        "prev": last.hash,
        "action": "add",
        "kind": "device",
        "sign_key": locker.signing.public,
        "sealing_key": locker.opening.public,
        "generation": last.record.generation,
        "root_commitment": last.record.root_commitment,
        "journal": town.owner._steps.journal.hash,
        "time": town.clock(),
    }
    return sign(AccountEntry(**(fixed | fields)), signer).text


def _instead(made_up: dict[str, Any], shown: dict[str, Any]) -> dict[str, Any]:
    return shown | made_up


BLOBS = [
    ("lockers", "sealed_root"),
    ("lockers", "root_mac"),
    ("sealed_secrets", "sealed"),
    ("collections", "sealed"),
    ("items", "key"),
    ("fields", "sealed"),
]


@pytest.mark.parametrize(("table", "column"), BLOBS)
def test_a_byte_changed_in_any_sealed_blob_gives_a_typed_error_and_no_plaintext(
    town: Town, table: str, column: str
) -> None:
    town.owner.import_export(plays("2027-01"))
    town.owner.rotate()
    for place in (0, 1, 25, 60, -1):
        (stored,) = town.sql(f"SELECT {column} FROM {table} LIMIT 1")[0]  # noqa: S608 - two fixed words
        if not -len(stored) <= place < len(stored):
            continue
        changed = bytearray(stored)
        changed[place] ^= 1
        town.sql(f"UPDATE {table} SET {column} = ? WHERE {column} = ?", bytes(changed), stored)  # noqa: S608
        with pytest.raises(PlanetVaultError):
            read_all(town)
        town.sql(f"UPDATE {table} SET {column} = ? WHERE {column} = ?", stored, bytes(changed))  # noqa: S608
    assert read_all(town) == [2]


def test_a_root_key_of_the_vaults_own_sealed_to_the_device_is_refused(town: Town) -> None:
    locker, account = town.owner._steps.locker, town.owner.account
    planted = seal_root(new_root(account), locker.kid, locker.opening.public)
    town.sql("UPDATE lockers SET sealed_root = ?", planted)
    with pytest.raises(AccountChanged):
        town.reopened()


def test_a_collection_key_of_the_vaults_own_is_refused(town: Town) -> None:
    town.owner.import_export(plays("2027-01"))
    root = AccountRoot(town.owner.account, 0, os.urandom(32))
    name = town.sql("SELECT id FROM collections")[0][0]
    planted = new_collection(root, "music.play")
    planted = type(planted)(name, planted.kind, 0, 0, planted.key, planted.names)
    town.sql("UPDATE collections SET sealed = ?", seal_collection(root, planted))
    with pytest.raises(PromiseBroken):
        town.reopened().import_export(plays("2027-02"))


def test_a_grant_key_of_the_vaults_own_sealed_to_the_partner_is_refused(town: Town) -> None:
    grant = town.granted()
    entries = town.between.vault.get(f"/v1/partners/{DOMAIN}").json()["entries"]
    sealing_key = unverified(entries[-1].encode(), PartnerEntry).sealing_key
    terms = grant.signed.record
    names = terms.id, DOMAIN, terms.sealing_key, grant.signed.kid
    place = contexts.grant_key(*names, index=0, count=1)
    planted = hseal(sealing_key, place, os.urandom(32))
    town.sql("UPDATE grant_keys SET sealed = ?", planted)
    with pytest.raises(PromiseBroken):
        town.partner.use(grant, town.partner.items(grant))


def test_other_keys_under_the_partners_name_are_refused_before_anything_is_sealed_to_them(town: Town) -> None:
    ask = town.asked()
    Partner.create(
        "imposter.example", "Music Example", town.url, RamMemory(), transport=town.between, clock=town.clock
    )
    (other,) = town.between.vault.get("/v1/partners/imposter.example").json()["entries"]
    town.between.lies[f"/v1/partners/{DOMAIN}"] = lambda _: {"entries": [other]}
    with pytest.raises(PartnerKeyChanged):
        town.owner.connect(DOMAIN)
    town.between.lies["/v1/asks"] = lambda shown: {
        **shown,
        "data": [row | {"partner": [other]} for row in shown["data"]],
    }
    with pytest.raises(PartnerKeyChanged):
        town.owner.asks()
    assert ask.partner.entries[0].text != other


@pytest.mark.parametrize(
    "weaker",
    [{"passes": 1}, {"memory": 8192}, {"passes": 1, "memory": 8}, {"salt": b64(bytes(16))}, {"passes": 1000}],
    ids=["one pass", "8 MiB", "8 KiB", "another salt", "a thousand passes"],
)
def test_a_lowered_cost_or_another_salt_opens_nothing(town: Town, weaker: dict[str, Any]) -> None:
    kept = Password.new("a password")
    town.owner.add_locker(kept)
    town.between.lies["/v1/finders"] = lambda shown: shown | {"parameters": shown["parameters"] | weaker}
    with pytest.raises(OpensNothing):
        arriving(town, kept)


def test_a_cost_below_the_least_is_refused_before_the_vault_hears_of_it(town: Town) -> None:
    kept = Password.new("a password")
    town.owner.add_locker(kept)
    town.between.lies["/v1/finders"] = lambda shown: (
        shown | {"parameters": shown["parameters"] | {"passes": 1}}
    )
    town.between.requests.clear()
    with pytest.raises(OpensNothing):
        arriving(town, kept)
    assert [one.url.path for one in town.between.requests] == ["/v1/trust", "/v1/finders"]


def test_the_vault_learns_nothing_about_a_password_by_what_it_stores(town: Town) -> None:
    kept = Password.new("a password")
    kid = town.owner.add_locker(kept)
    wrong = Password("a guess", kept.secret_key)
    asked = []
    for stored in (None, os.urandom(1169)):
        if stored:
            town.sql("UPDATE lockers SET sealed_root = ? WHERE kid = ?", stored, kid)
        town.between.requests.clear()
        with pytest.raises(OpensNothing):
            arriving(town, wrong)
        asked.append([(one.method, one.url.path) for one in town.between.requests])
    assert asked[0] == asked[1]
    assert asked[0][-1] == ("POST", "/v1/logins")


def test_a_device_that_the_vault_added_to_the_chain_is_refused(town: Town) -> None:
    vaults = SigningKey.generate()
    planted = entry(town, vaults, sign_key=vaults.public)
    town.between.lies["/v1/account"] = lambda shown: shown | {"chain": [*shown["chain"], planted]}
    with pytest.raises(AccountChanged):
        town.owner.items()
    with pytest.raises(AccountChanged):
        town.reopened()


def test_a_recovery_locker_that_the_vault_demands_gets_nothing_sealed(town: Town) -> None:
    kept = town.owner.add_locker(RecoveryPhrase.new())
    demanded = new_device_locker()
    row = {
        "kid": b64(demanded.kid),
        "kind": "recovery",
        "sealed_root": "AQAB",
        "root_mac": "AQAB",
        "parameters": {},
        "sealing_key": b64(demanded.opening.public),
        "policy": "this organisation requires a recovery locker",
    }
    town.between.lies["/v1/account"] = lambda shown: (
        shown | {"lockers": [*shown["lockers"], row]} if "lockers" in shown else shown
    )
    town.owner.rotate()
    sent = json.loads([r.content for r in town.between.requests if r.url.path == "/v1/account/entries"][-1])
    assert set(sent["roots"]) == {b64(kept), b64(town.owner._steps.locker.kid)}
    assert demanded.kid not in {one.kid for one in town.owner.lockers()}


def test_a_new_device_gets_in_by_a_locker_and_by_nothing_else(town: Town) -> None:
    stranger = new_device_locker()
    vault = town.between.vault
    begun = vault.post("/v1/logins", json={"kid": b64(stranger.kid)}).json()
    assert begun["account"] != b64(town.owner.account)
    sent = {"entry": entry(town, stranger.signing, sign_key=stranger.signing.public), "roots": {}}
    assert vault.post("/v1/account/entries", json=sent).status_code == 401
    paths = vault.get("/openapi.json").json()["paths"]
    opening = [path for path in paths if "login" in path or "session" in path or "finder" in path]
    assert sorted(opening) == ["/v1/finders", "/v1/logins", "/v1/sessions"]
    assert not [path for path in paths if "mail" in path or "code" in path or "reset" in path]


def test_an_account_made_up_around_a_phrases_public_keys_is_refused_on_a_new_device(town: Town) -> None:
    phrase = RecoveryPhrase.new()
    kid = town.owner.add_locker(phrase)
    real = town.owner._steps.unlocked.chain.standing[kid]
    vaults, root = new_device_locker(), new_root(town.owner.account)
    fixed: dict[str, Any] = {
        "generation": 0,
        "root_commitment": root.commitment(),
        "journal": None,
        "time": town.clock(),
    }
    first = sign(
        AccountEntry(
            account=town.owner.account,
            seq=1,
            prev=None,
            action="create",
            kind="device",
            sign_key=vaults.signing.public,
            sealing_key=vaults.opening.public,
            **fixed,
        ),
        vaults.signing,
    )
    second = sign(
        AccountEntry(
            account=town.owner.account,
            seq=2,
            prev=first.hash,
            action="add",
            kind="recovery",
            sign_key=real.sign_key,
            sealing_key=real.sealing_key,
            **fixed,
        ),
        vaults.signing,
    )
    known = town.sql("SELECT root_mac FROM lockers WHERE kid = ?", kid)[0][0]
    for root_mac in (known, os.urandom(32), vaults.root_mac(town.owner.account, vaults.kid)):
        row = {
            "kid": b64(kid),
            "kind": "recovery",
            "sealed_root": b64(seal_root(root, kid, real.sealing_key)),
            "root_mac": b64(root_mac),
            "parameters": {},
        }
        made_up = {"chain": [first.text, second.text], "lockers": [row], "secrets": {}}
        town.between.lies["/v1/account"] = partial(_instead, made_up)
        with pytest.raises(AccountChanged):
            arriving(town, phrase)
    written = [one for one in town.between.requests if one.url.path in {"/v1/items", "/v1/collections"}]
    assert not [one for one in written if one.method != "GET"]


def test_no_request_of_a_whole_life_carries_a_key_or_a_secret(town: Town) -> None:
    phrase, password = RecoveryPhrase.new(), Password.new("a password of hers")
    town.owner.add_locker(phrase)
    town.owner.add_locker(password)
    town.used()
    town.owner.rotate()
    arriving(town, phrase)
    steps = town.owner._steps
    secrets = [steps.locker.secret(), steps.locker.opening.seed(), steps.unlocked.identity.secret]
    secrets += [root.key for root in steps.unlocked.roots]
    for collection in steps._collections.values():
        secrets += [collection.key, collection.names]
    secrets += [entropy_of(phrase.words), password.secret_key, b"a password of hers", phrase.words.encode()]
    sent = b"\n".join(str(one.url).encode() + one.content for one in town.between.requests)
    for secret in secrets:
        assert secret not in sent
        assert b64(secret).encode() not in sent
        assert secret.hex().encode() not in sent


def test_every_byte_that_a_root_mac_stands_for_changes_it() -> None:
    locker, account, root_kid = new_device_locker(), os.urandom(16), os.urandom(32)
    root_mac = locker.root_mac(account, root_kid)
    made = {root_mac}
    for place in range(16):
        made.add(locker.root_mac(_flipped(account, place), root_kid))
    for place in range(32):
        made.add(locker.root_mac(account, _flipped(root_kid, place)))
        made.add(device_locker(_flipped(locker.secret(), place)).root_mac(account, root_kid))
    assert len(made) == 1 + 16 + 32 + 32
    for place in range(32):
        with pytest.raises(OpenError):
            locker.verify_root_mac(account, root_kid, _flipped(root_mac, place))


def test_a_hundred_thousand_seals_repeat_no_salt() -> None:
    salts = {seal(bytes(32), b"a place", b"the same")[1:25] for _ in range(100_000)}
    assert len(salts) == 100_000


def _flipped(octets: bytes, place: int) -> bytes:
    return octets[:place] + bytes([octets[place] ^ 1]) + octets[place + 1 :]
