"""xAPI statements: what a learner did, from any learning record store.

Takes an array, one statement a line, a single statement, or the StatementResult
of a store's API. Verbs are kept as their IRIs, scores as ``score.scaled`` (-1 to 1).
Actors, teachers, groups, answers and session ids are left out, and so is what
follows ``?`` or ``#`` in an object's IRI. Statements about persons are skipped.

Source: Experience API 1.0.3, part two, "Statements".
"""

import re
from collections.abc import Iterator, Mapping
from io import BufferedReader

from planetvault.importers.cells import duration_ms, text, yes_no
from planetvault.importers.errors import RowError, SkipReason
from planetvault.importers.format import UNKNOWN_FIELD, Format, Row
from planetvault.importers.identity import Identity
from planetvault.importers.json_rows import ARRAY, Frame, json_rows
from planetvault.importers.record import VERSION, Activity
from planetvault.importers.times import Times

VOIDED = "http://adlnet.gov/expapi/verbs/voided"

_RESULT = Frame(
    re.compile(r'[ \t\r\n]*\{\s*(?:"more"\s*:\s*"[^"]*"\s*,\s*)?"statements"\s*:\s*\['),
    re.compile(r'\s*(?:,\s*"more"\s*:\s*(?:"[^"]*"|null)\s*)?\}\s*'),
)
# What is read of a statement, and what is known and left out. The empty path is the statement itself.
_KEPT = {
    "": ("id", "verb", "object", "result", "context", "timestamp", "stored", "version"),
    "verb": ("id", "display"),
    "object": ("id", "objectType", "definition"),
    "object.definition": ("name", "type"),
    "result": ("completion", "success", "score", "duration"),
    "context": ("contextActivities", "language"),
}
_LEFT_OUT = {
    "": ("actor", "authority", "attachments"),
    "verb": (),
    "object": (),
    "object.definition": (
        *("description", "moreInfo", "extensions", "interactionType", "correctResponsesPattern"),
        *("choices", "scale", "source", "target", "steps"),
    ),
    "result": ("response", "extensions"),
    "context": ("registration", "instructor", "team", "revision", "platform", "statement", "extensions"),
}
# It starts where a word starts, so that it looks at each character of a hostile text once.
_E_MAIL = re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+\.\w")
_LANGUAGES = ("en", "en-US", "en-GB")


def _part(row: object, name: str) -> Row:
    """The object under ``name``, or an empty one."""
    value = row.get(name) if isinstance(row, Mapping) else None
    return value if isinstance(value, Mapping) else {}


def _said(names: Row) -> str | None:
    """One text of a language map: English if there, else the first by language code."""
    for language in (*_LANGUAGES, *sorted(names)):
        if (said := names.get(language)) is not None:
            return text(said)
    return None


def _ref(iri: object) -> str | None:
    """The object's IRI without query and fragment; None if it names a person."""
    told = re.split(r"[?#]", text(iri) or "", maxsplit=1)[0]
    authority = told.partition("://")[2].partition("/")[0]
    if not told or told.startswith("mailto:") or "@" in authority or _E_MAIL.search(told):
        return None
    return told


def _course(row: Row) -> str | None:
    """The name of what it belongs to: the nearest parent, else the first grouping."""
    around = _part(_part(row, "context"), "contextActivities")
    for relation in ("parent", "grouping"):
        listed = around.get(relation)
        first = listed[0] if isinstance(listed, list) and listed else listed
        if name := _said(_part(_part(first, "definition"), "name")):
            return name
    return None


def _score(row: Row) -> float | None:
    scaled = _part(_part(row, "result"), "score").get("scaled")
    if scaled is None:
        return None
    if type(scaled) is not int and type(scaled) is not float:
        raise RowError(SkipReason.BAD_NUMBER)
    if not -1 <= scaled <= 1:
        raise RowError(SkipReason.BAD_NUMBER)
    return float(scaled)


def _record(row: Row, identity: Identity, times: Times) -> Activity:
    verb = text(_part(row, "verb").get("id"))
    if verb is None:
        raise RowError(SkipReason.NOT_A_ROW)
    if verb == VOIDED:
        raise RowError(SkipReason.VOIDED)
    thing = _part(row, "object")
    if thing.get("objectType", "Activity") not in ("Activity", "GroupActivity"):
        raise RowError(SkipReason.ABOUT_A_PERSON)
    native = text(row.get("id"))
    if native is None:
        raise RowError(SkipReason.NO_IDENTITY)
    ref = _ref(thing.get("id"))
    definition, result = _part(thing, "definition"), _part(row, "result")
    activity_type = text(definition.get("type"))
    return {
        "v": VERSION,
        "kind": "education.activity",
        "id": identity.record_id("statement", native.lower()),
        "name": _said(_part(definition, "name")) or ref or activity_type or "",
        "type": activity_type,
        "in": _course(row),
        "ref": ref,
        "verb": verb,
        "at": times.iso(row.get("timestamp") or row.get("stored")),
        "precision": "second",
        "completed": yes_no(result.get("completion")),
        "success": yes_no(result.get("success")),
        "score": _score(row),
        "duration_ms": duration_ms(result.get("duration")),
    }


def _left_out(row: Row) -> list[str]:
    names = []
    unknown = False
    for path, left_out in _LEFT_OUT.items():
        part = row
        for step in path.split(".") if path else ():
            part = _part(part, step)
        names += [f"{path}.{name}".lstrip(".") for name in left_out if part.get(name)]
        unknown = unknown or bool(part.keys() - {*left_out, *_KEPT[path]})
    told = _part(row, "object").get("id")
    if isinstance(told, str) and _ref(told) != told:
        names.append("object.id")
    return [*names, UNKNOWN_FIELD] if unknown else names


def _knows(_file_name: str, head: str) -> bool:
    return head.lstrip()[:1] in ("[", "{") and all(
        f'"{name}"' in head for name in ("actor", "verb", "object")
    )


def _rows(stream: BufferedReader, encoding: str) -> Iterator[tuple[int, object]]:
    """By what the file begins with: a StatementResult, an array, or statements one after another."""
    head = stream.peek(_START_BYTES)[:_START_BYTES].decode(encoding, "ignore")
    frame = next((frame for frame in (_RESULT, ARRAY) if frame.opening.match(head)), None)
    return json_rows(stream, encoding, frame)


_START_BYTES = 4096

STATEMENTS = Format(
    provider="xapi",
    name="statement",
    title="xAPI statements",
    knows=_knows,
    rows=_rows,
    record=_record,
    left_out=_left_out,
)
