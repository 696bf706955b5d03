"""What was signed is what is read: the same record, the same bytes, the same name."""

import json
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anchor.encoding import from_base64url
from anchor.errors import FormatError
from anchor.records.account import Manifest
from anchor.records.consent import Ask
from anchor.records.shape import SealedField, read, wires_of, write
from anchor.records.signed import RECORD_BYTES_MAX, Record, by, entry_of, sign, verify
from anchor.records.usage import Receipt, Use
from tests.records.examples import examples, key
from tests.records.strategies import VOCABULARY, of_word, records, word_of
from tests.vectors.record_scenarios.accepted import KINDS

FEW = settings().max_examples // 3
KINDS_OF_RECORD = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)


@KINDS_OF_RECORD
@settings(max_examples=FEW)
@given(data=st.data())
def test_a_record_comes_back_as_it_was_signed(kind: type[Record], data: st.DataObject) -> None:
    record = data.draw(records(kind))
    signed = sign(record, key("vault"))
    again = verify(signed.raw, kind, by(key("vault").public))
    assert again == signed
    assert again.record == record


@pytest.mark.parametrize("noun", KINDS)
def test_the_payload_names_the_version_and_every_field_in_order(noun: str) -> None:
    payload = json.loads(from_base64url(examples()[noun].signed.text.split(".")[1]))
    assert list(payload) == ["v", *wires_of(KINDS[noun])]
    assert payload["v"] == 1


@pytest.mark.parametrize("word", VOCABULARY)
@settings(max_examples=FEW)
@given(data=st.data())
def test_every_word_of_the_vocabulary_reads_what_it_writes(word: str, data: st.DataObject) -> None:
    value = data.draw(of_word(word))
    wire = VOCABULARY[word]
    assert wire.read(json.loads(json.dumps(wire.write(value)))) == value


@KINDS_OF_RECORD
def test_every_field_is_a_word_of_the_vocabulary(kind: type[Record]) -> None:
    assert all(word_of(wire) in VOCABULARY for wire in wires_of(kind).values())


def test_no_two_kinds_share_a_noun_or_a_type_byte() -> None:
    bytes_of_entries = [kind.ENTRY for kind in KINDS.values() if kind.ENTRY is not None]
    assert sorted(bytes_of_entries) == [*range(1, 10), *range(16, 20)]
    assert all(noun == kind.NOUN for noun, kind in KINDS.items())


@pytest.mark.parametrize("noun", KINDS)
def test_the_hash_is_over_the_label_and_the_bytes_as_signed(noun: str) -> None:
    signed = examples()[noun].signed
    assert signed.hash == sha256(b"planetvault/" + noun.encode() + b"/v1\x00" + signed.raw).digest()


@pytest.mark.parametrize("noun", KINDS)
def test_an_entry_is_the_type_byte_and_the_hash(noun: str) -> None:
    signed, kind = examples()[noun].signed, KINDS[noun]
    if kind.ENTRY is None:
        with pytest.raises(FormatError):
            entry_of(kind, signed.hash)
        return
    assert signed.entry == bytes([kind.ENTRY]) + signed.hash
    assert len(signed.entry) == 33


@pytest.mark.parametrize("noun", KINDS)
def test_two_records_that_say_the_same_have_different_names(noun: str) -> None:
    fields = {name: getattr(examples()[noun].signed.record, name) for name in wires_of(KINDS[noun])}
    del fields["salt"]
    first, second = (sign(KINDS[noun](**fields), key("vault")) for _ in range(2))
    assert first.hash != second.hash


@pytest.mark.parametrize(
    "changes",
    [
        {"price": -1},
        {"price": 2**53},
        {"price": 1.5},
        {"price": True},
        {"reason": ""},
        {"reason": "half a pair: \ud83d"},
        {"reason": "a" * 501},
        {"clusters": ("music.play/when", "music.play/what")},
        {"purposes": ()},
        {"partner": "Acme.example"},
        {"id": bytes(15)},
    ],
    ids=repr,
)
def test_nobody_signs_what_nobody_can_read(changes: dict[str, Any]) -> None:
    fields = {name: getattr(examples()["ask"].signed.record, name) for name in wires_of(Ask)}
    with pytest.raises(FormatError):
        sign(Ask(**{**fields, **changes}), key("acme"))


def test_a_signed_record_holds_the_time_that_was_signed() -> None:
    exact = datetime(2027, 3, 4, 9, 0, 0, 999_999, tzinfo=UTC)
    record = examples()["use"].signed.record
    signed = sign(
        Use(
            vault=record.vault,
            grant=record.grant,
            purpose=record.purpose,
            items=record.items,
            last=None,
            time=exact,
        ),
        key("acme"),
    )
    assert signed.record.time == exact - timedelta(microseconds=999_999)


def test_the_largest_records_fit() -> None:
    largest = 2**53 - 1
    many = [SealedField(n.to_bytes(16, "big"), bytes(32)) for n in range(256)]
    manifest = examples()["manifest"].signed.record
    fields = {name: getattr(manifest, name) for name in wires_of(Manifest)}
    numbers = {"seq": largest, "version": largest, "prev": bytes(32)}
    signed = sign(Manifest(**{**fields, **numbers, "fields": tuple(many)}), key("alice laptop"))
    assert 24_576 < len(signed.raw) < 32_768 < RECORD_BYTES_MAX


def test_no_record_is_longer_than_the_limit() -> None:
    signed = examples()["use"].signed
    with pytest.raises(FormatError, match="65536"):
        verify(signed.raw + b"A" * RECORD_BYTES_MAX, Use, by(key("acme").public))


@given(record=records(Receipt))
def test_writing_is_the_inverse_of_reading(record: Receipt) -> None:
    assert write(read(write(record), Receipt)) == write(record)
