"""Whatever comes in: the same record, a typed refusal, and nothing else."""

import json
import sys
import time
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from anchor.encoding import from_base64, from_base64url, to_base64, to_base64url
from anchor.errors import FormatError, ProofError, SignatureError
from anchor.records.consent import verify_denial, verify_grant
from anchor.records.parties import verify_partner
from anchor.records.shape import _verify_shallow, read, read_json, wires_of
from anchor.records.signed import RECORD_BYTES_MAX, Record, Signed, by, named_kid, unverified, verify
from anchor.records.usage import OwnerLink, Receipt, Use, verify_owner_link
from tests.records.examples import examples, key
from tests.records.strategies import VOCABULARY, json_values
from tests.vectors.record_scenarios.accepted import KINDS
from tests.vectors.record_scenarios.scenario import ALPHABET, assemble, compact, payload_of, signer_of

NOUNS = pytest.mark.parametrize("noun", KINDS)
REFUSALS = (FormatError, SignatureError)


def read_example(noun: str, raw: bytes) -> Signed[Any]:
    kind: type[Record] = KINDS[noun]
    return verify(raw, kind, by(signer_of(noun).public))


@NOUNS
def test_no_character_can_be_another_one(noun: str) -> None:
    raw = examples()[noun].signed.raw
    for position, byte in enumerate(raw):
        neighbour = ALPHABET[(ALPHABET.find(chr(byte)) + 1) % 64].encode()
        altered = raw[:position] + neighbour + raw[position + 1 :]
        with pytest.raises(REFUSALS):
            read_example(noun, altered)


@given(noun=st.sampled_from(sorted(KINDS)), data=st.data())
def test_one_changed_byte_is_a_format_or_a_signature_error(noun: str, data: st.DataObject) -> None:
    raw = examples()[noun].signed.raw
    position = data.draw(st.integers(0, len(raw) - 1))
    byte = data.draw(st.integers(0, 255))
    assume(byte != raw[position])
    with pytest.raises(REFUSALS):
        read_example(noun, raw[:position] + bytes([byte]) + raw[position + 1 :])


@given(noun=st.sampled_from(sorted(KINDS)), data=st.data())
def test_cut_out_put_in_or_repeated_bytes_are_noticed(noun: str, data: st.DataObject) -> None:
    raw = examples()[noun].signed.raw
    places = st.integers(0, len(raw))
    start, end = sorted((data.draw(places), data.draw(places)))
    between = data.draw(st.binary(max_size=4) | st.just(raw[start:end] * 2))
    altered = raw[:start] + between + raw[end:]
    assume(altered != raw)
    with pytest.raises(REFUSALS):
        read_example(noun, altered)


@given(raw=st.binary(max_size=300))
def test_arbitrary_bytes_are_no_record(raw: bytes) -> None:
    for reader in (verify_grant, verify_denial):
        with pytest.raises(FormatError):
            reader(raw)
    with pytest.raises(FormatError):
        verify_partner([raw])


@given(raw=st.binary(max_size=300), noun=st.sampled_from(sorted(KINDS)), end=st.integers(0, 3000))
def test_looking_into_a_record_before_it_is_checked_raises_nothing_but_format_errors(
    raw: bytes, noun: str, end: int
) -> None:
    for hostile in (raw, examples()[noun].signed.raw[:end] + raw):
        for look in (named_kid, unverified):
            with suppress(FormatError):
                look(hostile, KINDS[noun])


@NOUNS
def test_a_look_into_a_record_finds_what_verifying_finds(noun: str) -> None:
    signed = examples()[noun].signed
    assert named_kid(signed.raw, KINDS[noun]) == signed.kid
    assert unverified(signed.raw, KINDS[noun]) == signed.record
    with pytest.raises(FormatError):
        unverified(signed.raw + b"A" * RECORD_BYTES_MAX, KINDS[noun])


@given(header=st.binary(max_size=120), payload=st.binary(max_size=120), signature=st.binary(max_size=80))
def test_arbitrary_segments_are_no_record(header: bytes, payload: bytes, signature: bytes) -> None:
    raw = ".".join(map(to_base64url, (header, payload, signature))).encode()
    with pytest.raises(FormatError):
        verify(raw, Use, by(key("acme").public))


@given(payload=st.binary(max_size=200))
def test_arbitrary_signed_payloads_are_no_record(payload: bytes) -> None:
    with pytest.raises(FormatError):
        read_example("use", assemble("use", payload).encode())


@given(value=json_values())
def test_arbitrary_signed_json_is_no_record(value: Any) -> None:
    with pytest.raises(FormatError):
        read_example("use", assemble("use", json.dumps(value).encode()).encode())


@given(noun=st.sampled_from(sorted(KINDS)), data=st.data(), value=json_values())
def test_a_field_with_an_arbitrary_value_is_read_as_it_stands_or_refused(
    noun: str, data: st.DataObject, value: Any
) -> None:
    name = data.draw(st.sampled_from(["v", *wires_of(KINDS[noun])]))
    payload = {**payload_of(noun), name: value}
    try:
        signed = read_example(noun, assemble(noun, json.dumps(payload).encode()).encode())
    except FormatError:
        return
    assert {
        "v": 1,
        **{n: w.write(getattr(signed.record, n)) for n, w in wires_of(KINDS[noun]).items()},
    } == payload


@pytest.mark.parametrize("word", VOCABULARY)
@given(value=json_values())
def test_a_word_reads_a_value_or_refuses_it(word: str, value: Any) -> None:
    wire = VOCABULARY[word]
    try:
        assert wire.write(wire.read(value)) == value
    except FormatError:
        return


@given(text=st.text(max_size=40) | st.text(ALPHABET + "+/= \n", max_size=40))
def test_base64_is_read_in_one_form_only(text: str) -> None:
    for decode, encode in ((from_base64url, to_base64url), (from_base64, to_base64)):
        try:
            assert encode(decode(text)) == text
        except FormatError:
            continue


@given(raw=st.binary(max_size=100))
def test_json_is_read_or_refused(raw: bytes) -> None:
    try:
        value = read_json(raw)
    except FormatError:
        return
    assert value == json.loads(raw)


@pytest.mark.parametrize("opening", [b"[", b'{"a":', b'[{"a":[', b"[1,"])
@pytest.mark.parametrize("depth", [999, 100_000])
def test_json_nested_without_end_is_refused(opening: bytes, depth: int) -> None:
    with pytest.raises(FormatError):
        read_json(opening * depth)


@pytest.mark.parametrize(
    "pieces", [b"1", b"-0", b"1e999", b"9" * 100_000, b"-" * 9, b"0" * 9 + b"1", b"1.0", b"\xff", b"\x00"]
)
def test_only_small_whole_numbers_are_numbers(pieces: bytes) -> None:
    if pieces == b"1":
        assert read_json(b"[1]") == [1]
        return
    with pytest.raises(FormatError):
        read_json(b"[" + pieces + b"]")


@given(value=json_values())
def test_an_arbitrary_owner_link_is_refused(value: Any) -> None:
    receipt: Receipt = examples()["receipt"].signed.record
    with pytest.raises(FormatError):
        verify_owner_link(read(value, OwnerLink), receipt)


@given(
    seq=st.integers(-(2**70), 2**70), prev=st.none() | st.binary(max_size=40), blind=st.binary(max_size=40)
)
def test_an_owner_link_that_was_not_read_is_checked_all_the_same(
    seq: int, prev: bytes | None, blind: bytes
) -> None:
    receipt: Receipt = examples()["receipt"].signed.record
    with pytest.raises((FormatError, ProofError)):
        verify_owner_link(OwnerLink(seq, prev, blind), receipt)


@NOUNS
def test_a_refusal_does_not_repeat_what_came_in(noun: str) -> None:
    for name in wires_of(KINDS[noun]):
        jws = assemble(noun, compact({**payload_of(noun), name: "<script>hostile</script>\n" * 30}))
        with pytest.raises(FormatError) as refusal:
            read_example(noun, jws.encode())
        assert "hostile" not in str(refusal.value)


@NOUNS
@given(data=st.data())
def test_a_record_of_one_kind_is_none_of_another(noun: str, data: st.DataObject) -> None:
    other = data.draw(st.sampled_from(sorted(set(KINDS) - {noun})))
    kind: type[Record] = KINDS[other]
    with pytest.raises(FormatError):
        verify(examples()[noun].signed.raw, kind, by(signer_of(noun).public))


def test_brackets_inside_strings_are_no_nesting() -> None:
    assert read_json(b'{"a":"' + b"[{" * 1000 + b'"}') == {"a": "[{" * 1000}


def test_deep_nesting_is_refused_even_where_the_interpreter_would_go_on() -> None:
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(100_000)
    try:
        with pytest.raises(FormatError):
            read_json(b"[" * 60_000 + b"]" * 60_000)
    finally:
        sys.setrecursionlimit(limit)


@pytest.mark.parametrize("opening", [b"[", b'{"a":'])
@pytest.mark.parametrize(("depth", "good"), [(63, True), (64, True), (65, False), (66, False)])
def test_sixty_four_is_as_deep_as_it_goes(opening: bytes, depth: int, good: bool) -> None:
    closing = b"]" if opening == b"[" else b"}"
    deep = opening * (depth - 1) + b"1" + closing * (depth - 1)
    raw = b"[" + b",".join([deep] * 3 + [b"[]"] * 100) + b"]"
    if good:
        assert read_json(raw) == json.loads(raw)
    else:
        with pytest.raises(FormatError):
            read_json(raw)


@pytest.mark.parametrize("pieces", [b"[],", b'"",', b'"\\\\",', b"{},", b"[[[[]]]],"])
def test_the_depth_of_a_large_text_is_found_at_once(pieces: bytes) -> None:
    raw = b"[" + pieces * (1_000_000 // len(pieces)) + b"1]"
    began = time.process_time()
    _verify_shallow(raw)
    assert time.process_time() - began < 1
