"""An account ends: what is sealed is gone, the vault says so, and what she took along still opens."""

from pathlib import Path

import pytest
from planetvault.bundle import open_bundle
from planetvault.errors import Conflict, ErasureWrong, LockedOut, OpensNothing
from planetvault.memory import RamMemory
from planetvault.owner import Owner, RecoveryPhrase

from anchor.encoding import to_base64url
from anchor.keys import SigningKey
from anchor.records.erasure import Erasure
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
    assert town.owner.erase_collection("music.play") == 2
    assert town.owner.items() == town.reopened().items() == []
    assert town.sql("SELECT count(*) FROM fields") == [(0,)]
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
