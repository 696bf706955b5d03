"""A journal between the entries of its account chain: who may write when, and what can't be slipped in."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from anchor.encoding import to_base64url
from anchor.records.account import AccountEntry, Manifest
from anchor.records.signed import Signed
from tests.records.examples import examples, identifier, seed, signed_by
from tests.vectors.record_scenarios.account_chains import LAPTOP, PHONE, TABLET, first, follow
from tests.vectors.record_scenarios.scenario import FORMAT, OK, PROOF, SIGNATURE, Scenario

Chain = Sequence[Signed[AccountEntry]]
Journal = Sequence[Signed[Manifest]]


def written(
    before: Signed[Manifest] | None, entry: Signed[AccountEntry], signer: str, **changes: Any
) -> Signed[Manifest]:
    """The manifest after ``before``, signed when ``entry`` was the newest of the chain."""
    example: Manifest = examples()["manifest"].signed.record
    seq = before.record.seq + 1 if before else 1
    manifest = replace(
        example,
        seq=seq,
        prev=before.hash if before else None,
        chain=entry.hash,
        item=identifier(f"item {seq}"),
        time=example.time + timedelta(days=seq),
        salt=seed(f"salt of manifest {seq}"),
    )
    return signed_by(signer, replace(manifest, **changes))


def _journal(name: str, what: str, expect: str, chain: Chain, journal: Journal) -> Scenario:
    content: dict[str, Any] = {
        "history": [entry.text for entry in chain],
        "journal": [manifest.text for manifest in journal],
    }
    if expect == OK:
        content["hashes"] = [to_base64url(manifest.hash) for manifest in journal]
    return Scenario(f"journal_{name}", what, expect, "manifest", content)


def story() -> tuple[Chain, Journal]:
    """The laptop writes twice, a phone comes and writes, the laptop goes, the phone writes again."""
    one = first()
    first_of = written(None, one, LAPTOP)
    second = written(first_of, one, LAPTOP)
    two = follow(one, LAPTOP, "add", PHONE, journal=second.hash)
    third = written(second, two, PHONE)
    three = follow(two, PHONE, "remove", LAPTOP, journal=third.hash)
    return (one, two, three), (first_of, second, third, written(third, three, PHONE))


def _accepted() -> Iterator[Scenario]:
    chain, journal = story()
    yield _journal("ok", "Lockers come, go and write, one after the other.", OK, chain, journal)
    yield _journal("empty", "Nothing was written yet.", OK, chain[:1], [])
    yield _journal("ends_before_an_entry", "The newest entry names its end.", OK, chain, journal[:3])
    again = written(journal[0], chain[0], LAPTOP, item=journal[0].record.item, version=2)
    yield _journal("second_version", "An item is written again.", OK, chain[:1], [journal[0], again])


def _removed_lockers() -> Iterator[Scenario]:
    chain, journal = story()
    named = "A removed locker writes, and names the entry that removed it."
    late = written(journal[2], chain[2], LAPTOP)
    yield _journal("removed_locker_names_its_removal", named, SIGNATURE, chain, [*journal[:3], late])
    before = written(journal[2], chain[1], LAPTOP)
    what = "A removed locker writes as if it had been before: the removal names the manifest before."
    yield _journal("removed_locker_writes_as_if_before", what, PROOF, chain, [*journal[:3], before])
    back = written(journal[3], chain[1], LAPTOP)
    what = "A removed locker writes after others have, and names an older entry than they."
    yield _journal("names_an_older_entry", what, PROOF, chain, [*journal, back])
    early = written(journal[0], chain[0], PHONE)
    what = "A locker writes before the entry that brought it."
    yield _journal("locker_not_yet_there", what, SIGNATURE, chain[:2], [journal[0], early])


def _places() -> Iterator[Scenario]:
    chain, journal = story()
    yield _journal("gap", "A manifest is missing.", PROOF, chain, [journal[0], *journal[2:]])
    yield _journal("cut", "It ends before a manifest that an entry names.", PROOF, chain, journal[:2])
    yield _journal("all_gone", "Nothing is shown, and an entry names something.", PROOF, chain, [])
    yield _journal("twice", "A manifest twice.", PROOF, chain[:1], [journal[0], journal[0]])
    other = written(None, chain[0], LAPTOP, salt=seed("another first manifest"))
    yield _journal("fork", "A manifest follows another one.", PROOF, chain[:1], [other, journal[1]])
    stranger = written(None, chain[0], "mallory")
    yield _journal("stranger", "No locker of the account.", SIGNATURE, chain[:1], [stranger])
    unknown = written(None, chain[0], LAPTOP, chain=seed("no entry"))
    yield _journal("unknown_entry", "It names no entry of the chain.", PROOF, chain[:1], [unknown])
    skipped = written(None, chain[0], LAPTOP, version=2)
    yield _journal("version_skipped", "An item begins with version 2.", PROOF, chain[:1], [skipped])
    others = written(None, chain[0], LAPTOP, account=identifier("bob"))
    yield _journal("other_account", "A manifest of another account.", PROOF, chain[:1], [others])


def _chains() -> Iterator[Scenario]:
    one = first()
    begun = signed_by(LAPTOP, replace(one.record, journal=seed("a manifest")))
    yield _journal("chain_begins_with_one", "There can't be a manifest yet.", PROOF, [begun], [])
    manifest = written(None, one, LAPTOP)
    early = follow(one, LAPTOP, "add", TABLET)
    what = "An entry was signed before a manifest that it should name."
    yield _journal("entry_names_none", what, PROOF, [one, early], [manifest])
    after = written(None, early, LAPTOP)
    yield _journal("after_the_entry", "The same, written after it.", OK, [one, early], [after])
    yield _journal("no_chain", "No account to write in.", FORMAT, [], [manifest])


def scenarios() -> Iterator[Scenario]:
    """Everything of this page."""
    yield from _accepted()
    yield from _removed_lockers()
    yield from _places()
    yield from _chains()
