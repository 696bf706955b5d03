"""What is wrong around the payload: segments, base64url, length, and the header."""

import hmac
from collections.abc import Iterator
from hashlib import sha256

from anchor.encoding import to_base64, to_base64url
from anchor.records.signed import RECORD_BYTES_MAX
from tests.records.examples import examples
from tests.vectors.record_scenarios.scenario import (
    FORMAT,
    Scenario,
    assemble,
    compact,
    header_of,
    longest_payload,
    other_last_character,
    parts_of,
    payload_of,
    refused,
    signer_of,
    with_spaces,
)


def _format(name: str, what: str, noun: str, jws: str) -> Scenario:
    return refused(name, what, FORMAT, noun, jws)


def _segments() -> Iterator[Scenario]:
    jws = examples()["denial"].signed.text
    header, payload, signature = parts_of("denial")
    yield _format("empty", "Nothing at all.", "denial", "")
    yield _format("no_dot", "One segment.", "denial", header)
    yield _format("one_dot", "Two segments: the signature is missing.", "denial", f"{header}.{payload}")
    yield _format("leading_dot", "Four segments, the first one empty.", "denial", "." + jws)
    yield _format("trailing_dot", "Four segments, the last one empty.", "denial", jws + ".")
    yield _format("trailing_newline", "A line end after the signature.", "denial", jws + "\n")
    yield _format("leading_space", "A space before the header.", "denial", " " + jws)
    yield _format("newline_inside", "A line end inside the payload.", "denial", jws[:200] + "\n" + jws[200:])
    yield _format(
        "not_ascii",
        "A letter of another script instead of an A.",
        "denial",
        jws.replace("A", "\N{CYRILLIC CAPITAL LETTER A}", 1),
    )
    yield _format("empty_header", "The header is empty.", "denial", f".{payload}.{signature}")
    yield _format("empty_payload", "The payload is empty, and signed so.", "denial", assemble("denial", b""))
    detached = f"{header}..{signature}"
    yield _format("detached_payload", "A detached payload (RFC 7515, appendix F).", "denial", detached)
    json_jws = compact({"protected": header, "payload": payload, "signature": signature}).decode()
    yield _format("json_serialisation", "The same record in JWS JSON serialisation.", "denial", json_jws)


def _length() -> Iterator[Scenario]:
    jws = with_spaces("use", longest_payload("use") + 1)
    assert RECORD_BYTES_MAX < len(jws) <= RECORD_BYTES_MAX + 2
    yield _format("use_too_long", "Longer than 65,536 bytes.", "use", jws)


def _signed(noun: str, header: str, payload: str) -> str:
    text = f"{header}.{payload}"
    return f"{text}.{to_base64url(signer_of(noun).sign(text.encode()))}"


def _base64() -> Iterator[Scenario]:
    header, payload, signature = parts_of("use")
    pad = "=" * (-len(payload) % 4)
    assert pad
    yield _format(
        "use_noncanonical_base64",
        "The spare bits of the payload's last character are set, and signed so.",
        "use",
        _signed("use", header, other_last_character(payload)),
    )
    yield _format(
        "use_noncanonical_signature",
        "The spare bits of the signature's last character are set: a second file for one record.",
        "use",
        f"{header}.{payload}.{other_last_character(signature)}",
    )
    yield _format("use_padded_base64", "Padding is not used.", "use", _signed("use", header, payload + pad))
    standard = to_base64(compact({**payload_of("ask"), "reason": "???>>>~~~"})).rstrip("=")
    assert "+" in standard
    assert "/" in standard
    yield _format(
        "ask_standard_base64",
        "The alphabet of RFC 4648 §4.",
        "ask",
        _signed("ask", parts_of("ask")[0], standard),
    )
    whole = compact(payload_of("use"))
    text = to_base64url(whole + b" " * (-len(whole) % 3)) + "A"
    what = "A character too many: no bytes have a text of 4n + 1 characters."
    yield _format("use_one_character_too_many", what, "use", _signed("use", header, text))


def _headers() -> Iterator[Scenario]:
    kid = to_base64url(signer_of("use").kid)
    right = header_of("use", signer_of("use").kid).decode()
    alg, typ, name = '"alg":"Ed25519"', '"typ":"planetvault-use+jws"', f'"kid":"{kid}"'
    for title, what, header in (
        ("other_order", "The same three members in another order.", f"{{{typ},{alg},{name}}}"),
        ("space", "A space after a colon.", right.replace('"alg":', '"alg": ')),
        ("escape", "An escape in a value.", right.replace("519", "51\\u0039")),
        ("without_typ", "The kind is missing.", f"{{{alg},{name}}}"),
        ("without_kid", "The key is not named.", f"{{{alg},{typ}}}"),
        ("extra_member", "A fourth member.", right.replace("}", ',"cty":"json"}')),
        ("crit", "A critical extension.", f'{{{alg},"crit":["b64"],"b64":false,{typ},{name}}}'),
        ("alg_eddsa", "The older name of the algorithm.", right.replace("Ed25519", "EdDSA")),
        ("alg_twice", "The algorithm twice.", f'{{"alg":"none",{alg},{typ},{name}}}'),
        ("typ_upper_case", "The kind in another case.", right.replace("+jws", "+JWS")),
        ("typ_media_type", "A full media type.", right.replace("planet", "application/planet")),
        ("kid_short", "Half a key name.", right.replace(kid, kid[:22])),
        ("kid_hex", "A key name in hex.", right.replace(kid, signer_of("use").kid.hex())),
        ("kid_noncanonical", "Spare bits are set.", right.replace(kid, other_last_character(kid))),
        ("version", "The kind of a later version.", right.replace("+jws", "-v2+jws")),
    ):
        jws = assemble("use", compact(payload_of("use")), header=header.encode())
        yield _format(f"header_{title}", what, "use", jws)


def _algorithms() -> Iterator[Scenario]:
    payload = to_base64url(compact(payload_of("use")))
    signer = signer_of("use")
    none = to_base64url(header_of("use", signer.kid).replace(b"Ed25519", b"none"))
    yield _format("use_alg_none", "No algorithm and no signature.", "use", f"{none}.{payload}.")
    unsigned = to_base64url(header_of("use", signer.kid).replace(b"Ed25519", b"HS256")) + "." + payload
    mac = hmac.digest(signer.public, unsigned.encode(), sha256)
    what = "An HMAC whose secret is the signer's public key."
    yield _format("use_hs256_with_public_key", what, "use", f"{unsigned}.{to_base64url(mac)}")


def _confusions() -> Iterator[Scenario]:
    for noun, other in (("receipt", "grant"), ("use", "receipt"), ("denial", "revocation"), ("ask", "grant")):
        what = f"A properly signed {noun}, handed over as a {other}."
        jws = examples()[noun].signed.text
        yield refused(f"{noun}_as_{other}", what, FORMAT, other, jws, signer_of(noun).public)
    header = header_of("grant", signer_of("receipt").kid)
    yield refused(
        "receipt_in_the_header_of_a_grant",
        "A receipt's payload, signed with the header of a grant.",
        FORMAT,
        "grant",
        assemble("receipt", compact(payload_of("receipt")), header=header),
        signer_of("receipt").public,
    )


def scenarios() -> Iterator[Scenario]:
    """Everything of this page."""
    yield from _segments()
    yield from _length()
    yield from _base64()
    yield from _headers()
    yield from _algorithms()
    yield from _confusions()
