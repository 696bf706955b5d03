"""The day every device is lost: twelve words bring everything back, to the byte.

    make drill

An owner seals her months, grants, earns, removes a device, and writes on. Then every device
is gone. On a new machine, with an empty memory and the words from a sheet of paper, the vault
must open: the same sealed bytes, the same rows, the same grants, the same micros earned.
"""

import sys
import time
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

from planetvault.columns import write_column
from planetvault.memory import RamMemory
from planetvault.owner import Owner, RecoveryPhrase

from tests.attacks.town import Town, town
from tests.sdk.client.scene import plays

MONTHS = tuple(f"{year}-{month:02d}" for year in (2025, 2026) for month in range(1, 13))


def contents(owner: Owner) -> dict[str, str]:
    """The hash of every column of every item, opened."""
    return {
        f"{item.kind} {item.period} {name}": sha256(write_column(list(column))).hexdigest()
        for item in owner.items()
        for name, column in owner.open_item(item).columns.items()
    }


def standing(owner: Owner) -> list[tuple[bytes, str, int]]:
    """Every grant: its hash, where it stands, and how often it was used."""
    return [(one.hash, one.state, one.uses) for one in owner.grants()]


def live(one: Town) -> str:
    """A life with a vault; the words are all that is left of it."""
    phrase = RecoveryPhrase.new()
    one.owner.import_export(plays(*MONTHS))
    one.owner.add_locker(phrase)
    grant = one.used(3)
    lost = Owner.open_with(one.url, RamMemory(), phrase, transport=one.between, clock=one.clock)
    one.owner.remove_locker(next(locker.kid for locker in lost.lockers() if locker.here))
    one.owner.import_export(plays("2027-03"))
    one.partner.use(grant, one.partner.items(grant))
    return phrase.words


def drill(one: Town, say: Callable[[str], object]) -> None:
    """Lose everything but the words, and hold what comes back against what was."""
    words = live(one)
    before, grants = contents(one.owner), standing(one.owner)
    earned = sum(receipt.earned for receipt in one.owner.receipts())
    began = time.perf_counter()
    found = Owner.open_with(
        one.url, RamMemory(), RecoveryPhrase(words), transport=one.between, clock=one.clock
    )
    opened = time.perf_counter() - began
    restored = contents(found)
    took = time.perf_counter() - began
    assert restored == before, "a column came back other than it was sealed"
    assert standing(found) == grants, "a grant came back other than it was given"
    receipts = found.receipts()
    assert sum(receipt.earned for receipt in receipts) == earned > 0, "the earnings are not the same"
    assert found.statement().earned == earned, "the statement does not agree"
    found.import_export(plays("2027-02", name="After the loss"))
    counted = f"{len(before)} columns, {len(grants)} grants, {len(receipts)} receipts"
    say(f"drill: {counted}, {earned} micros earned, all restored")
    say(f"drill: from twelve words alone; opened in {opened:.2f} s, all read in {took:.2f} s; 0 differences")


def main() -> None:
    """Play it, and print what came back."""
    with TemporaryDirectory() as folder, town(Path(folder)) as one:
        drill(one, lambda line: sys.stdout.write(line + "\n"))


if __name__ == "__main__":
    main()
