"""What must never be kept: a canary in each such place, and no canary anywhere after."""

import io
import json

import pytest
from planetvault.importers import amazon, gather, jd, read_export, spotify, steam
from planetvault.importers.format import UNKNOWN_FIELD

from tests.sdk.importers.exports import (
    ACCOUNT,
    AMAZON,
    EXTENDED,
    GAME,
    JD,
    NOW,
    SECRET,
    STATEMENT,
    Row,
    as_bill,
    as_csv,
    as_games,
    as_json,
)

CANARY = "canary-5e1f"

PERSONAL = {
    "spotify": {*spotify._EXTENDED_DROPPED, "platform", "a column of next year"},
    "account": {"username", "ip"},
    "amazon": {*amazon._DROPPED, "A New Column"},
    "jd": set(jd._DROPPED),
}

STATEMENTS: dict[str, Row] = {
    "actor": {"actor": {"name": CANARY, "mbox": f"mailto:{CANARY}@example.org"}},
    "authority": {"authority": {"name": CANARY}},
    "object query": {"object": {"id": f"https://lms.example/unit/1?user={CANARY}"}},
    "object fragment": {"object": {"id": f"https://lms.example/unit/1#{CANARY}"}},
    "object user": {"object": {"id": f"https://{CANARY}@lms.example/unit/1"}},
    "object e-mail": {"object": {"id": f"https://lms.example/{CANARY}@example.org"}},
    "description": {"object": {"id": "https://a.example", "definition": {"description": {"en": CANARY}}}},
    "object person": {"object": {"objectType": "Agent", "name": CANARY}},
    "sub-statement": {"object": {"objectType": "SubStatement", "actor": {"name": CANARY}}},
    "response": {"result": {"response": CANARY}},
    "result extensions": {"result": {"extensions": {CANARY: CANARY}}},
    "raw score": {"result": {"score": {"raw": CANARY, "scaled": 1}}},
    "instructor": {"context": {"instructor": {"name": CANARY}}},
    "team": {"context": {"team": {"name": CANARY}}},
    "platform": {"context": {"platform": CANARY}},
    "context extensions": {"context": {"extensions": {"session": CANARY}}},
    "attachments": {"attachments": [{"display": {"en": CANARY}}]},
    "version": {"version": CANARY},
    "verb display": {"verb": {"id": "http://adlnet.gov/expapi/verbs/completed", "display": {"en": CANARY}}},
    "unknown field": {CANARY: CANARY},
    "unknown field of a part": {"result": {CANARY: CANARY}},
}

EXPORTS = (
    [
        pytest.param(as_json({**EXTENDED, name: CANARY}), id=f"spotify {name}")
        for name in sorted(PERSONAL["spotify"])
    ]
    + [
        pytest.param(as_json({**ACCOUNT, name: CANARY}), id=f"account {name}")
        for name in sorted(PERSONAL["account"])
    ]
    + [
        pytest.param(as_csv({**AMAZON, name: CANARY}), id=f"amazon {name}")
        for name in sorted(PERSONAL["amazon"])
    ]
    + [pytest.param(as_bill({**JD, name: CANARY}), id=f"jd {name}") for name in sorted(PERSONAL["jd"])]
    + [pytest.param(as_json({**STATEMENT, **parts}), id=f"xapi {name}") for name, parts in STATEMENTS.items()]
    + [
        pytest.param(as_games({**GAME, name: CANARY}), id=f"steam {name}")
        for name in ("img_icon_url", "steamid")
    ]
    + [
        pytest.param(as_json({CANARY: CANARY, **EXTENDED}), id="spotify name of a column"),
        pytest.param(as_csv(JD, preamble=f"京东账号名:{CANARY}\n姓名:{CANARY}\n"), id="jd preamble"),
        pytest.param(as_bill({**JD, "交易分类": "转账红包", "商户名称": CANARY}), id="jd other person"),
    ]
)


@pytest.mark.parametrize("export", EXPORTS)
def test_nothing_personal_outlives_the_import(export: bytes) -> None:
    assert CANARY.encode() in export or CANARY.encode("gb18030") in export
    reading = read_export(io.BytesIO(export), owner_secret=SECRET, imported_at=NOW)
    outcomes = list(reading)
    gathered = gather(reading)
    assert len(outcomes) == 1
    assert CANARY not in repr([outcomes, gathered, reading.summary])
    assert CANARY not in json.dumps([dict(gathered.tables[place]) for place in gathered.tables])


DROPPED = (
    [(as_json({**EXTENDED, name: CANARY}), name) for name in sorted(spotify._EXTENDED_DROPPED)]
    + [(as_csv({**AMAZON, name: CANARY}), name) for name in sorted(amazon._DROPPED)]
    + [(as_bill({**JD, name: CANARY}), name) for name in sorted(jd._DROPPED)]
    + [(as_games({**GAME, name: CANARY}), name) for name in sorted(steam._DROPPED)]
    + [(as_json({**ACCOUNT, "username": CANARY}), UNKNOWN_FIELD), (as_json(STATEMENT), "actor")]
)


@pytest.mark.parametrize(("export", "name"), DROPPED)
def test_every_field_left_out_is_named_also_on_a_row_that_is_skipped(export: bytes, name: str) -> None:
    later = read_export(io.BytesIO(export), owner_secret=SECRET, imported_at=NOW)
    long_ago = read_export(
        io.BytesIO(export.replace(b"2026-", b"1984-")), owner_secret=SECRET, imported_at=NOW
    )
    for reading in (later, long_ago):
        (row,) = reading
        assert name in row.left_out
        assert reading.summary.left_out[name] == 1


def test_an_error_never_repeats_what_stood_in_the_file() -> None:
    broken = as_json({**EXTENDED, "ip_addr": CANARY})[:-20]
    with pytest.raises(Exception) as refused:  # noqa: PT011  # whatever it is, it may not speak of the content
        list(read_export(io.BytesIO(broken), owner_secret=SECRET, imported_at=NOW))
    assert CANARY not in str(refused.value)
