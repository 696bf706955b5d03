"""Records that every reader accepts: one of each kind, and the edges of what is allowed."""

from collections.abc import Iterator
from typing import Any

from anchor.encoding import to_base64url
from anchor.records.account import AccountEntry, Login, Manifest
from anchor.records.afterwards import Attestation, Demand, Report
from anchor.records.anchored import Anchor
from anchor.records.arrival import Arrival
from anchor.records.consent import Ask, Denial, Grant, Revocation
from anchor.records.disputes import Decision, Dispute
from anchor.records.erasure import Deletion, Erasure
from anchor.records.evidence import Evidence, LogHead, Membership
from anchor.records.offers import Counter, Offer, Withdrawal
from anchor.records.opening import Opening, Veto
from anchor.records.parties import Pairing, Partner
from anchor.records.payouts import Claim, Payout
from anchor.records.pools import Division
from anchor.records.rewards import Fulfilment, Redemption, Reward
from anchor.records.signed import RECORD_BYTES_MAX, Record, by, verify
from anchor.records.usage import Receipt, Statement, Use
from tests.records.examples import closing_receipt, examples, identifier, seed, signed_by
from tests.vectors.record_scenarios.scenario import (
    OK,
    Scenario,
    assemble,
    changed,
    compact,
    longest_payload,
    payload_of,
    replaced,
    signer_of,
    with_spaces,
)

KINDS: dict[str, type[Record]] = {
    kind.NOUN: kind
    for kind in (
        Partner,
        Pairing,
        Ask,
        Grant,
        Denial,
        Revocation,
        Offer,
        Withdrawal,
        Counter,
        Use,
        Receipt,
        Statement,
        Division,
        Demand,
        Attestation,
        Report,
        Erasure,
        Deletion,
        Evidence,
        Membership,
        LogHead,
        AccountEntry,
        Login,
        Manifest,
        Arrival,
        Opening,
        Veto,
        Anchor,
        Claim,
        Payout,
        Reward,
        Redemption,
        Fulfilment,
        Dispute,
        Decision,
    )
}
INTEGER_MAX = 2**53 - 1


def accepted(name: str, what: str, noun: str, jws: str, payload: dict[str, Any]) -> Scenario:
    """A record with what a reader must find in it."""
    public = signer_of(noun).public
    signed = verify(jws.encode(), KINDS[noun], by(public))
    entry = None if KINDS[noun].ENTRY is None else to_base64url(signed.entry)
    found = {"payload": payload, "hash": to_base64url(signed.hash), "entry": entry}
    return Scenario(name, what, OK, noun, {"jws": jws, "key": to_base64url(public), **found})


def _changed(name: str, what: str, noun: str, **fields: Any) -> Scenario:
    return accepted(name, what, noun, changed(noun, **fields), {**payload_of(noun), **fields})


def _written(name: str, what: str, noun: str, old: str, new: str) -> Scenario:
    return accepted(name, what, noun, replaced(noun, old, new), payload_of(noun))


def _one_of_each_kind() -> Iterator[Scenario]:
    for noun, example in examples().items():
        what = f"The {noun} of the specification page."
        yield accepted(f"{noun}_ok", what, noun, example.signed.text, payload_of(noun))


def _other_shapes() -> Iterator[Scenario]:
    revocation, receipt = examples()["revocation"].signed, examples()["receipt"].signed
    closing = signed_by("vault", closing_receipt(revocation, receipt))
    payload = payload_of("receipt") | {
        "use": None,
        "revocation": to_base64url(revocation.hash),
        "purpose": None,
        "opened": [],
        "price": 0,
        "fee": 0,
        "seq": 2,
        "prev": to_base64url(receipt.hash),
        "owner_link": to_base64url(closing.record.owner_link),
        "time": "2027-03-05T12:00:00Z",
        "salt": to_base64url(seed("salt closing receipt")),
    }
    yield accepted(
        "receipt_of_a_revocation",
        "A receipt that closes a grant's chain: it opens nothing and costs nothing.",
        "receipt",
        closing.text,
        payload,
    )
    before = to_base64url(examples()["grant"].signed.hash)
    yield _changed(
        "grant_second_version",
        "A second version names the one before.",
        "grant",
        version=2,
        prev=before,
        language="zh-CN",
    )
    yield _changed("grant_without_ask", "An owner may grant without being asked.", "grant", ask=None)
    yield _changed(
        "statement_of_nothing",
        "An account without receipts has no head.",
        "statement",
        receipts=0,
        head=None,
        pending=0,
    )
    yield _changed("manifest_of_a_deletion", "A deletion lists no fields.", "manifest", fields=[])


def _other_writings() -> Iterator[Scenario]:
    payload = payload_of("use")
    backwards = dict(reversed(payload.items()))
    yield accepted(
        "use_fields_in_other_order",
        "The order of fields in the payload says nothing.",
        "use",
        assemble("use", compact(backwards)),
        payload,
    )
    yield _written(
        "use_spaces_between_tokens",
        "Spaces, tabs and line ends may stand between tokens.",
        "use",
        '{"v":1,',
        ' {\r\n\t"v" : 1 ,',
    )
    yield _written(
        "use_escaped_field_name",
        "A name may be written with escapes; it is the same name.",
        "use",
        '"grant"',
        '"\\u0067rant"',
    )
    yield _written(
        "use_escaped_text",
        "A text may be written with escapes; it is the same text.",
        "use",
        '"vault.example"',
        '"\\u0076ault.ex\\u0061mple"',
    )


def _edges() -> Iterator[Scenario]:
    faces = "\U0001f600" * 500
    yield _changed(
        "ask_500_characters_beyond_the_first_plane",
        "Characters are counted as code points, not as UTF-16 units or bytes.",
        "ask",
        reason=faces,
    )
    reason = "听你喜欢的音乐会 \U0001f3b5"
    written = "".join(f"\\u{int.from_bytes(pair):04x}" for pair in _utf16_units(reason))
    yield accepted(
        "ask_escaped_surrogate_pair",
        "A character written as an escaped surrogate pair is that one character.",
        "ask",
        replaced("ask", payload_of("ask")["reason"], written),
        {**payload_of("ask"), "reason": reason},
    )
    yield _changed(
        "receipt_largest_integer",
        "2^53 - 1 is the largest number.",
        "receipt",
        price=INTEGER_MAX,
        seq=INTEGER_MAX,
    )
    items = sorted(identifier(f"item {n}") for n in range(64))
    yield _changed(
        "use_64_items", "A use opens at most 64 items.", "use", items=[to_base64url(item) for item in items]
    )
    ordered = [bytes([start]) + bytes(15) for start in (0x00, 0x68, 0xD0, 0xF8, 0xFC)]
    yield _changed(
        "use_items_ordered_as_bytes",
        "Items ascend as bytes; their texts (A…, a…, 0…, -…, _…) do not ascend as ASCII.",
        "use",
        items=[to_base64url(item) for item in ordered],
    )
    yield _changed(
        "pairing_longest_domain",
        "A domain has at most 253 characters, in labels of at most 63.",
        "pairing",
        partner=".".join(["a" * 63, "b" * 63, "c" * 63, "d" * 61]),
    )
    yield _changed(
        "use_vault_with_port", "An origin may name a port and a path.", "use", vault="127.0.0.1:8080/log"
    )
    yield _changed("anchor_finality_by_depth", "Finality after 64 blocks.", "anchor", finality="depth:64")
    yield _longest()


def _longest() -> Scenario:
    jws = with_spaces("use", longest_payload("use"))
    assert len(jws) == RECORD_BYTES_MAX
    return accepted("use_65536_bytes", "A record has at most 65,536 bytes.", "use", jws, payload_of("use"))


def _utf16_units(text: str) -> Iterator[bytes]:
    octets = text.encode("utf-16-be")
    for start in range(0, len(octets), 2):
        yield octets[start : start + 2]


def scenarios() -> Iterator[Scenario]:
    """Everything of this page."""
    yield from _one_of_each_kind()
    yield from _other_shapes()
    yield from _other_writings()
    yield from _edges()
