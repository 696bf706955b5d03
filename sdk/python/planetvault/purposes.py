"""The purposes of the W3C Data Privacy Vocabulary, and which is narrower than which: purposes.json."""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files


@cache
def broader() -> Mapping[str, tuple[str, ...]]:
    """Each purpose this device knows, with those right above it: some have two."""
    text = files("planetvault").joinpath("purposes.json").read_text("utf-8")
    found: dict[str, list[str]] = json.loads(text)["broader"]
    return {purpose: tuple(above) for purpose, above in found.items()}


def above(purpose: str) -> Iterator[str]:
    """Every purpose that a known one is narrower than."""
    for one in broader()[purpose]:
        yield one
        yield from above(one)
