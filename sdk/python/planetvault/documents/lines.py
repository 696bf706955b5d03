"""A document is a head, lines and totals. Amounts are micros, and are never rounded."""

import csv
import io
import json
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any

from anchor.encoding import to_base64url
from anchor.records.shape import write_time
from planetvault.operator import in_units

LANGUAGES = ("en", "zh-CN")


@dataclass(frozen=True, slots=True)
class Line:
    """One movement: when, what (a word of words.json), with whom, micros, and the record it comes from."""

    time: datetime
    what: str
    party: str
    amount: int
    reference: bytes


@dataclass(frozen=True, slots=True)
class Document:
    """A ``statement`` or an ``invoice``. ``head`` and ``totals`` are words of words.json, with values."""

    kind: str
    head: tuple[tuple[str, str], ...]
    currency: str
    lines: tuple[Line, ...]
    totals: tuple[tuple[str, int], ...]


@cache
def words(language: str) -> dict[str, str]:
    """What a document is written with in a language; ``en`` or ``zh-CN``."""
    every: dict[str, dict[str, str]] = json.loads(
        files("planetvault.documents").joinpath("words.json").read_text("utf-8")
    )
    return every[language]


def as_json(document: Document) -> str:
    """The document for programs: words as they are, amounts in micros."""
    value: dict[str, Any] = {
        "kind": document.kind,
        **dict(document.head),
        "currency": document.currency,
        "lines": [
            {
                "time": write_time(line.time),
                "what": line.what,
                "with": line.party,
                "amount": line.amount,
                "record": to_base64url(line.reference),
            }
            for line in document.lines
        ],
        "totals": dict(document.totals),
    }
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


def as_csv(document: Document, language: str = "en") -> str:
    """The lines as CSV (RFC 4180), with a heading, and amounts in units of the currency."""
    said, written = words(language), io.StringIO()
    rows = csv.writer(written)
    rows.writerow(
        [said[name] for name in ("date", "what", "with", "amount")] + [document.currency, said["reference"]]
    )
    for line in document.lines:
        reference = to_base64url(line.reference)
        amount = in_units(line.amount)
        rows.writerow(
            [write_time(line.time), said[line.what], line.party, amount, document.currency, reference]
        )
    return written.getvalue()
