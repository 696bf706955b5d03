"""Who signed: wrong keys, altered bytes, other signature schemes, weak keys."""

from collections.abc import Callable, Iterator
from hashlib import sha256, sha512

from anchor.encoding import from_base64url, to_base64url
from anchor.keys import kid_of
from tests.records.examples import examples, key
from tests.vectors.record_scenarios import weak_key
from tests.vectors.record_scenarios.scenario import (
    FORMAT,
    SIGNATURE,
    Scenario,
    assemble,
    compact,
    header_of,
    parts_of,
    payload_of,
    refused,
    segment_pair,
    signer_of,
)

_L = 2**252 + 27742317777372353535851937790883648493


def _use(name: str, what: str, jws: str, trusted: bytes | None = None) -> Scenario:
    return refused(f"use_{name}", what, SIGNATURE, "use", jws, trusted)


def _other_keys() -> Iterator[Scenario]:
    payload = compact(payload_of("use"))
    jws = examples()["use"].signed.text
    yield _use("by_a_key_not_trusted", "The reader trusts another key.", jws, key("vault").public)
    stranger = assemble("use", payload, signer=key("mallory"))
    yield _use("by_a_stranger", "Signed by a stranger, who names their own key.", stranger)
    header = header_of("use", signer_of("use").kid)
    posing = assemble("use", payload, header=header, signer=key("mallory"))
    yield _use("by_a_stranger_in_her_name", "Signed by a stranger, who names the trusted key.", posing)
    zero = assemble("use", payload, header=header_of("use", bytes(32)))
    yield _use("kid_of_zeros", "Signed by the trusted key under another name.", zero)
    for noun in ("grant", "denial"):
        own = assemble(noun, compact(payload_of(noun)), signer=key("mallory"))
        what = "Signed by another key than the one it carries."
        yield refused(f"{noun}_by_another_key_than_its_own", what, SIGNATURE, noun, own)


def _altered() -> Iterator[Scenario]:
    header, payload, signature = parts_of("use")
    other = to_base64url(compact({**payload_of("use"), "purpose": "dpv:Marketing"}))
    yield _use("payload_altered", "The purpose was changed after signing.", f"{header}.{other}.{signature}")
    space = to_base64url(from_base64url(payload) + b" ")
    yield _use("payload_space_added", "A space was added after signing.", f"{header}.{space}.{signature}")
    first = from_base64url(signature)
    for name, what, octets in (
        ("signature_altered", "One bit of the signature is flipped.", bytes([first[0] ^ 1]) + first[1:]),
        ("signature_zero", "64 zero bytes.", bytes(64)),
        ("signature_empty", "No signature.", b""),
        ("signature_short", "63 bytes.", first[:63]),
        ("signature_long", "A byte more.", first + b"\0"),
        ("signature_twice", "The signature twice.", first * 2),
        ("signature_of_another", "Her signature of another record.", _signature_of_ask()),
        ("signature_plus_group_order", "S + L, which some verifiers accept.", _plus_order(first)),
    ):
        yield _use(name, what, f"{header}.{payload}.{to_base64url(octets)}")


def _signature_of_ask() -> bytes:
    return from_base64url(parts_of("ask")[2])


def _plus_order(signature: bytes) -> bytes:
    scalar = int.from_bytes(signature[32:], "little") + _L
    return signature[:32] + scalar.to_bytes(32, "little")


def _other_schemes() -> Iterator[Scenario]:
    header, payload, _ = parts_of("use")
    signed = f"{header}.{payload}".encode()
    signer = signer_of("use")
    for name, what, message in (
        ("signature_of_payload_alone", "The header is not signed.", payload.encode()),
        (
            "signature_of_decoded_payload",
            "The JSON is signed, not its base64url.",
            compact(payload_of("use")),
        ),
        ("signature_of_hash", "The SHA-256 is signed.", sha256(signed).digest()),
        ("signature_prehashed", "Ed25519ph with an empty context.", _prehashed(signed)),
    ):
        yield _use(name, what, f"{header}.{payload}.{to_base64url(signer.sign(message))}")


def _prehashed(message: bytes) -> bytes:
    return b"SigEd25519 no Ed25519 collisions\x01\0" + sha512(message).digest()


def _odd_nonces() -> Iterator[Scenario]:
    header, payload, _ = parts_of("use")
    for name, what, alone in (
        (
            "small_order_r",
            "R is the neutral point: the equation holds, and half of the world refuses it.",
            True,
        ),
        ("mixed_order_r", "R has a part of order 8: the equation holds with the cofactor alone.", False),
    ):
        octets = weak_key.signature_with_small_order_r(
            signer_of("use"), f"{header}.{payload}".encode(), alone=alone
        )
        yield _use(f"signature_{name}", what, f"{header}.{payload}.{to_base64url(octets)}")


def _forged(noun: str, public: bytes, sign: Callable[[bytes], bytes]) -> str:
    payload = payload_of(noun) | ({"owner_key": to_base64url(public)} if noun == "grant" else {})
    signed = segment_pair(header_of(noun, kid_of(public)), compact(payload))
    return f"{signed}.{to_base64url(sign(signed.encode()))}"


def _weak_keys() -> Iterator[Scenario]:
    mixed = weak_key.mixed_order("mallory")
    for name, what, public, secret in (
        ("identity", "The neutral point: everybody can sign for it.", weak_key.IDENTITY, None),
        ("small_order", "A point of order 8: everybody can sign for it.", weak_key.ORDER_8, None),
        ("not_reduced", "The neutral point, not in its canonical form.", weak_key.IDENTITY_NOT_REDUCED, None),
        ("off_curve", "No point of the curve.", weak_key.OFF_CURVE, None),
        ("mixed_order", "A proper key plus a point of order 8.", mixed, weak_key.scalar("mallory")),
    ):
        jws = _forged("grant", public, weak_key.signature_by(public, secret))
        yield refused(f"grant_weak_key_{name}", what, FORMAT, "grant", jws, public)
    for name, public in (("identity", weak_key.IDENTITY), ("small_order", weak_key.ORDER_8)):
        jws = _forged("use", public, weak_key.signature_by(public, None))
        what = "The reader trusts a key that everybody can sign for; the signature check still refuses it."
        yield _use(f"weak_key_{name}", what, jws, public)


def scenarios() -> Iterator[Scenario]:
    """Everything of this page."""
    yield from _other_keys()
    yield from _altered()
    yield from _other_schemes()
    yield from _odd_nonces()
    yield from _weak_keys()
