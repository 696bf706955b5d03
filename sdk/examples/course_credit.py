"""Credit for what she finished elsewhere: python course_credit.py URL MEMORY.

A course counts when its units were completed and its quizzes passed in the end; a quiz
that was failed first and passed later is passed.
"""

import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from planetvault import FileMemory, Partner

NEEDED = {"education.activity/what", "education.activity/result"}
PURPOSE = "dpv:ServiceProvision"
SCORE_MIN = 0.5
UNITS_MIN = 2


@dataclass(frozen=True, slots=True)
class Credit:
    """What to recognise of a course: units completed, the mean of the best scores, whether it is enough."""

    course: str
    units: int
    score: float | None
    granted: bool


def credits_for(rows: Iterable[Mapping[str, Any]]) -> list[Credit]:
    """One credit for each course in the rows, by its name."""
    units: defaultdict[str, set[str]] = defaultdict(set)
    best: defaultdict[str, dict[str, float]] = defaultdict(dict)
    for row in rows:
        course, activity = row["in"], row["ref"] or row["name"]
        if course is None or activity is None or row["name"] == course:
            continue
        units[course].update({activity} if row["completed"] else ())
        if row["score"] is not None:
            best[course][activity] = max(row["score"], best[course].get(activity, -1.0))
    return [_credit(course, units[course], list(best[course].values())) for course in sorted(units)]


def _credit(course: str, units: set[str], scores: list[float]) -> Credit:
    enough = len(units) >= UNITS_MIN and all(score >= SCORE_MIN for score in scores)
    return Credit(course, len(units), sum(scores) / len(scores) if scores else None, enough)


def main(url: str, memory: str) -> None:
    """Open what is granted, pay for it, and print what each learner gets credit for."""
    with Partner.open(url, FileMemory(memory)) as partner:
        for grant in partner.grants():
            if grant.state == "standing" and set(grant.terms.clusters) >= NEEDED:
                opened = partner.use(grant, partner.items(grant)[:64], PURPOSE)
                for credit in credits_for(opened.rows()):
                    verdict = "credit" if credit.granted else "no credit yet"
                    print(f"{credit.course}: {verdict}, {credit.units} units, mean score {credit.score}")


if __name__ == "__main__":
    main(*sys.argv[1:])
