"""A scenario as a reader of the specification sees it: a name, and the bytes in hex."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from tests.vectors.sealing_scenarios.scenario import Scenario, written

HEX_PER_LINE = 96
LINE = 110


def example(scenario: Scenario) -> str:
    """Inputs, an empty line, outputs."""
    inputs, outputs = (list(_entries("", written(side))) for side in (scenario.inputs, scenario.outputs))
    return "\n".join(map(_lines, inputs)) + "\n\n" + "\n".join(map(_lines, outputs)) + "\n"


def _entries(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for inner, item in value.items():
            yield from _entries(f"{name}.{inner}" if name else inner, item)
    elif isinstance(value, list):
        for place, item in enumerate(value):
            yield from _entries(f"{name}[{place}]", item)
    else:
        yield name, value


def _lines(entry: tuple[str, Any]) -> str:
    name, value = entry
    text = value if isinstance(value, str) and _is_hex(value) else json.dumps(value, ensure_ascii=False)
    if len(name) + 2 + len(text) <= LINE:
        return f"{name}: {text}"
    pieces = [text[at : at + HEX_PER_LINE] for at in range(0, len(text), HEX_PER_LINE)]
    return "\n  ".join([f"{name}:", *pieces])


def _is_hex(text: str) -> bool:
    return len(text) > 0 and len(text) % 2 == 0 and set(text) <= set("0123456789abcdef")
