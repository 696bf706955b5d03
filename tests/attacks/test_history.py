"""Attacks on what is there and in what order: swaps, drops, rollbacks, forks, hidden uses."""

import json
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest
from planetvault.errors import (
    AccountChanged,
    ItemChanged,
    JournalForked,
    JournalRolledBack,
    PlanetVaultError,
    PromiseBroken,
    ReceiptGap,
    ReceiptRewritten,
    StatementWrong,
)
from planetvault.memory import RamMemory
from planetvault.owner import Owner, RecoveryPhrase
from planetvault.sealing.errors import OpenError
from planetvault.sealing.seal import seal, unseal

from anchor.encoding import from_base64url
from anchor.keys import SigningKey
from anchor.records.account import Manifest
from anchor.records.signed import hash_of, sign, unverified
from tests.attacks.town import Town, b64
from tests.sdk.client.scene import plays

Sql = Callable[[Town], None]


def opened(owner: Owner) -> int:
    return sum(owner.open_item(item).stored.rows for item in owner.items())


def swap_fields(town: Town) -> None:
    rows = town.sql("SELECT item, field, sealed FROM fields ORDER BY item, field")
    same = [(one, two) for one in rows for two in rows if one[:2] < two[:2] and len(one[2]) == len(two[2])]
    one, two = next(pair for pair in same if pair[0][0] == pair[1][0])
    town.sql("UPDATE fields SET sealed = ? WHERE item = ? AND field = ?", two[2], *one[:2])
    town.sql("UPDATE fields SET sealed = ? WHERE item = ? AND field = ?", one[2], *two[:2])


def swap_between_items(town: Town) -> None:
    items = [row[0] for row in town.sql("SELECT id FROM items ORDER BY id")]
    field, mine = town.sql("SELECT field, sealed FROM fields WHERE item = ? ORDER BY field", items[0])[0]
    other = town.sql("SELECT sealed FROM fields WHERE item = ? AND field = ?", items[1], field)[0][0]
    town.sql("UPDATE fields SET sealed = ? WHERE item = ? AND field = ?", other, items[0], field)
    town.sql("UPDATE fields SET sealed = ? WHERE item = ? AND field = ?", mine, items[1], field)


def drop_field(town: Town) -> None:
    town.sql("DELETE FROM fields WHERE rowid = (SELECT min(rowid) FROM fields)")


def add_field(town: Town) -> None:
    item, sealed = town.sql("SELECT item, sealed FROM fields LIMIT 1")[0]
    digest = sha256(sealed).digest()
    town.sql("INSERT INTO fields VALUES (?, ?, ?, ?)", item, bytes(16), digest, sealed)


def truncate_field(town: Town) -> None:
    town.sql("UPDATE fields SET sealed = substr(sealed, 1, length(sealed) - 16)")


def extend_field(town: Town) -> None:
    town.sql("UPDATE fields SET sealed = CAST(sealed || zeroblob(16) AS BLOB)")


def swap_item_keys(town: Town) -> None:
    (one, mine), (two, other) = town.sql("SELECT id, key FROM items ORDER BY id LIMIT 2")
    town.sql("UPDATE items SET key = ? WHERE id = ?", other, one)
    town.sql("UPDATE items SET key = ? WHERE id = ?", mine, two)


@pytest.mark.parametrize("attack", [swap_fields, swap_between_items, swap_item_keys])
def test_sealed_fields_in_each_others_place_are_refused(town: Town, attack: Sql) -> None:
    town.owner.import_export(plays("2027-01", "2027-02"))
    assert opened(town.reopened()) == 4
    attack(town)
    with pytest.raises(ItemChanged):
        opened(town.reopened())


@pytest.mark.parametrize("attack", [drop_field, add_field, truncate_field, extend_field])
def test_a_field_dropped_added_cut_or_extended_is_refused(town: Town, attack: Sql) -> None:
    town.owner.import_export(plays("2027-01"))
    attack(town)
    with pytest.raises(ItemChanged):
        opened(town.reopened())


def test_one_item_in_its_older_version_among_newer_ones_is_refused(town: Town) -> None:
    town.owner.import_export(plays("2027-01"))
    answers: dict[str, Any] = {}
    town.between.lies["/v1/items/"] = lambda shown: answers.setdefault("old", shown)
    opened(town.owner)
    town.between.lies.clear()
    town.owner.import_export(plays("2027-01", each=5))
    town.between.lies["/v1/items/"] = lambda _: answers["old"]
    with pytest.raises(ItemChanged):
        opened(town.owner)


def test_an_item_that_the_vault_signed_is_refused(town: Town) -> None:
    town.owner.import_export(plays("2027-01"))
    raw = town.sql("SELECT raw FROM journal")[0][0]
    newest = unverified(raw, Manifest)
    said = {name: getattr(newest, name) for name in newest.__dataclass_fields__}
    planted = sign(Manifest(**(said | {"item": bytes(16)})), SigningKey.generate())
    town.between.lies["/v1/journal"] = lambda shown: shown | {"data": [{"manifest": planted.text}]}
    arriving = RamMemory()
    phrase = RecoveryPhrase.new()
    town.owner.add_locker(phrase)
    with pytest.raises(JournalForked):
        Owner.open_with(town.url, arriving, phrase, transport=town.between, clock=town.clock)
    with pytest.raises(JournalForked):
        opened(town.reopened(arriving_later(town)))


def arriving_later(town: Town) -> RamMemory:
    """The memory of this device without what it saw of the journal."""
    memory = RamMemory()
    kept = {name: value for name, value in town.memory.under("").items() if not _of_journal(name)}
    memory.put(dict(kept))
    return memory


def _of_journal(name: str) -> bool:
    return name == "journal" or name.startswith("item/")


@pytest.mark.parametrize("named", [-2, -1], ids=["the entry before its removal", "its removal"])
def test_a_locker_that_was_removed_plants_nothing_with_the_vaults_help(town: Town, named: int) -> None:
    phrase = RecoveryPhrase.new()
    removed = Owner.open_with(
        town.url, RamMemory(), joined(town, phrase), transport=town.between, clock=town.clock
    )
    removed.import_export(plays("2027-01"))
    town.owner.remove_locker(removed._steps.locker.kid)
    entries, last = town.owner._steps.unlocked.chain.entries, town.sql("SELECT raw FROM journal")[-1][0]
    said = unverified(last, Manifest)
    planted = sign(
        replace(
            said,
            seq=said.seq + 1,
            prev=hash_of(Manifest, last),
            chain=entries[named].hash,
            item=bytes(16),
            version=1,
        ),
        removed._steps.locker.signing,
    )
    journal = {"seq": planted.record.seq, "head": b64(planted.hash)}
    town.between.lies["/v1/account"] = lambda shown: shown | {"journal": journal}
    town.between.lies["/v1/journal"] = lambda shown: (
        shown | {"data": [*shown["data"], {"manifest": planted.text}]}
    )
    with pytest.raises(JournalForked):
        town.owner.items()
    with pytest.raises(JournalForked):
        town.reopened(arriving_later(town)).items()


def joined(town: Town, phrase: RecoveryPhrase) -> RecoveryPhrase:
    """The phrase, once it opens the account."""
    town.owner.add_locker(phrase)
    return phrase


def test_a_brand_new_device_is_shown_no_journal_older_than_the_account_chain(town: Town) -> None:
    town.owner.import_export(plays("2027-01"))
    seq, head = town.sql("SELECT journal_seq, journal_head FROM accounts")[0]
    town.owner.import_export(plays("2027-02"))
    phrase = joined(town, RecoveryPhrase.new())
    town.between.lies["/v1/account"] = lambda shown: shown | {"journal": {"seq": seq, "head": b64(head)}}
    with pytest.raises(JournalForked):
        Owner.open_with(town.url, RamMemory(), phrase, transport=town.between, clock=town.clock)


def test_yesterdays_database_stops_a_device_that_saw_more(town: Town) -> None:
    town.owner.import_export(plays("2027-01"))
    yesterday = town.snapshot("yesterday.sqlite3")
    town.owner.import_export(plays("2027-02"))
    town.between.vault = town.another_vault(yesterday).vault
    with pytest.raises(JournalRolledBack):
        town.owner.items()


def test_an_older_account_chain_stops_a_device_that_saw_a_newer(town: Town) -> None:
    yesterday = town.snapshot("yesterday.sqlite3")
    town.owner.add_locker(RecoveryPhrase.new())
    town.between.vault = town.another_vault(yesterday).vault
    with pytest.raises(AccountChanged):
        town.owner.items()
    with pytest.raises(AccountChanged):
        town.reopened()


def test_an_older_chain_of_receipts_stops_a_device_that_saw_a_newer(town: Town) -> None:
    grant = town.used()
    yesterday = town.snapshot("yesterday.sqlite3")
    town.partner.use(grant, town.partner.items(grant))
    assert len(town.owner.receipts()) == 2
    town.between.vault = town.another_vault(yesterday).vault
    with pytest.raises(ReceiptRewritten):
        town.owner.receipts()


def two_devices(town: Town) -> tuple[Owner, Owner]:
    """Two devices of one owner, from here on each at its own copy of the vault."""
    phrase = RecoveryPhrase.new()
    town.owner.add_locker(phrase)
    memory = RamMemory()
    Owner.open_with(town.url, memory, phrase, transport=town.between, clock=town.clock)
    town.owner.items()
    fork = town.another_vault(town.snapshot("fork.sqlite3"))
    return town.owner, Owner.open(town.url, memory, transport=fork, clock=town.clock)


def test_two_devices_that_saw_the_same_agree_whoever_is_ahead(town: Town) -> None:
    phrase = RecoveryPhrase.new()
    town.owner.add_locker(phrase)
    other = Owner.open_with(town.url, RamMemory(), phrase, transport=town.between, clock=town.clock)
    town.used()
    earlier = other.heads()
    town.owner.import_export(plays("2027-03"))
    town.owner.compare(earlier)
    other.compare(town.owner.heads())


def test_two_devices_on_a_forking_vault_find_out_when_they_compare_heads(town: Town) -> None:
    one, other = two_devices(town)
    one.import_export(plays("2027-01"))
    other.import_export(plays("2027-02"))
    for mine, theirs in ((one, other), (other, one)):
        with pytest.raises(JournalForked):
            mine.compare(theirs.heads())


def test_a_device_that_is_kept_behind_finds_out_when_it_compares_heads(town: Town) -> None:
    one, other = two_devices(town)
    one.import_export(plays("2027-01"))
    with pytest.raises(JournalRolledBack):
        other.compare(one.heads())
    one.add_locker(RecoveryPhrase.new())
    with pytest.raises(AccountChanged):
        other.compare(one.heads())


def test_a_use_that_the_vault_hides_leaves_a_gap(town: Town) -> None:
    town.used(3)
    town.between.lies["/v1/receipts"] = lambda shown: shown | {"data": shown["data"][:1] + shown["data"][2:]}
    with pytest.raises(ReceiptGap):
        town.owner.receipts()


def test_the_newest_use_hidden_contradicts_the_vaults_own_statement(town: Town) -> None:
    town.used(2)
    town.between.lies["/v1/receipts"] = lambda shown: shown | {"data": shown["data"][:-1]}
    with pytest.raises(StatementWrong):
        town.owner.statement()


def test_chunks_of_a_long_blob_cannot_be_reordered_cut_or_joined() -> None:
    key, place = bytes(32), b"a place"
    blob = seal(key, place, bytes(range(256)) * 256)
    head, chunk = 57, 16_400
    chunks = [blob[start : start + chunk] for start in range(head, len(blob), chunk)]
    assert len(chunks) > 3
    swapped = [chunks[1], chunks[0], *chunks[2:]]
    attacks = [swapped, chunks[:-1], chunks[:2], [*chunks, chunks[-1]], chunks[1:], []]
    for attacked in attacks:
        with pytest.raises(OpenError):
            unseal(key, place, blob[:head] + b"".join(attacked))
    assert unseal(key, place, blob) == bytes(range(256)) * 256


def _with_version(town: Town, version: int) -> None:
    for table, column in (("fields", "sealed"), ("items", "key"), ("lockers", "sealed_root")):
        for (stored,) in town.sql(f"SELECT {column} FROM {table}"):  # noqa: S608 - two fixed words
            changed = bytes([version]) + stored[1:]
            town.sql(f"UPDATE {table} SET {column} = ? WHERE {column} = ?", changed, stored)  # noqa: S608


@pytest.mark.parametrize("version", [0, 2, 255])
def test_a_blob_of_another_version_is_refused(town: Town, version: int) -> None:
    town.owner.import_export(plays("2027-01"))
    _with_version(town, version)
    with pytest.raises(PromiseBroken):
        opened(town.reopened())


HEADERS = [
    {"alg": "none"},
    {"alg": "HS256"},
    {"alg": "EdDSA"},
    {"typ": "planetvault-grant+jws"},
    {"typ": "planetvault-account-v0+jws"},
    {"crit": ["v0"]},
]


@pytest.mark.parametrize("changed", HEADERS, ids=str)
def test_a_chain_entry_with_another_header_is_refused(town: Town, changed: dict[str, Any]) -> None:
    def lie(shown: dict[str, Any]) -> dict[str, Any]:
        header, payload, signature = shown["chain"][0].split(".")
        said = json.dumps(json.loads(from_base64url(header)) | changed, separators=(",", ":")).encode()
        return shown | {"chain": [f"{b64(said)}.{payload}.{signature}"]}

    town.between.lies["/v1/account"] = lie
    with pytest.raises(PlanetVaultError):
        town.reopened()
