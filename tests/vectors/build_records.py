"""Write the vectors of the signed records: ``python -m tests.vectors.build_records``.

Every key and salt is fixed, and Ed25519 signs without chance, so the same files come
out everywhere. A test demands that the files in the repository are these.
"""

from itertools import chain
from pathlib import Path

from tests.vectors.folder import fill
from tests.vectors.record_scenarios import (
    accepted,
    account_chains,
    fields,
    histories,
    journals,
    payload,
    signatures,
    terms,
    wrapper,
)

FOLDER = Path(__file__).parent / "records"
_THEMES = (accepted, wrapper, payload, fields, terms, signatures, histories, account_chains, journals)


def build() -> dict[str, bytes]:
    """Every vector, by file name."""
    scenarios = list(chain.from_iterable(theme.scenarios() for theme in _THEMES))
    files = {f"{scenario.name}.json": scenario.file() for scenario in scenarios}
    assert len(files) == len(scenarios), "two scenarios share a name"
    return files


if __name__ == "__main__":
    fill(FOLDER, build())
