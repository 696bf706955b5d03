"""The laboratories, each started anew for every test."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from planetvault.demo.anvil import AnvilMissingError, find_anvil

from tests.anchor.chain.laboratories import AnvilLaboratory, Laboratory, MemoryLaboratory


@pytest.fixture
def anvil(tmp_path: Path) -> Iterator[AnvilLaboratory]:
    """A real node; skips where its binary is not installed."""
    try:
        find_anvil()
    except AnvilMissingError as missing:
        pytest.skip(str(missing))
    laboratory = AnvilLaboratory.start(tmp_path)
    yield laboratory
    laboratory.close()


@pytest.fixture(params=["memory", "anvil"])
def laboratory(request: pytest.FixtureRequest) -> Laboratory:
    """Each test in it runs on the twin and on a real node."""
    if request.param == "memory":
        return MemoryLaboratory()
    node: AnvilLaboratory = request.getfixturevalue("anvil")
    return node
