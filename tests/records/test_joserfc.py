"""A library that knows nothing of this project reads our records, and we read what it signs."""

import json

import pytest
from hypothesis import given
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from anchor.encoding import to_base64url
from anchor.errors import FormatError
from anchor.keys import SigningKey
from anchor.records.shape import write
from anchor.records.signed import VERSION, by, sign, verify
from anchor.records.usage import Receipt, Use
from tests.records.examples import examples, key
from tests.records.strategies import records
from tests.vectors.record_scenarios.accepted import KINDS

ALGORITHMS = ["Ed25519"]


def public_jwk(signer: SigningKey) -> OKPKey:
    return OKPKey.import_key({"kty": "OKP", "crv": "Ed25519", "x": to_base64url(signer.public)})


def secret_jwk(signer: SigningKey) -> OKPKey:
    return OKPKey.import_key(
        {"kty": "OKP", "crv": "Ed25519", "x": to_base64url(signer.public), "d": to_base64url(signer.seed())}
    )


@pytest.mark.parametrize("noun", KINDS)
def test_joserfc_verifies_our_records(noun: str) -> None:
    example = examples()[noun]
    signer = key(example.signer)
    read = jws.deserialize_compact(example.signed.raw, public_jwk(signer), algorithms=ALGORITHMS)
    expected = {"alg": "Ed25519", "typ": f"planetvault-{noun}+jws", "kid": to_base64url(signer.kid)}
    assert read.headers() == expected
    assert json.loads(read.payload) == {"v": VERSION, **write(example.signed.record)}


@given(record=records(Receipt))
def test_joserfc_verifies_any_receipt(record: Receipt) -> None:
    signed = sign(record, key("vault"))
    read = jws.deserialize_compact(signed.raw, public_jwk(key("vault")), algorithms=ALGORITHMS)
    assert json.loads(read.payload) == {"v": VERSION, **write(record)}


@given(record=records(Use))
def test_we_verify_what_joserfc_signs(record: Use) -> None:
    signer = key("acme")
    header = {"alg": "Ed25519", "typ": "planetvault-use+jws", "kid": to_base64url(signer.kid)}
    payload = json.dumps({"v": VERSION, **write(record)}, indent=1)
    text = jws.serialize_compact(header, payload, secret_jwk(signer), algorithms=ALGORITHMS)
    assert verify(text.encode(), Use, by(signer.public)).record == record


def test_both_write_the_same_bytes() -> None:
    ours = examples()["use"].signed
    header = {"alg": "Ed25519", "typ": "planetvault-use+jws", "kid": to_base64url(ours.kid)}
    payload = json.dumps({"v": VERSION, **write(ours.record)}, separators=(",", ":"))
    theirs = jws.serialize_compact(header, payload, secret_jwk(key("acme")), algorithms=ALGORITHMS)
    assert theirs.encode() == ours.raw


def test_a_header_that_joserfc_wrote_in_another_order_is_refused() -> None:
    signer = key("acme")
    header = {"kid": to_base64url(signer.kid), "alg": "Ed25519", "typ": "planetvault-use+jws"}
    payload = json.dumps({"v": VERSION, **write(examples()["use"].signed.record)})
    text = jws.serialize_compact(header, payload, secret_jwk(signer), algorithms=ALGORITHMS)
    with pytest.raises(FormatError):
        verify(text.encode(), Use, by(signer.public))


def test_both_refuse_an_altered_signature() -> None:
    raw = bytearray(examples()["use"].signed.raw)
    raw[-10] ^= 1
    with pytest.raises(JoseError):
        jws.deserialize_compact(bytes(raw), public_jwk(key("acme")), algorithms=ALGORITHMS)
