"""No lie about a history goes unnoticed, and no honest history is accused."""

from random import Random

import pytest

from tests.mutate.__main__ import run
from tests.mutate.lies import LIES, Lie
from tests.mutate.watchers import flagged
from tests.mutate.world import make_story


def test_some_hundred_lies_are_all_noticed_and_nobody_is_accused() -> None:
    figure = run(400)
    assert figure.told == 400
    assert not figure.unnoticed
    assert figure.honest > 0
    assert figure.false_alarms == 0


@pytest.mark.parametrize("lie", LIES, ids=lambda lie: lie.__name__)
def test_each_lie_is_noticed_even_by_those_who_had_seen_nothing(lie: Lie) -> None:
    for seed in range(5):
        random = Random(seed)  # noqa: S311 - a repeatable game, no secret
        honest = make_story(random)
        honest.seen_owner, honest.seen_partner, honest.seen_log = [0] * 2, [0] * 4, 0
        assert flagged(honest, honest.copy()) is None
        told = honest.copy()
        if lie(told, random):
            assert flagged(honest, told) is not None
