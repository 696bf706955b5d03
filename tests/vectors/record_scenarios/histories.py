"""More than one record: a partner's directory entries, and an owner's chain of receipts."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import cache
from typing import Any

from anchor.encoding import to_base64url
from anchor.records.parties import Partner
from anchor.records.signed import Signed
from tests.records.examples import FIRST_LINK, examples, key, sealing_key, seed, signed_by
from tests.vectors.record_scenarios.scenario import FORMAT, OK, PROOF, SIGNATURE, Scenario, signer_of


@cache
def first() -> Signed[Partner]:
    """The entry of the specification page."""
    signed: Signed[Partner] = examples()["partner"].signed
    return signed


def follow(before: Signed[Partner], signer: str, name: str, **changes: Any) -> Signed[Partner]:
    """The entry after ``before``: the keys belong to ``name``, the signature to ``signer``."""
    entry = replace(
        before.record,
        sign_key=key(name).public,
        sealing_key=sealing_key(name),
        seq=before.record.seq + 1,
        prev=before.hash,
        time=before.record.time + timedelta(days=1),
        salt=seed(f"salt of {name} after {before.record.seq}"),
    )
    return signed_by(signer, replace(entry, **changes))


@cache
def history() -> tuple[Signed[Partner], ...]:
    """Acme turns its signing key, then its sealing key alone, then its signing key again."""
    second = follow(first(), "acme", "acme 2")
    third = follow(second, "acme 2", "acme 2", sealing_key=sealing_key("acme 2b"))
    return first(), second, third, follow(third, "acme 2", "acme 3")


def _history(name: str, what: str, expect: str, entries: Sequence[Signed[Partner]], **more: Any) -> Scenario:
    found = {"hashes": [to_base64url(entry.hash) for entry in entries]} if expect == OK else {}
    content = {"history": [entry.text for entry in entries], **more, **found}
    return Scenario(f"partner_history_{name}", what, expect, "partner", content)


def _histories() -> Iterator[Scenario]:
    one, two, three, four = history()
    yield _history("ok", "Four entries, two turns of the signing key.", OK, history())
    yield _history("empty", "No entry.", FORMAT, [])
    yield _history("without_first", "It begins with the second entry.", SIGNATURE, history()[1:])
    yield _history("gap", "The third entry is missing.", PROOF, [one, two, four])
    yield _history("swapped", "Two entries changed places.", SIGNATURE, [one, three, two])
    yield _history("twice", "The second entry twice.", SIGNATURE, [one, two, two])
    fork = follow(one, "acme", "acme 2", salt=seed("fork"))
    yield _history("fork", "An entry follows another branch.", PROOF, [one, fork, three])
    yield _history("jump", "A number is skipped.", PROOF, [one, follow(one, "acme", "acme 2", seq=3)])
    first_again = follow(one, "acme", "acme", prev=None, seq=1)
    yield _history("restart", "A second first entry.", PROOF, [one, first_again])
    beyond = signed_by("acme", replace(one.record, seq=2, prev=seed("x")))
    yield _history("first_names_another", "The first entry follows one that is not there.", PROOF, [beyond])
    moved = follow(one, "acme", "acme 2", partner="other.example")
    yield _history("other_domain", "An entry of another domain.", PROOF, [one, moved])
    yield from _signers()


def _signers() -> Iterator[Scenario]:
    one, two = history()[:2]
    self_signed = follow(one, "acme 2", "acme 2")
    yield _history("signed_by_the_new_key", "A key brings itself.", SIGNATURE, [one, self_signed])
    old = follow(two, "acme", "acme 3")
    yield _history(
        "signed_by_a_replaced_key", "The first key signs the third entry.", SIGNATURE, [one, two, old]
    )
    back = follow(two, "acme 2", "acme")
    yield _history("replaced_key_returns", "A replaced key comes back.", PROOF, [one, two, back])


def _reach() -> Iterator[Scenario]:
    kids = {name: to_base64url(key(name).kid) for name in ("acme", "acme 2", "acme 3", "mallory")}

    def signer(name: str, what: str, expect: str, pinned: str, kid: str) -> Scenario:
        asked = {"pinned": kids[pinned], "kid": kids[kid]}
        return _history(f"signer_{name}", what, expect, history(), **asked)

    yield signer("pinned", "The key that the grant pins.", OK, "acme 2", "acme 2")
    yield signer("later", "A key that came after the pinned one.", OK, "acme", "acme 3")
    yield signer("earlier", "A key that was replaced before the pinned one.", SIGNATURE, "acme 2", "acme")
    yield signer("unknown", "A key that never stood there.", SIGNATURE, "acme", "mallory")
    yield signer("pin_unknown", "The pinned key never stood there.", PROOF, "mallory", "acme")


def _links() -> Iterator[Scenario]:
    receipt = examples()["receipt"].signed
    right = {"seq": 1, "prev": None, "blind": to_base64url(FIRST_LINK.blind)}
    zeros = to_base64url(bytes(32))
    for name, what, expect, link in (
        ("ok", "Her first receipt.", OK, right),
        ("other_place", "Another place in her chain.", PROOF, {**right, "seq": 2, "prev": zeros}),
        ("other_blind", "Another blinding.", PROOF, {**right, "blind": zeros}),
        ("first_after_zeros", "Zeros are not the same as nothing.", FORMAT, {**right, "prev": zeros}),
        ("later_after_nothing", "A later receipt follows one.", FORMAT, {**right, "seq": 2}),
        ("seq_zero", "Places begin at 1.", FORMAT, {**right, "seq": 0}),
        ("blind_short", "31 bytes.", FORMAT, {**right, "blind": to_base64url(FIRST_LINK.blind[:31])}),
        ("unknown_field", "One field more.", FORMAT, {**right, "owner": zeros}),
    ):
        content = {"jws": receipt.text, "key": to_base64url(signer_of("receipt").public), "owner_link": link}
        yield Scenario(f"receipt_owner_link_{name}", what, expect, "receipt", content)


def scenarios() -> Iterator[Scenario]:
    """Everything of this page."""
    yield from _histories()
    yield from _reach()
    yield from _links()
