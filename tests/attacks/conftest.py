"""A town for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.attacks.town import Town
from tests.attacks.town import town as founded


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    """A vault, an owner, a partner, and somebody between them who may lie."""
    with founded(tmp_path) as one:
        yield one
