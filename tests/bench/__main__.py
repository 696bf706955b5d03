"""Measure a use, a receipt and a proof beside the ceilings of this machine: ``make bench``.

``--quick`` takes a tenth of the time. Writes build/bench/figures.json and figures.svg.
"""

import json
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

from tests.bench import library, over_http
from tests.bench.figure import Figure

BUILD = Path("build/bench")
BAR, ROW = 420, 26


def main() -> None:
    """Print each figure as it is found; the last line is the figure of the run."""
    quick, found = "--quick" in sys.argv, []
    print(f"{'':<58}{'':>11}    {'ceiling':>10}{'ratio':>6}  target")  # noqa: T201
    for part in (library, over_http):
        with tempfile.TemporaryDirectory() as folder:
            for figure in part.figures(Path(folder), quick):
                print(figure.line, flush=True)  # noqa: T201
                found.append(figure)
    BUILD.mkdir(parents=True, exist_ok=True)
    rows = [asdict(one) | {"ratio": one.ratio, "met": one.met} for one in found]
    (BUILD / "figures.json").write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")
    (BUILD / "figures.svg").write_text(picture(found), encoding="utf-8")
    judged = [one for one in found if one.met is not None]
    print(f"bench: {sum(bool(one.met) for one in judged)} of {len(judged)} targets met")  # noqa: T201


def picture(found: list[Figure]) -> str:
    """Every judged figure as a bar against its target, which is the line."""
    judged = [one for one in found if one.met is not None]
    bars = "".join(_bar(one, place) for place, one in enumerate(judged))
    height = ROW * len(judged) + 20
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="960" height="{height}" font-family="sans-serif" '
        f'font-size="13"><rect width="960" height="{height}" fill="#fff"/>{bars}'
        f'<line x1="{420 + BAR / 2}" y1="0" x2="{420 + BAR / 2}" y2="{height}" stroke="#222"/></svg>\n'
    )


def _bar(figure: Figure, place: int) -> str:
    ratio = figure.ratio or 0.0
    reached = ratio / figure.target if figure.target else 1 / ratio if ratio else 0.0
    width, y = min(reached, 2.0) * BAR / 2, place * ROW + 10
    colour = "#2a7f62" if figure.met else "#b3541e"
    return (
        f'<text x="410" y="{y + 13}" text-anchor="end" fill="#222">{figure.name}</text>'
        f'<rect x="420" y="{y}" width="{width:.0f}" height="18" fill="{colour}"/>'
    )


if __name__ == "__main__":
    main()
