"""A town in a fresh database, on each kind of database."""

from collections.abc import Iterator

import pytest

from tests.vault.log.town import Town, town


@pytest.fixture
def acme_town(database_url: str) -> Iterator[Town]:
    """Three owners with a grant each, and the partner they gave it to."""
    with town(database_url) as built:
        yield built
