"""Nobody signs what nobody can read: a wire writes what it would read again, and refuses everything else."""

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anchor.errors import FormatError
from anchor.records.shape import TIME, as_written
from anchor.records.signed import sign
from anchor.records.usage import OwnerLink, owner_link_of
from tests.records.examples import examples, key
from tests.records.strategies import VOCABULARY

_PLAIN = {name: wire for name, wire in VOCABULARY.items() if wire is not TIME}
_odd = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=40),
    st.binary(max_size=40),
    st.sampled_from([16, 20, 32, 33, 64]).flatmap(lambda size: st.binary(min_size=size, max_size=size)),
)
_values = _odd | st.lists(_odd, max_size=3).map(tuple) | st.lists(_odd, max_size=3)


@pytest.mark.parametrize("word", _PLAIN)
@given(value=_values)
def test_a_word_writes_what_it_reads_again_or_refuses(word: str, value: Any) -> None:
    wire = _PLAIN[word]
    try:
        written = wire.write(value)
    except FormatError:
        return
    again = wire.read(json.loads(json.dumps(written)))
    assert (type(again), again) == (type(value), value)


@given(
    moment=st.datetimes(
        timezones=st.sampled_from([UTC, timezone(timedelta(hours=8, minutes=7)), timezone.min])
    )
)
def test_a_time_is_read_again_to_the_second_or_refused(moment: datetime) -> None:
    try:
        written = TIME.write(moment)
    except FormatError:
        return
    assert moment - TIME.read(written) == timedelta(microseconds=moment.microsecond)


@pytest.mark.parametrize("moment", [datetime(2027, 3, 4, 9, 0), "2027-03-04T09:00:00Z", 0, None])  # noqa: DTZ001
def test_a_time_without_a_zone_is_refused(moment: Any) -> None:
    with pytest.raises(FormatError):
        TIME.write(moment)


def test_a_record_is_told_as_its_readers_will_see_it() -> None:
    record = examples()["grant"].signed.record
    shanghai = timezone(timedelta(hours=8))
    late = record.not_before.astimezone(shanghai).replace(microsecond=5)
    told = as_written(type(record)(**{**_fields(record), "not_before": late}))
    assert told == record
    assert told.not_before.tzinfo is UTC
    assert as_written(record) is record


def test_one_header_stands_for_one_kind_and_one_key() -> None:
    record = examples()["use"].signed.record
    headers = {sign(record, key(name)).text.split(".")[0] for name in ("acme", "acme", "vault")}
    assert len(headers) == 2


@pytest.mark.parametrize(
    "blind", [bytearray(32), "A" * 32, memoryview(bytes(32))], ids=["array", "text", "view"]
)
def test_a_place_of_other_types_is_a_format_error(blind: Any) -> None:
    with pytest.raises(FormatError):
        owner_link_of(OwnerLink(1, None, blind))


def _fields(record: Any) -> dict[str, Any]:
    return {name: getattr(record, name) for name in type(record).__dataclass_fields__}
