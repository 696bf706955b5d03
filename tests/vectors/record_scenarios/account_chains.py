"""An account's chain of lockers: who may come, who must go, and who may say so."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import cache
from typing import Any

from anchor.encoding import to_base64url
from anchor.records.account import AccountEntry
from anchor.records.lockers import lockers_of
from anchor.records.signed import Signed
from tests.records.examples import examples, identifier, key, sealing_key, seed, signed_by
from tests.vectors.record_scenarios import weak_key
from tests.vectors.record_scenarios.scenario import FORMAT, OK, PROOF, SIGNATURE, Scenario

LAPTOP, PHONE, TABLET = "alice laptop", "alice phone", "alice tablet"


@cache
def first() -> Signed[AccountEntry]:
    """The entry of the specification page: a laptop creates the account."""
    signed: Signed[AccountEntry] = examples()["account"].signed
    return signed


def follow(
    before: Signed[AccountEntry], signer: str, action: str, locker: str, **changes: Any
) -> Signed[AccountEntry]:
    """The entry after ``before``: ``signer`` adds or removes ``locker``, or turns the root key with it."""
    last = before.record
    generation = last.generation + (action != "add")
    entry = replace(
        last,
        seq=last.seq + 1,
        prev=before.hash,
        action=action,
        sign_key=key(locker).public,
        sealing_key=sealing_key(locker),
        generation=generation,
        root_commitment=last.root_commitment if action == "add" else seed(f"root of generation {generation}"),
        time=last.time + timedelta(days=1),
        salt=seed(f"salt of {action} {locker} after {last.seq}"),
    )
    return signed_by(signer, replace(entry, **changes))


@cache
def chain() -> tuple[Signed[AccountEntry], ...]:
    """A phone comes, the laptop goes, the phone turns the root key."""
    second = follow(first(), LAPTOP, "add", PHONE)
    third = follow(second, PHONE, "remove", LAPTOP)
    return first(), second, third, follow(third, PHONE, "rotate", PHONE)


def _chain(name: str, what: str, expect: str, entries: Sequence[Signed[AccountEntry]]) -> Scenario:
    content: dict[str, Any] = {"history": [entry.text for entry in entries]}
    if expect == OK:
        content["hashes"] = [to_base64url(entry.hash) for entry in entries]
        content["lockers"] = sorted(to_base64url(kid) for kid in lockers_of(entries))
    return Scenario(f"account_chain_{name}", what, expect, "account", content)


def _accepted() -> Iterator[Scenario]:
    one, two, *_ = chain()
    yield _chain("ok", "A locker comes, one goes, the root key turns.", OK, chain())
    yield _chain("of_one", "An account with one locker.", OK, [one])
    three = follow(two, PHONE, "add", TABLET)
    yield _chain("of_three_lockers", "Any locker that stands adds another.", OK, [one, two, three])


def _places() -> Iterator[Scenario]:
    one, two, three, four = chain()
    yield _chain("empty", "No entry.", FORMAT, [])
    yield _chain("gap", "The removal is missing.", PROOF, [one, two, four])
    yield _chain("without_first", "It begins with the second entry.", SIGNATURE, [two, three])
    yield _chain("twice", "The second entry twice.", PROOF, [one, two, two])
    fork = follow(one, LAPTOP, "add", PHONE, salt=seed("fork"))
    yield _chain("fork", "An entry follows another branch.", PROOF, [one, fork, three])
    again = follow(one, LAPTOP, "create", PHONE)
    yield _chain("created_twice", "A second creation.", PROOF, [one, again])
    added = signed_by(LAPTOP, replace(one.record, action="add"))
    yield _chain("begins_with_add", "Nothing was created.", PROOF, [added])
    other = follow(one, LAPTOP, "add", PHONE, account=identifier("bob"))
    yield _chain("other_account", "An entry of another account.", PROOF, [one, other])


def _signers() -> Iterator[Scenario]:
    one, two, three, _ = chain()
    stranger = follow(one, "mallory", "add", "mallory")
    yield _chain("signed_by_a_stranger", "A stranger adds a locker.", SIGNATURE, [one, stranger])
    itself = follow(one, PHONE, "add", PHONE)
    yield _chain("signed_by_the_new_locker", "A locker brings itself.", SIGNATURE, [one, itself])
    removed = follow(three, LAPTOP, "add", TABLET)
    yield _chain(
        "signed_by_a_removed_locker", "It does not stand any more.", SIGNATURE, [one, two, three, removed]
    )
    public = weak_key.mixed_order("mallory")
    weak = follow(one, LAPTOP, "add", PHONE, sign_key=public)
    yield _chain("weak_key", "A locker with a key of mixed order.", FORMAT, [one, weak])


def _lockers() -> Iterator[Scenario]:
    one, two, three, _ = chain()
    back = follow(three, PHONE, "add", LAPTOP)
    yield _chain("removed_locker_returns", "A removed key comes back.", PROOF, [one, two, three, back])
    again = follow(two, LAPTOP, "add", PHONE)
    yield _chain("locker_added_twice", "It stands already.", PROOF, [one, two, again])
    unknown = follow(two, LAPTOP, "remove", TABLET)
    yield _chain("unknown_locker_removed", "It never stood.", PROOF, [one, two, unknown])
    itself = follow(two, PHONE, "remove", PHONE)
    yield _chain("locker_removes_itself", "It would know the new root key.", PROOF, [one, two, itself])
    other = follow(two, PHONE, "rotate", LAPTOP)
    yield _chain("rotated_in_another_name", "The signer is another locker.", PROOF, [one, two, other])
    swapped = follow(two, PHONE, "remove", LAPTOP, sealing_key=sealing_key("mallory"))
    yield _chain("other_sealing_key", "The locker was added with another key.", PROOF, [one, two, swapped])


def _generations() -> Iterator[Scenario]:
    one, two, *_ = chain()
    late = signed_by(LAPTOP, replace(one.record, generation=1))
    yield _chain("first_generation_one", "Generations begin at 0.", PROOF, [late])
    turned = follow(one, LAPTOP, "add", PHONE, generation=1)
    yield _chain("generation_turned_by_add", "Adding does not turn the root key.", PROOF, [one, turned])
    other = follow(one, LAPTOP, "add", PHONE, root_commitment=seed("other"))
    yield _chain("other_root_of_one_generation", "One generation, two root keys.", PROOF, [one, other])
    stays = follow(two, PHONE, "remove", LAPTOP, generation=0)
    yield _chain("generation_stays_after_removal", "The removed locker knows it.", PROOF, [one, two, stays])
    same = follow(two, PHONE, "remove", LAPTOP, root_commitment=one.record.root_commitment)
    yield _chain("same_root_after_removal", "The removed locker knows it.", PROOF, [one, two, same])
    jump = follow(two, PHONE, "rotate", PHONE, generation=2)
    yield _chain("generation_skipped", "One turn, two generations.", PROOF, [one, two, jump])


def scenarios() -> Iterator[Scenario]:
    """Everything of this page."""
    yield from _accepted()
    yield from _places()
    yield from _signers()
    yield from _lockers()
    yield from _generations()
