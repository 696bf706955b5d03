"""Where a new player may begin: python game_onboarding.py URL MEMORY.

A studio that sees how long somebody played other games need not teach her to walk. It
looks at hours alone, and at no name of a game.
"""

import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from planetvault import FileMemory, Partner

NEEDED = {"game.session/what", "game.session/played"}
PURPOSE = "dpv:ServicePersonalisation"
HOUR = 3600
AT_HOME_HOURS = 10
"""From here on somebody is at home in a game."""


@dataclass(frozen=True, slots=True)
class Onboarding:
    """Which tutorial to show, how many hours of play that rests on, and whether to begin with a short one."""

    tutorial: str
    hours: int
    out_of_practice: bool


def onboarding(rows: Iterable[Mapping[str, Any]]) -> Onboarding:
    """What to show first. Counters only grow, so of several snapshots the highest counts."""
    total: dict[str, int] = {}
    recent = 0
    for row in rows:
        total[row["ref"]] = max(row["played_total_s"], total.get(row["ref"], 0))
        recent = max(recent, row["played_recent_s"] or 0)
    at_home = sum(seconds >= AT_HOME_HOURS * HOUR for seconds in total.values())
    tutorial = "whole" if at_home == 0 else "short" if at_home == 1 else "none"
    return Onboarding(tutorial, sum(total.values()) // HOUR, out_of_practice=recent < HOUR)


def main(url: str, memory: str) -> None:
    """Open what is granted, pay for it, and print where each player begins."""
    with Partner.open(url, FileMemory(memory)) as partner:
        for grant in partner.grants():
            if grant.state == "standing" and set(grant.terms.clusters) >= NEEDED:
                opened = partner.use(grant, partner.items(grant)[:64], PURPOSE)
                start = onboarding(opened.rows())
                pace = "slowly" if start.out_of_practice else "at full pace"
                print(f"tutorial: {start.tutorial}, {pace}; she played {start.hours} hours elsewhere")


if __name__ == "__main__":
    main(*sys.argv[1:])
