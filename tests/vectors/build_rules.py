"""Write the vectors of an owner's rules: ``python -m tests.vectors.build_rules``.

Each scenario is a text of rules and some terms, with the places of the rules that say no
(docs/spec/rules.md), written down by hand.
"""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from tests.vectors.folder import fill

FOLDER = Path(__file__).parent / "rules"
NEVER = None
TERMS = {
    "clusters": ["music.play/what", "music.play/when"],
    "purposes": ["dpv:ServicePersonalisation"],
    "price": 50_000,
    "fee": 1000,
    "max_uses": 20,
    "period_uses": 0,
    "paid_by_period": False,
}
"""Her part of one use is 45,000."""


def _text(*rules: tuple[str, str, int | None], seq: Any = 3, paused: Any = False) -> str:
    written = [{"data": data, "purpose": purpose, "least": least} for data, purpose, least in rules]
    return json.dumps({"version": 1, "seq": seq, "paused": paused, "rules": written}, separators=(",", ":"))


def _applied(
    name: str, what: str, rules: Sequence[tuple[str, str, int | None]], broken: Sequence[int], **terms: Any
) -> dict[str, Any]:
    applied = {"terms": {**TERMS, **terms}, "broken": list(broken)}
    return {"name": name, "what": what, "expect": "ok", "text": _text(*rules), **applied}


def _accepted() -> Iterator[dict[str, Any]]:
    yield _applied("none", "No rule says nothing.", [], [])
    yield _applied(
        "floor", "As much as her part, and a micro more.", [("*", "*", 45_000), ("*", "*", 45_001)], [1]
    )
    yield _applied(
        "data",
        "A cluster, and what it begins with at a dot or slash.",
        [
            ("music.play/what", "*", NEVER),
            ("music.play", "*", NEVER),
            ("music", "*", NEVER),
            ("mus", "*", NEVER),
            ("music.pla", "*", NEVER),
            ("music.play/where", "*", NEVER),
            ("commerce", "*", NEVER),
        ],
        [0, 1, 2],
    )
    yield _applied(
        "purpose",
        "Itself, what it is narrower than, and nothing else.",
        [
            ("*", "dpv:ServicePersonalisation", NEVER),
            ("*", "dpv:Personalisation", NEVER),
            ("*", "dpv:Advertising", NEVER),
        ],
        [0, 1],
    )
    yield _applied(
        "purpose_under_two",
        "Personalised advertising is advertising, marketing, and personalisation.",
        [
            ("*", "dpv:Advertising", NEVER),
            ("*", "dpv:Marketing", NEVER),
            ("*", "dpv:Personalisation", NEVER),
            ("*", "dpv:ServicePersonalisation", NEVER),
        ],
        [0, 1, 2],
        purposes=["dpv:PersonalisedAdvertising"],
    )
    yield _applied(
        "purpose_unknown",
        "It might be what she refused.",
        [("*", "dpv:Advertising", NEVER), ("*", "dpv:AnotherNew", 45_001)],
        [0, 1],
        purposes=["dpv:SomethingNew"],
    )
    yield _applied(
        "one_of_two_purposes",
        "One is enough.",
        [("*", "dpv:Marketing", NEVER)],
        [0],
        purposes=["dpv:Marketing", "dpv:ServicePersonalisation"],
    )
    yield _applied(
        "wide_stays",
        "A narrow rule does not lift a wide one.",
        [("*", "*", 90_000), ("music.play/what", "dpv:ServicePersonalisation", 0)],
        [0],
    )
    by_period = {"paid_by_period": True, "period_uses": 7, "price": 100_000}
    yield _applied(
        "by_period",
        "90,000 over seven uses, rounded down.",
        [("*", "*", 12_857), ("*", "*", 12_858)],
        [1],
        **by_period,
    )
    yield _applied(
        "by_period_without_a_limit",
        "Over all twenty.",
        [("*", "*", 4_500), ("*", "*", 4_501)],
        [1],
        **{**by_period, "period_uses": 0},
    )
    yield _applied("fee_rounded_down", "The fee of 49 is 4.", [("*", "*", 45), ("*", "*", 46)], [1], price=49)
    yield _applied("free", "Nothing is below one micro.", [("*", "*", 0), ("*", "*", 1)], [1], price=0)


def _refused() -> Iterator[dict[str, Any]]:
    good = _text(("*", "*", 1))
    for name, what, text in (
        ("not_json", "No JSON.", "rules"),
        ("cut", "The end is missing.", good[:-1]),
        ("version_two", "Another version.", good.replace('"version":1', '"version":2')),
        ("field_more", "A field too many.", good.replace('"seq"', '"note":1,"seq"')),
        ("field_less", "A rule without a purpose.", good.replace('"purpose":"*",', "")),
        ("field_twice", "A sequence number twice.", good.replace('"seq":3', '"seq":3,"seq":4')),
        ("seq_zero", "They begin with one.", _text(seq=0)),
        ("seq_true", "A boolean is no number.", _text(seq=True)),
        ("paused_one", "A number is no boolean.", _text(paused=1)),
        ("least_negative", "Less than nothing.", _text(("*", "*", -1))),
        ("least_fraction", "Half a micro.", good.replace('"least":1', '"least":0.5')),
        ("least_too_large", "2⁵³.", _text(("*", "*", 2**53))),
        ("data_upper_case", "No cluster.", _text(("Music", "*", 1))),
        ("data_two_dots", "No beginning of one.", _text(("music.play.what", "*", 1))),
        ("purpose_without_prefix", "No purpose.", _text(("*", "Marketing", 1))),
        ("too_many", "201 of them.", _text(*[("*", "*", 1)] * 201)),
        ("too_long", "65,537 bytes.", good + " " * (65_537 - len(good))),
    ):
        yield {"name": name, "what": what, "expect": "format", "text": text}


def build() -> dict[str, bytes]:
    """Every vector, by file name."""
    vectors = [*_accepted(), *_refused()]
    dumped = {vector["name"]: json.dumps(vector, indent=2, ensure_ascii=False) for vector in vectors}
    assert len(dumped) == len(vectors), "two vectors share a name"
    return {f"{name}.json": text.encode() + b"\n" for name, text in dumped.items()}


if __name__ == "__main__":
    fill(FOLDER, build())
