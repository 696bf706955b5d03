"""A finality rule is one of four texts, and says up to which height blocks stand."""

import pytest

from anchor.chain.finality import Finality
from anchor.errors import FormatError


@pytest.mark.parametrize("text", ["tag:finalized", "depth:1", "depth:12", "depth:10000", "bft", "none"])
def test_a_rule_is_written_as_it_was_read(text: str) -> None:
    assert str(Finality.parse(text)) == text


@pytest.mark.parametrize(
    "text",
    [
        *("", "tag", "tag:safe", "tag:latest", "BFT", "bft:2", "none "),
        *("depth", "depth:", "depth:0", "depth:-1", "depth:01", "depth:10001", "depth:1.5"),
        *("depth:999999999999", "depth:٣", "depth:12:1"),
    ],
)
def test_any_other_text_is_refused(text: str) -> None:
    with pytest.raises(FormatError):
        Finality.parse(text)


@pytest.mark.parametrize(
    ("rule", "latest", "tagged", "height"),
    [
        ("tag:finalized", 100, 36, 36),
        ("tag:finalized", 100, None, None),
        ("depth:12", 100, None, 88),
        ("depth:12", 12, None, 0),
        ("depth:12", 11, None, None),
        ("bft", 100, None, 100),
        ("none", 100, 36, None),
    ],
)
def test_each_rule_has_its_height(rule: str, latest: int, tagged: int | None, height: int | None) -> None:
    assert Finality.parse(rule).height(latest=latest, tagged=tagged) == height
