"""The picture of a run: a bar for each target, as long as the part of it that was reached.

Plain SVG without a background, in greys and two colours that read on white as on black.
"""

from collections.abc import Sequence
from html import escape

from tests.bench.figure import Figure

WIDTH, LABELS, ROW, BAR = 900, 400, 24, 14
TARGET = 240
"""Pixels from the start of a bar to the line where the target is met."""
REACHED_MAX = 1.75
"""What is far beyond its target is drawn no longer than this."""
STYLE = """
text { font: 12px system-ui, sans-serif; fill: #444 }
.met { fill: #3f8f6b } .missed { fill: #c2723a } line { stroke: #888; stroke-dasharray: 3 3 }
@media (prefers-color-scheme: dark) { text { fill: #ccc } }
"""


def draw(figures: Sequence[Figure]) -> str:
    """An SVG with one bar for each figure that has a target."""
    rows = [(figure, figure.reached) for figure in figures if figure.reached is not None]
    height = ROW * (len(rows) + 1) + 8
    bars = "\n".join(_bar(figure, reached, ROW * (at + 1)) for at, (figure, reached) in enumerate(rows))
    line = LABELS + TARGET
    return f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img">
<title>What was measured, against its target</title>
<style>{STYLE}</style>
<text x="{line}" y="14" text-anchor="middle">target</text>
<line x1="{line}" y1="20" x2="{line}" y2="{height}"/>
{bars}
</svg>
"""


def _bar(figure: Figure, reached: float, top: int) -> str:
    width = round(min(reached, REACHED_MAX) * TARGET)
    kind, middle = "met" if figure.met else "missed", top + BAR - 3
    return (
        f'<text x="{LABELS - 8}" y="{middle}" text-anchor="end">{escape(figure.name)}</text>'
        f'<rect class="{kind}" x="{LABELS}" y="{top}" width="{width}" height="{BAR}" rx="2"/>'
        f'<text x="{LABELS + width + 6}" y="{middle}">{reached:.2f}</text>'
    )
