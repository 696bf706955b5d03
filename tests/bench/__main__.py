"""Measure a use, a receipt, a proof and a seal beside the ceilings of the same run: ``make bench``.

``--quick`` is done in about a minute, ``--only NAME`` does one part: receipts, http, log,
sealing, streams, files or solid; ``--long`` shows in half an hour how costs grow with a vault. Each part
writes build/bench/NAME.json; picture.svg shows what was measured against its target, growth.svg
the growth. The last line is the figure of the run.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path

from tests.bench import curve, files, growth, log, over_http, receipts, sealing, solid, streams
from tests.bench.figure import Figure
from tests.bench.picture import draw

BUILD = Path("build/bench")
LONG = "growth"
WIDTHS = (57, 13, 41, 6, 14, 8)
TITLES = ("", "measured", "beside", "ratio", "target", "")

Part = Callable[[Path, bool], Iterator[Figure]]
PARTS: dict[str, Part] = {
    "receipts": receipts.figures,
    "http": over_http.figures,
    "log": log.figures,
    "sealing": sealing.figures,
    "streams": streams.figures,
    "files": files.figures,
    "solid": solid.figures,
}


def main() -> None:
    """Print each figure as it is found, and keep them all."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench")
    parser.add_argument("--quick", action="store_true", help="fewer of everything")
    parser.add_argument("--only", choices=PARTS, help="one part")
    parser.add_argument("--long", action="store_true", help="how costs grow with a vault, and nothing else")
    options = parser.parse_args()
    BUILD.mkdir(parents=True, exist_ok=True)
    _say(TITLES)
    names = [LONG] if options.long else [name for name in PARTS if options.only in (None, name)]
    found = [figure for name in names for figure in _run(name, options.quick)]
    picture, drawn = ("growth.svg", curve.draw(found)) if options.long else ("picture.svg", draw(found))
    (BUILD / picture).write_text(drawn, encoding="utf-8")
    judged = [figure for figure in found if figure.met is not None]
    sys.stdout.write(f"bench: {sum(bool(one.met) for one in judged)} of {len(judged)} targets met\n")


def _run(name: str, quick: bool) -> list[Figure]:
    found = []
    with tempfile.TemporaryDirectory(prefix="planetvault-bench-") as folder:
        part = growth.figures if name == LONG else PARTS[name]
        for figure in part(Path(folder), quick):
            _say(figure.cells)
            found.append(figure)
    rows = [asdict(one) | {"ratio": one.ratio, "met": one.met} for one in found]
    (BUILD / f"{name}.json").write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n", "utf-8")
    return found


def _say(cells: tuple[str, ...]) -> None:
    columns = [f"{cell:<{width}}" for cell, width in zip(cells, WIDTHS, strict=False)]
    sys.stdout.write(" ".join([*columns, *cells[len(WIDTHS) :]]).rstrip() + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
