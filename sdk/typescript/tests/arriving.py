# ruff: noqa: INP001 - a script that the tests run, no package
"""Move into the vault at URL with a BUNDLE and the WORDS that open it, and say what came."""

import sys
import tempfile
from pathlib import Path

from planetvault.memory import RamMemory
from planetvault.owner import Owner, RecoveryPhrase


def told(owner: Owner, folder: Path) -> str:
    """The title of her one play, the text of her one letter, and how many receipts the past has."""
    columns = [owner.open_item(item).columns for item in owner.items()]
    titles = [one["name"][0] for one in columns if "by" in one]
    letters = [file for file in owner.files() if file.name == "letter.txt"]
    texts = [owner.get_blob(file, folder / file.name).read_text() for file in letters]
    counts = [f"{past.receipts} receipts" for _, past in owner.past(folder)]
    return "; ".join([*titles, *texts, *counts])


def main(url: str, bundle: str, words: str) -> None:
    """Arrive, and print it."""
    opener, memory = RecoveryPhrase(words), RamMemory()
    with Owner.arrive(url, memory, bundle, opener) as owner, tempfile.TemporaryDirectory() as folder:
        sys.stdout.write(told(owner, Path(folder)) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
