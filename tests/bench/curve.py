"""The picture of growth: a line for each thing whose cost was measured at several sizes.

To the right a vault grows tenfold with each mark, upwards its cost in times of the first; a
flat line is the aim, the dashed one is twice the cost.
"""

from collections.abc import Sequence
from html import escape
from math import log10

from tests.bench.figure import Figure

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 900, 320, 60, 270, 20, 40
TIMES_MAX = 2.5
COLOURS = ("#3f8f6b", "#c2723a", "#4a78b5", "#8a5fa8")
STYLE = """
text { font: 12px system-ui, sans-serif; fill: #444 } .grid { stroke: #888; stroke-opacity: .4 }
.twice { stroke: #888; stroke-dasharray: 3 3 }
@media (prefers-color-scheme: dark) { text { fill: #ccc } }
"""

Line = list[tuple[int, float]]
"""Size, and cost in times of the first."""


def lines_of(figures: Sequence[Figure]) -> dict[str, Line]:
    """The figures that say at which size they were taken, by their name."""
    lines: dict[str, Line] = {}
    for one in figures:
        if one.at and one.ratio:
            lines.setdefault(one.name, []).append((one.at, one.ratio))
    return lines


def draw(figures: Sequence[Figure]) -> str:
    """An SVG with one line for each thing; nothing but its frame if nothing was measured so."""
    lines = lines_of(figures)
    sizes = sorted({size for line in lines.values() for size, _ in line}) or [1, 10]
    low, high = log10(sizes[0]), max(log10(sizes[-1]), log10(sizes[0]) + 1)

    def x(size: int) -> float:
        return round(LEFT + (log10(size) - low) / (high - low) * (WIDTH - LEFT - RIGHT), 1)

    def y(times: float) -> float:
        return round(HEIGHT - BOTTOM - min(times, TIMES_MAX) / TIMES_MAX * (HEIGHT - TOP - BOTTOM), 1)

    parts = [_across(y(times), times, "twice" if times == 2 else "grid") for times in (0, 1, 2)]
    parts += [f'<text x="{x(size)}" y="{HEIGHT - 18}" text-anchor="middle">{size:,}</text>' for size in sizes]
    for colour, line in zip(COLOURS, lines.values(), strict=False):
        points = " ".join(f"{x(size)},{y(times)}" for size, times in line)
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{x(size)}" cy="{y(times)}" r="3" fill="{colour}"/>' for size, times in line]
    parts += [_legend(at, name) for at, name in enumerate(lines)]
    inside = "\n".join(parts)
    return f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">
<title>What a use and an entry cost as the vault grows, in times of the first</title>
<style>{STYLE}</style>
{inside}
</svg>
"""


def _across(y: float, times: float, kind: str) -> str:
    line = f'<line class="{kind}" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y}" y2="{y}"/>'
    return line + f'<text x="{LEFT - 8}" y="{y + 4}" text-anchor="end">{times}</text>'


def _legend(at: int, name: str) -> str:
    y, x = TOP + 10 + 20 * at, WIDTH - RIGHT + 20
    colour = COLOURS[at % len(COLOURS)]
    mark = f'<circle cx="{x}" cy="{y}" r="4" fill="{colour}"/>'
    return mark + f'<text x="{x + 10}" y="{y + 4}">{escape(name)}</text>'
