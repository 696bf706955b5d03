"""``make mutate``: lie about many histories, and count who notices. The last line is the figure.

Exits 1 if a lie went unnoticed, or an honest history raised an alarm.
"""

import os
import sys
from collections import Counter
from dataclasses import dataclass, field
from random import Random

from tests.mutate.lies import LIES
from tests.mutate.watchers import flagged
from tests.mutate.world import make_story

MUTATIONS = 100_000
LIES_PER_STORY = 250
SEED = 20270314


@dataclass
class Figure:
    """Lies told, by who noticed first; those nobody noticed; and alarms over honest histories."""

    noticed: Counter[str] = field(default_factory=Counter)
    unnoticed: Counter[str] = field(default_factory=Counter)
    honest: int = 0
    false_alarms: int = 0

    @property
    def told(self) -> int:
        return self.noticed.total() + self.unnoticed.total()

    def __str__(self) -> str:
        who = ", ".join(f"{name} {count}" for name, count in self.noticed.most_common())
        return (
            f"mutate: {self.noticed.total()} of {self.told} mutated logs flagged (first by: {who}), "
            f"{self.false_alarms} false alarms in {self.honest} honest ones"
        )


def run(mutations: int, seed: int = SEED) -> Figure:
    """Tell so many lies, over a new honest history every now and then."""
    random, figure = Random(seed), Figure()  # noqa: S311 - a repeatable game, no secret
    while figure.told < mutations:
        honest = make_story(random)
        for _ in range(min(LIES_PER_STORY, mutations - figure.told)):
            told, lie = honest.copy(), random.choice(LIES)
            if not lie(told, random) or (told.owners, told.partners, told.entries) == (
                honest.owners,
                honest.partners,
                honest.entries,
            ):
                continue
            who = flagged(honest, told)
            counted, name = (figure.noticed, who) if who else (figure.unnoticed, lie.__name__)
            counted[name] += 1
            if random.random() < 0.1:
                figure.honest += 1
                honest.seen_owner = [random.randint(0, len(one)) for one in honest.owners]
                honest.seen_partner = [random.randint(0, len(one)) for one in honest.partners]
                honest.seen_log = random.randint(0, len(honest.entries))
                figure.false_alarms += flagged(honest, honest.copy()) is not None
    return figure


def main() -> int:
    """Run it and tell."""
    figure = run(int(os.environ.get("MUTATIONS") or MUTATIONS))
    for name, count in figure.unnoticed.most_common():
        sys.stdout.write(f"unnoticed: {name} {count}\n")
    sys.stdout.write(f"{figure}\n")
    return 1 if figure.unnoticed or figure.false_alarms else 0


if __name__ == "__main__":
    sys.exit(main())
