"""How the files of a log are served: their paths, and how long they keep. All logs here have the same."""

from typing import Annotated

from fastapi import Path

FOR_EVER = {"cache-control": "public, max-age=31536000, immutable"}
FOR_NOW = {"cache-control": "no-cache"}
TILE_PATH_MAX = 64
"""Level, six groups of digits and a width fit well into this."""

TilePath = Annotated[
    str,
    Path(
        max_length=TILE_PATH_MAX,
        description="<level>/<index>[.p/<width>], with entries as the level of entry bundles",
        examples=["0/x001/x234/067", "entries/000.p/8"],
    ),
]
