"""An account ends: what is sealed is gone, the vault says so, and what she took along still opens."""

from pathlib import Path
from typing import Any

import pytest
from planetvault.bundle import open_bundle
from planetvault.errors import Conflict, ErasureWrong, LockedOut, OpensNothing
from planetvault.memory import RamMemory
from planetvault.owner import Owner, RecoveryPhrase

from anchor.encoding import to_base64url
from anchor.keys import SigningKey
from anchor.records.erasure import Deletion, Erasure
from anchor.records.signed import sign, unverified
from tests.attacks.town import Town
from tests.sdk.client.scene import plays

EMPTIED = (
    "fields",
    "items",
    "collections",
    "envelopes",
    "grant_keys",
    "pairings",
    "asks",
    "sessions",
    "finders",
)


def test_a_collection_is_erased_and_the_journal_says_so(town: Town) -> None:
    town.owner.import_export(plays("2027-01", "2027-02"))
    journal = town.owner._steps.journal
    of_items, of_key = (one.record for one in town.owner.erase_collection("music.play"))
    after = town.owner._steps.journal
    assert (of_items.collection, of_items.since, of_items.manifests) == (None, journal.seq, journal.seq + 2)
    assert (of_items.journal, of_items.account) == (after.hash, town.owner.account)
    assert (of_key.since, of_key.manifests, of_key.journal) == (0, after.seq, after.hash)
    assert of_key.collection is not None
    assert town.owner.items() == town.reopened().items() == []
    assert town.sql("SELECT count(*) FROM fields") == town.sql("SELECT count(*) FROM collections") == [(0,)]
    town.owner.import_export(plays("2027-01"))
    assert len(town.owner.items()) == 1


def test_an_account_ends_with_a_record_and_nothing_sealed_is_left(town: Town, tmp_path: Path) -> None:
    phrase = RecoveryPhrase.new()
    grant = town.used()
    town.owner.add_locker(phrase)
    town.owner.rotate()
    bundle = town.owner.export(tmp_path / "maya.zip")
    journal = town.owner._steps.journal
    with pytest.raises(Conflict):
        town.owner.erase_account()
    town.owner.revoke(grant.signed)
    left = sum(one.earned for one in town.owner.receipts())
    with pytest.raises(Conflict):
        town.owner.erase_account()
    erasure = town.owner.erase_account(forfeit=left)
    said = erasure.record
    assert (said.account, said.receipts) == (town.owner.account, 2)
    assert (said.manifests, said.journal) == (journal.seq, journal.hash)
    for table in EMPTIED:
        assert town.sql(f"SELECT count(*) FROM {table}") == [(0,)], table  # noqa: S608 - fixed words
    assert town.sql("SELECT count(*) FROM sealed_secrets") == [(0,)]
    assert {len(row[0]) for row in town.sql("SELECT sealed_root || root_mac FROM lockers")} == {0}
    assert {
        len(row[0]) for row in town.sql("SELECT raw FROM journal UNION SELECT raw FROM account_entries")
    } == {0}
    with pytest.raises(LockedOut):
        town.reopened()
    with pytest.raises(OpensNothing):
        Owner.open_with(town.url, RamMemory(), phrase, transport=town.between, clock=town.clock)
    shown = town.between.vault.get(f"/v1/erasures/{to_base64url(town.owner.account)}").json()
    assert shown == {"erasure": erasure.text}
    assert len(list(open_bundle(bundle, phrase))) == 2
    assert len(town.partner.receipts(grant)) == 2


def test_an_account_that_ended_cannot_be_made_again(town: Town) -> None:
    memory = RamMemory()
    memory.put(dict(town.memory.under("")))
    town.owner.erase_account()
    made = next(one for one in town.between.requests if one.url.path == "/v1/accounts")
    again = town.between.vault.post(
        "/v1/accounts", content=made.content, headers={"content-type": "application/json"}
    )
    assert again.status_code == 409


def test_a_stolen_session_alone_ends_no_account(town: Town) -> None:
    session = next(
        one.headers["authorization"] for one in town.between.requests if "authorization" in one.headers
    )
    sent = town.between.vault.post("/v1/erasures", json={"forfeit": 0}, headers={"authorization": session})
    assert sent.status_code == 400
    assert town.owner.items() == []


@pytest.mark.parametrize("lie", ["another key", "another state"])
def test_a_record_that_is_not_the_vaults_or_not_of_this_state_is_refused(town: Town, lie: str) -> None:
    town.owner.import_export(plays("2027-01"))

    def lying(shown: dict[str, str]) -> dict[str, str]:
        said = unverified(shown["erasure"].encode(), Erasure)
        fields = {name: getattr(said, name) for name in said.__dataclass_fields__}
        return {"erasure": sign(Erasure(**fields), SigningKey.generate()).text}

    if lie == "another key":
        town.between.lies["/v1/erasures"] = lying
    else:
        town.sql("UPDATE accounts SET chain_head = ?", bytes(32))
    with pytest.raises(ErasureWrong):
        town.owner.erase_account()


def test_what_was_deleted_is_told_to_every_device_and_stands_in_the_log(town: Town) -> None:
    town.owner.import_export(plays("2027-01", "2027-02"))
    first, second = town.owner.items()
    deletion = town.owner.delete_item(first)
    assert deletion is not None
    assert town.owner.delete_item(first) is None
    other = town.owner.delete_item(second)
    assert other is not None
    told = town.owner.deletions()
    assert [one.raw for one in told] == [deletion.raw, other.raw]
    assert set(town.memory.under("deletion/").values()) == {deletion.raw, other.raw}
    assert {one.entry for one in told} <= {row[0] for row in town.sql("SELECT entry FROM log_queue")}
    assert deletion.entry[0] == 0x13


@pytest.mark.parametrize("lie", ["another key", "another deletion"])
def test_a_deletion_that_is_not_the_vaults_word_for_it_is_found_out(town: Town, lie: str) -> None:
    town.owner.import_export(plays("2027-01", "2027-02"))
    first, second = town.owner.items()
    before = town.owner.delete_item(first)
    assert before is not None

    def lying(shown: Any) -> Any:
        said = unverified(shown["deletion"].encode(), Deletion)
        forged = sign(said, SigningKey.generate())
        return shown | {"deletion": (forged if lie == "another key" else before).text}

    town.between.lies["/v1/items"] = lying
    with pytest.raises(ErasureWrong):
        town.owner.delete_item(second)


def test_a_collection_with_items_keeps_its_key_and_is_deleted_once(town: Town) -> None:
    town.owner.import_export(plays("2027-01"))
    steps = town.owner._steps
    (collection,) = town.owner._driver.run(steps.collections_of("music.play"))
    target = f"/v1/collections/{to_base64url(collection)}"
    with pytest.raises(Conflict):
        town.owner._driver.run(steps.send("DELETE", target, {}))
    _, of_key = town.owner.erase_collection("music.play")
    again = town.owner._driver.run(steps.send("DELETE", target, {}))
    assert again.record("deletion") == of_key.raw


def test_a_device_that_knew_an_erased_collection_begins_another(town: Town) -> None:
    town.owner.import_export(plays("2027-01"))
    phrase = RecoveryPhrase.new()
    town.owner.add_locker(phrase)
    second = Owner.open_with(town.url, RamMemory(), phrase, transport=town.between, clock=town.clock)
    second.import_export(plays("2027-02"))
    town.owner.erase_collection("music.play")
    assert second.import_export(plays("2027-03")).written == 1
    assert [one.period for one in town.reopened().items()] == ["2027-03"]


def test_erasing_files_erases_their_bytes(town: Town, tmp_path: Path) -> None:
    path = tmp_path / "letter.txt"
    path.write_bytes(b"dear")
    town.owner.put_blob(path)
    assert len(town.owner.erase_collection("document.file")) == 2
    assert town.sql("SELECT count(*) FROM blobs") == [(0,)]
