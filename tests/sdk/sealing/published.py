"""Test vectors published by others. They lie beside the repository, not in it."""

import json
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).parents[4] / "shared" / "vectors" / "crypto"


def published(name: str) -> Any:
    """The content of one file; the test that asks skips without it."""
    path = FOLDER / name
    if not path.exists():
        pytest.skip(f"needs the published vectors {name}")
    return json.loads(path.read_text())
