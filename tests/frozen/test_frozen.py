"""What the first version of the formats made still opens, and is still the same."""

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from planetvault.answers import Fields
from planetvault.bundle import check_bundle, open_bundle
from planetvault.columns import read_column
from planetvault.opened import open_items, open_key
from planetvault.owner.account import OLDER_ROOTS
from planetvault.owner.account_chain import verify_chain
from planetvault.owner.journal import Walk
from planetvault.owner.openers import RecoveryPhrase
from planetvault.receipts import verify_receipt
from planetvault.sealing.hseal import OpeningKey
from planetvault.sealing.item import SealedItem, open_item
from planetvault.sealing.lockers import SealedRoot, open_root
from planetvault.sealing.tree import open_collection, open_older_roots

from anchor.encoding import from_base64url, to_base64url
from anchor.records.consent import verify_grant
from anchor.records.signed import hash_of
from anchor.records.trust import read_trust
from anchor.records.usage import Use
from tests.frozen.freeze import freeze

FIRST = Path(__file__).parent / "first"
HASHES = {
    "python.bundle.zip": "68833cb91c382cc4382d37b107ab3368269793a18dc2a881944b0df87178198a",
    "python.json": "a5ee243ed0a7fa12e565b38356354e5a05b4c38468ee0219164996119ad0c6d8",
    "typescript.json": "853ae80a9c2dbf33ca76c7a79d8f87ba46a8d5d56336dcdfd79b06494ddd9412",
}
"""SHA-256 in hex. A file with another one was made again, or damaged: put the old one back."""


@pytest.fixture(params=["python", "typescript"])
def frozen(request: pytest.FixtureRequest) -> dict[str, Any]:
    vault: dict[str, Any] = json.loads((FIRST / f"{request.param}.json").read_text(encoding="utf-8"))
    assert vault["made_by"] == request.param
    return vault


@pytest.mark.parametrize("name", sorted(HASHES))
def test_what_is_frozen_was_not_made_again(name: str) -> None:
    assert sha256((FIRST / name).read_bytes()).hexdigest() == HASHES[name]


def test_nothing_else_lies_among_what_is_frozen() -> None:
    assert {path.name for path in FIRST.iterdir()} == set(HASHES)


def test_a_folder_that_exists_is_not_frozen_over() -> None:
    with pytest.raises(FileExistsError):
        freeze(FIRST)


def test_a_sealed_vault_opens_with_its_words(frozen: dict[str, Any]) -> None:
    account = from_base64url(frozen["account"])
    chain = verify_chain([raw.encode() for raw in frozen["chain"]], account)
    locker = RecoveryPhrase(frozen["words"]).locker(account, Fields({}))
    row = Fields(next(one for one in frozen["lockers"] if one["kid"] == to_base64url(locker.kid)))
    newest = len(chain.commitments) - 1
    sealed_root = SealedRoot(newest, row.sealed("sealed_root"), row.sealed("root_mac"))
    root = open_root(
        locker, sealed_root, account, root_kid=chain.root_kid, commitment=chain.commitments[newest]
    )
    assert newest > 0, "the root key turned at least once"
    older = open_older_roots(root, chain.commitments[:-1], from_base64url(frozen["secrets"][OLDER_ROOTS]))
    walk = Walk(chain)
    for raw in frozen["journal"]:
        walk.step(raw.encode())
    walk.end()
    for said in frozen["opened"]:
        manifest = walk.newest[from_base64url(said["item"])].record
        stored = Fields(frozen["items"][said["item"]])
        name = to_base64url(manifest.collection)
        collection = open_collection(
            (root, *reversed(older)), manifest.collection, from_base64url(frozen["collections"][name])
        )
        sealed = SealedItem(
            manifest.item, manifest.version, stored.sealed("key"), stored.sealed_by_id("fields")
        )
        hashes = {one.field: one.sealed for one in manifest.fields}
        item = open_item(collection, sealed, hashes, key_hash=manifest.key)
        assert {column: read_column(value) for column, value in item.fields.items()} == said["columns"]
        assert (item.kind, item.label) == (said["kind"], said["label"])
    assert len(frozen["opened"]) == len(walk.newest)


def test_a_partner_opens_what_it_was_given(frozen: dict[str, Any]) -> None:
    partner = frozen["partner"]
    answer = Fields(partner["answer"])
    trust, grant = read_trust(partner["trust"].encode()), verify_grant(partner["grant"].encode())
    receipt = verify_receipt(answer.record("receipt"), trust)
    shares = [from_base64url(share) for share in partner["answer"]["keys"]]
    key = open_key(OpeningKey(from_base64url(partner["seed"])), grant, shares)
    opened = open_items(key, receipt, answer.objects("items"))
    assert [item.columns for item in opened] == partner["columns"]
    assert receipt.record.use == hash_of(Use, partner["use"].encode())


def test_an_export_still_checks_itself_and_opens() -> None:
    words = json.loads((FIRST / "python.json").read_text(encoding="utf-8"))
    checked = check_bundle(FIRST / "python.bundle.zip")
    assert (checked.receipts, checked.items) == (3, len(words["opened"]))
    opened = {
        to_base64url(one.stored.item): one.columns
        for one in open_bundle(FIRST / "python.bundle.zip", RecoveryPhrase(words["words"]))
    }
    assert opened == {one["item"]: one["columns"] for one in words["opened"]}
