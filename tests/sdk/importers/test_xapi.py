"""xAPI statements."""

import json

import pytest
from planetvault.importers import SkipReason

from tests.sdk.importers.exports import STATEMENT, Row, as_json, record, records, skips, summary_of

VERBS = "http://adlnet.gov/expapi/verbs"


def changed(**parts: object) -> bytes:
    return as_json({**STATEMENT, **parts})


def activity(**parts: object) -> Row:
    return {"object": {"id": "https://lms.example/unit/1", "definition": parts}}


@pytest.mark.parametrize(
    "export",
    [
        as_json(STATEMENT),
        json.dumps(STATEMENT).encode(),
        json.dumps(STATEMENT, indent=2).encode(),
        json.dumps(STATEMENT).encode() + b"\n",
        json.dumps({"statements": [STATEMENT], "more": ""}).encode(),
        json.dumps({"more": "", "statements": [STATEMENT]}, indent=1).encode(),
        b"\xef\xbb\xbf" + as_json(STATEMENT),
        json.dumps([STATEMENT]).encode("utf-16"),
    ],
    ids=["array", "single", "pretty", "line", "result", "result more first", "byte order mark", "utf-16"],
)
def test_every_wrapping_gives_the_same_record(export: bytes) -> None:
    assert records(export) == records(as_json(STATEMENT))


def test_statements_one_a_line_are_read_one_by_one() -> None:
    lines = b"\n".join(json.dumps({**STATEMENT, "id": f"{n}"}).encode() for n in range(5))
    assert len({one["id"] for one in records(lines)}) == 5


def test_result_and_verb_are_kept_as_they_are() -> None:
    result = {
        "completion": True,
        "success": False,
        "score": {"scaled": 0.85, "raw": 17},
        "duration": "PT42M10S",
    }
    done = record(changed(result=result))
    assert (done["completed"], done["success"], done["score"], done["duration_ms"]) == (
        True,
        False,
        0.85,
        2_530_000,
    )
    assert done["verb"] == f"{VERBS}/completed"


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ({"zh-CN": "第一单元", "en": "Unit 1"}, "Unit 1"),
        ({"zh-CN": "第一单元", "fr": "Unité 1"}, "Unité 1"),
        ({}, "https://lms.example/unit/1"),
    ],
)
def test_a_name_is_english_else_the_first_language_else_the_iri(names: Row, said: str) -> None:
    assert record(changed(**activity(name=names)))["name"] == said


def test_the_course_is_the_nearest_parent_else_the_grouping() -> None:
    course = {"id": "https://lms.example/c", "definition": {"name": {"en": "Rivers"}}}
    for around in ({"parent": [course]}, {"grouping": course}, {"parent": [], "grouping": [course]}):
        assert record(changed(context={"contextActivities": around}))["in"] == "Rivers"


@pytest.mark.parametrize(
    ("iri", "ref"),
    [
        ("https://lms.example/quiz/7?user=42#q3", "https://lms.example/quiz/7"),
        (
            "http://lms.example/xblock/block-v1:edX+DemoX+type@problem+block@3fc5461f",
            "http://lms.example/xblock/block-v1:edX+DemoX+type@problem+block@3fc5461f",
        ),
        ("mailto:friend@example.org", None),
        ("https://friend@lms.example/quiz", None),
        ("https://friend@localhost/quiz", None),
        ("https://lms.example/users/friend@example.org", None),
    ],
)
def test_an_iri_is_cut_at_its_query_and_never_names_a_person(iri: str, ref: str | None) -> None:
    told = {"id": iri, "definition": {"name": {"en": "Quiz"}}}
    assert record(changed(object=told))["ref"] == ref


def test_a_statement_has_one_id_however_it_is_spelt() -> None:
    assert record(changed(id="AB"))["id"] == record(changed(id="ab"))["id"]


@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        ({"verb": {"id": f"{VERBS}/voided"}}, SkipReason.VOIDED),
        ({"verb": {}}, SkipReason.NOT_A_ROW),
        ({"verb": "did"}, SkipReason.NOT_A_ROW),
        ({"object": {"objectType": "Agent", "mbox": "mailto:a@example.org"}}, SkipReason.ABOUT_A_PERSON),
        ({"object": {"objectType": "StatementRef", "id": "x"}}, SkipReason.ABOUT_A_PERSON),
        ({"object": {}}, SkipReason.NO_TITLE),
        ({"object": []}, SkipReason.NO_TITLE),
        ({"id": None}, SkipReason.NO_IDENTITY),
        ({"timestamp": None}, SkipReason.BAD_TIME),
        ({"result": {"score": {"scaled": 1.01}}}, SkipReason.BAD_NUMBER),
        ({"result": {"score": {"scaled": True}}}, SkipReason.BAD_NUMBER),
        ({"result": {"completion": "true"}}, SkipReason.BAD_VALUE),
        (activity(name={"en": 5}), SkipReason.BAD_VALUE),
        (activity(name={"en": "\ud800"}), SkipReason.NOT_TEXT),
    ],
)
def test_a_statement_that_holds_no_activity_is_skipped_with_its_reason(
    parts: Row, reason: SkipReason
) -> None:
    export = json.dumps([{**STATEMENT, **parts}]).encode()
    assert skips(export) == [reason]


def test_the_time_of_storing_stands_in_for_a_missing_one() -> None:
    assert record(changed(timestamp=None, stored="2026-01-01T00:00:00Z"))["at"] == "2026-01-01T00:00:00Z"


def test_actor_teacher_answer_and_session_are_named_as_left_out() -> None:
    context = {"instructor": {"name": "T"}, "extensions": {"x": 1}, "team": {}, "registration": "r", "new": 1}
    told = summary_of(changed(context=context, result={"response": "B"})).left_out
    assert told == {
        "actor": 1,
        "context.extensions": 1,
        "context.instructor": 1,
        "context.registration": 1,
        "result.response": 1,
        "fields unknown to this reader": 1,
    }
