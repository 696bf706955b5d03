"""Both implementations against the vectors of those who wrote the formats."""

import zlib
from hashlib import sha512
from io import BytesIO
from typing import Any

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from planetvault.sealing.errors import InputError, OpenError
from planetvault.sealing.hseal import OpeningKey
from planetvault.sealing.recovery_phrase import entropy_of, words_of
from planetvault.sealing.seal import VERSION, unseal
from planetvault.sealing.stream import StreamReader, open_stream

from tests.sdk.sealing.published import published
from tests.sdk.sealing.twin import cobblestone, ml_kem, xwing
from tests.sdk.sealing.twin.hpke import KDF_HKDF_SHA256, KEM_XWING, Hpke


def _cobblestone() -> list[dict[str, Any]]:
    vectors = published("c2sp_chunked_encryption_aes_256_gcm_test.json")
    tests = [test for group in vectors["testGroups"] for test in group["tests"]]
    assert len(tests) == 35
    for test in tests:
        for name in ("key", "ctx"):
            test[name] = bytes.fromhex(test[name])
        test["blob"] = VERSION + zlib.decompress(bytes.fromhex(test["ct"]))
    return tests


def _whole(key: bytes, context: bytes, blob: bytes) -> bytes:
    return unseal(key, context, blob)


def _streamed(key: bytes, context: bytes, blob: bytes) -> bytes:
    target = BytesIO()
    open_stream(key, context, BytesIO(blob), target)
    return target.getvalue()


def _read_at_random(key: bytes, context: bytes, blob: bytes) -> bytes:
    reader = StreamReader(key, context, BytesIO(blob))
    return reader.read(0, reader.size)


@pytest.mark.parametrize("opens", [_whole, _streamed, _read_at_random])
def test_wycheproof_cobblestone_256_opens_what_is_valid_and_nothing_else(opens: Any) -> None:
    for test in _cobblestone():
        if test["result"] == "valid":
            message = opens(test["key"], test["ctx"], test["blob"])
            assert len(message) == test["msgLength"], test["comment"]
            assert sha512(message).hexdigest() == test["msgSha512"], test["comment"]
        else:
            with pytest.raises(InputError if "InvalidKeySize" in test["flags"] else OpenError):
                opens(test["key"], test["ctx"], test["blob"])


def test_the_second_cobblestone_agrees_with_wycheproof_byte_for_byte() -> None:
    for test in _cobblestone():
        message = test["blob"][1:]
        if test["result"] == "valid":
            plaintext = cobblestone.decrypt(test["key"], test["ctx"], message)
            assert cobblestone.encrypt(test["key"], test["ctx"], plaintext, message[:24]) == message
        else:
            with pytest.raises((ValueError, InvalidTag)):
                cobblestone.decrypt(test["key"], test["ctx"], message)


def test_x_wing_draft_vectors_hold_for_keys_encapsulation_and_decapsulation() -> None:
    for test in published("xwing-test-vectors.json"):
        seed, eseed, public, ciphertext, shared = (
            bytes.fromhex(test[name]) for name in ("seed", "eseed", "pk", "ct", "ss")
        )
        assert OpeningKey(seed).public == public
        assert xwing.encapsulate(public, eseed) == (shared, ciphertext)
        assert xwing.decapsulate(seed, ciphertext) == shared


def test_hpke_vectors_over_x_wing_hold_for_the_second_implementation() -> None:
    suites = [
        test
        for test in published("hpke-pq-test-vectors.json")
        if (test["mode"], test["kem_id"], test["kdf_id"]) == (0, KEM_XWING, KDF_HKDF_SHA256)
    ]
    assert suites
    for test in suites:
        hpke, info = Hpke(test["aead_id"]), bytes.fromhex(test["info"])
        shared, enc = bytes.fromhex(test["shared_secret"]), bytes.fromhex(test["enc"])
        assert xwing.encapsulate(bytes.fromhex(test["pkRm"]), bytes.fromhex(test["ikmE"])) == (shared, enc)
        assert hpke.schedule(shared, info) == (bytes.fromhex(test["key"]), bytes.fromhex(test["base_nonce"]))
        first = test["encryptions"][0]
        message = enc + bytes.fromhex(first["ct"])
        aad = bytes.fromhex(first["aad"])
        assert hpke.open(bytes.fromhex(test["skRm"]), info, message, aad) == bytes.fromhex(first["pt"])


def test_bip_39_vectors_hold_for_phrases_of_twelve_words() -> None:
    twelve = [test for test in published("bip39-vectors.json")["english"] if len(test[0]) == 32]
    assert len(twelve) == 8
    for entropy, phrase, *_ in twelve:
        assert words_of(bytes.fromhex(entropy)) == phrase
        assert entropy_of(phrase) == bytes.fromhex(entropy)


def test_ml_kem_encapsulation_is_undone_by_the_library() -> None:
    for number in range(3):
        key = MLKEM768PrivateKey.from_seed_bytes(bytes([number]) * 64)
        shared, ciphertext = ml_kem.encapsulate(key.public_key().public_bytes_raw(), bytes([number]) * 32)
        assert key.decapsulate(ciphertext) == shared
