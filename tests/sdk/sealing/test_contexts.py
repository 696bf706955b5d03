"""The list of contexts: one label, one purpose, and no two places alike."""

import ast
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some
from planetvault.sealing import contexts
from planetvault.sealing.errors import InputError

from tests.vectors.sealing_scenarios.primitives import labels, sample_parts

SOURCES = Path(contexts.__file__).parent
PAGE = Path(__file__).parents[3] / "docs" / "spec" / "sealing.md"
PARTS = some.lists(
    some.one_of(some.binary(max_size=40), some.text(max_size=10), some.integers(0, contexts.INTEGER_MAX)),
    max_size=4,
)


def _labels_in_source() -> list[str]:
    found = []
    for node in ast.walk(ast.parse((SOURCES / "contexts.py").read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "_context":
            assert isinstance(node.args[0], ast.Constant)
            found.append(str(node.args[0].value))
    return found


def test_each_label_stands_on_one_line_and_is_named_like_its_function() -> None:
    assert sorted(_labels_in_source()) == sorted(name.replace("_", "-") for name in labels())
    assert len(set(_labels_in_source())) == len(labels()) > 20


def test_contexts_are_made_nowhere_else() -> None:
    for path in SOURCES.glob("*.py"):
        text = path.read_text()
        if path.name != "contexts.py":
            assert "_context(" not in text
            assert contexts.PREFIX.decode() not in text


def test_every_context_is_used_and_by_one_file_alone_for_deriving_or_sealing() -> None:
    users: dict[str, set[str]] = {name: set() for name in labels()}
    for path in SOURCES.glob("*.py"):
        for name in re.findall(r"contexts\.([a-z_]+)\(", path.read_text()):
            users[name].add(path.name)
    for name, files in users.items():
        assert len(files) == 1, f"{name} is used by {sorted(files) or 'nobody'}"


def test_the_specification_lists_every_label() -> None:
    listed = re.findall(r"^\| `([a-z-]+)` \|", PAGE.read_text(), re.MULTILINE)
    assert sorted(listed) == sorted(_labels_in_source())


@pytest.mark.parametrize("name", labels())
def test_a_change_in_any_part_changes_the_context(name: str) -> None:
    make, parts = labels()[name], sample_parts(labels()[name])
    for part, value in parts.items():
        others: list[Any]
        if isinstance(value, bytes):
            others = [value[:at] + bytes([value[at] ^ 1]) + value[at + 1 :] for at in range(len(value))]
        elif isinstance(value, int):
            others = [value ^ 1 << bit for bit in range(53)]
        else:
            others = ["another.example"]
        made = {make(**{**parts, part: other}) for other in others}
        assert len(made) == len(others)
        assert make(**parts) not in made


@given(PARTS, PARTS)
def test_different_parts_never_make_the_same_context(one: list[Any], other: list[Any]) -> None:
    # A whole number and its 8 bytes are the same part: a label always has the same kinds of parts.
    def octets(parts: list[Any]) -> list[bytes]:
        return [
            part.to_bytes(8) if isinstance(part, int) else part.encode() if isinstance(part, str) else part
            for part in parts
        ]

    same = contexts._context("label", *one) == contexts._context("label", *other)
    assert same == (octets(one) == octets(other))


@pytest.mark.parametrize("value", [-1, 2**53, 2**64])
def test_numbers_that_javascript_cannot_hold_are_refused(value: int) -> None:
    with pytest.raises(InputError):
        contexts.envelope(bytes(16), bytes(16), value)


@pytest.mark.parametrize(
    "call",
    [
        lambda: contexts.blob(bytes(15)),
        lambda: contexts.root_mac(bytes(16), bytes(31)),
        lambda: contexts.pairwise("Radio.example"),
        lambda: contexts.pairwise("rädio.example"),
        lambda: contexts.pairwise(""),
        lambda: contexts.import_id("\ud800", b""),
        lambda: contexts.import_id("netease", bytes(65_536)),
    ],
)
def test_ids_kids_and_domains_of_the_wrong_shape_are_refused(call: Any) -> None:
    with pytest.raises(InputError):
        call()
