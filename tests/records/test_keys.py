"""Ed25519 as RFC 8032 has it, without the keys and signatures on which verifiers disagree."""

import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st
from nacl.bindings import crypto_core_ed25519_is_valid_point

from anchor.encoding import from_base64url
from anchor.errors import FormatError, SignatureError
from anchor.keys import SigningKey, kid_of, verify_public_key, verify_signature
from tests.records.examples import key, seed
from tests.vectors.build_records import FOLDER
from tests.vectors.record_scenarios import weak_key

WYCHEPROOF = Path(__file__).parents[3] / "shared" / "vectors" / "crypto" / "ed25519_test.json"
MESSAGE = b"a message"


def wycheproof() -> list[Any]:
    if not WYCHEPROOF.exists():
        return []
    groups = json.loads(WYCHEPROOF.read_bytes())["testGroups"]
    return [
        pytest.param(group["publicKey"]["pk"], test, id=f"{test['tcId']}")
        for group in groups
        for test in group["tests"]
    ]


@pytest.mark.skipif(not WYCHEPROOF.exists(), reason="the published vectors are not beside the repository")
def test_there_are_151_published_vectors() -> None:
    assert len(wycheproof()) == 151


@pytest.mark.parametrize(("public", "vector"), wycheproof())
def test_a_published_vector_comes_out_as_it_says(public: str, vector: dict[str, Any]) -> None:
    message, signature = bytes.fromhex(vector["msg"]), bytes.fromhex(vector["sig"])
    if vector["result"] == "valid":
        assert verify_signature(bytes.fromhex(public), message, signature) == message
        return
    with pytest.raises(SignatureError):
        verify_signature(bytes.fromhex(public), message, signature)


@given(secret=st.binary(min_size=32, max_size=32), message=st.binary(max_size=200))
def test_what_a_key_signs_its_public_half_verifies(secret: bytes, message: bytes) -> None:
    signer = SigningKey(secret)
    assert verify_public_key(signer.public) == signer.public
    assert verify_signature(signer.public, message, signer.sign(message)) == message
    assert signer.sign(message) == SigningKey(signer.seed()).sign(message)


@given(public=st.binary(max_size=40), message=st.binary(max_size=20), signature=st.binary(max_size=70))
def test_arbitrary_keys_and_signatures_are_refused(public: bytes, message: bytes, signature: bytes) -> None:
    with pytest.raises(SignatureError):
        verify_signature(public, message, signature)


@given(public=st.binary(max_size=40))
def test_arbitrary_bytes_are_a_usable_key_or_a_format_error(public: bytes) -> None:
    try:
        verify_public_key(public)
    except FormatError:
        assert len(public) != 32 or not crypto_core_ed25519_is_valid_point(public)


@pytest.mark.parametrize(
    "public",
    [
        weak_key.IDENTITY,
        weak_key.IDENTITY_NOT_REDUCED,
        weak_key.ORDER_8,
        weak_key.OFF_CURVE,
        weak_key.mixed_order("mallory"),
        bytes(32),
        bytes(31) + b"\x80",
        b"\xec" + b"\xff" * 30 + b"\x7f",
        b"\xff" * 32,
        b"",
        bytes(31),
        bytes(33),
    ],
    ids=lambda public: public.hex()[:12] or "empty",
)
def test_a_weak_or_malformed_key_is_refused_where_it_comes_in(public: bytes) -> None:
    with pytest.raises(FormatError):
        verify_public_key(public)


def test_a_key_of_mixed_order_passes_a_signature_check_so_it_must_be_refused_before() -> None:
    public = weak_key.mixed_order("mallory")
    signature = weak_key.signature_by(public, weak_key.scalar("mallory"))(MESSAGE)
    assert verify_signature(public, MESSAGE, signature) == MESSAGE
    with pytest.raises(FormatError):
        verify_public_key(public)


@pytest.mark.parametrize("public", [weak_key.IDENTITY, weak_key.IDENTITY_NOT_REDUCED, weak_key.ORDER_8])
def test_a_signature_by_everybodys_key_is_refused(public: bytes) -> None:
    signature = weak_key.signature_by(public, None)(MESSAGE)
    with pytest.raises(SignatureError):
        verify_signature(public, MESSAGE, signature)


@pytest.mark.parametrize("size", [0, 31, 33, 64])
def test_a_seed_has_32_bytes(size: int) -> None:
    with pytest.raises(FormatError):
        SigningKey(bytes(size))


def test_new_keys_differ() -> None:
    assert SigningKey.generate().kid != SigningKey.generate().kid


def test_a_key_shows_its_name_and_not_its_secret() -> None:
    shown = repr(key("acme"))
    assert key("acme").kid.hex()[:16] in shown
    assert seed("acme").hex()[:8] not in shown
    assert key("acme").kid == kid_of(key("acme").public)


def test_a_key_refuses_signatures_with_a_small_order_part_in_r() -> None:
    for alone in (True, False):
        signature = weak_key.signature_with_small_order_r(key("acme"), MESSAGE, alone=alone)
        with pytest.raises(SignatureError):
            verify_signature(key("acme").public, MESSAGE, signature)


@pytest.mark.parametrize(
    "name",
    [
        "grant_weak_key_identity",
        "grant_weak_key_small_order",
        "grant_weak_key_mixed_order",
        "use_weak_key_identity",
        "use_weak_key_small_order",
        "use_signature_small_order_r",
    ],
)
def test_a_library_in_wide_use_accepts_what_these_vectors_forbid(name: str) -> None:
    vector = json.loads((FOLDER / f"{name}.json").read_bytes())
    signed, _, signature = vector["jws"].rpartition(".")
    public = Ed25519PublicKey.from_public_bytes(from_base64url(vector["key"]))
    public.verify(from_base64url(signature), signed.encode())
