"""Old favourites for each part of the day: python music_recommendations.py URL MEMORY.

For every owner who granted what she plays and when. A favourite is what she played to
the full again and again; it is worth suggesting when she has not heard it for a while.
"""

import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from planetvault import FileMemory, Partner

NEEDED = {"music.play/what", "music.play/when"}
PURPOSE = "dpv:ServicePersonalisation"
HEARD_MS = 30_000
"""A play that broke off sooner says that she did not want it."""
AWAY = timedelta(days=3)
SUGGESTED_MAX = 3


def suggest(rows: Iterable[Mapping[str, Any]]) -> dict[str, list[str]]:
    """For each part of the day (UTC), titles she liked then and has not heard of late, most heard first.

    "Of late" counts back from the newest play among the rows; titles heard alike come by name.
    """
    plays: defaultdict[str, Counter[str]] = defaultdict(Counter)
    heard: dict[str, datetime] = {}
    for row in rows:
        time = datetime.fromisoformat(row["end"] or row["start"])
        if row["media"] == "track" and row["played_ms"] >= HEARD_MS:
            title = f"{', '.join(row['by'])}: {row['name']}"
            plays[_part(time)][title] += 1
            heard[title] = max(time, heard.get(title, time))
    newest = max(heard.values(), default=None)
    return {
        part: [title for title in _ranked(counts) if counts[title] > 1 and newest - heard[title] > AWAY][
            :SUGGESTED_MAX
        ]
        for part, counts in sorted(plays.items())
        if newest
    }


def _ranked(counts: Counter[str]) -> list[str]:
    return sorted(counts, key=lambda title: (-counts[title], title))


def _part(time: datetime) -> str:
    return ("night", "morning", "afternoon", "evening")[time.hour // 6]


def main(url: str, memory: str) -> None:
    """Open what is granted, pay for it, and print what to suggest."""
    with Partner.open(url, FileMemory(memory)) as partner:
        for grant in partner.grants():
            if grant.state == "standing" and set(grant.terms.clusters) >= NEEDED:
                opened = partner.use(grant, partner.items(grant)[:64], PURPOSE)
                for part, titles in suggest(opened.rows()).items():
                    print(f"{part}: {'; '.join(titles) or 'nothing she misses'}")


if __name__ == "__main__":
    main(*sys.argv[1:])
