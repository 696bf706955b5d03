"""Play the demonstration while its processes die: ``python -m tests.faults.kills [rounds]``.

In each round the service or the worker is killed with SIGKILL, at moments nobody chose,
and started again, until the story ends. The story itself then checks that nothing was
lost and nothing happened twice: every receipt in its place, every balance equal to the
receipts, every proof good. Here the books are folded once more from the database alone.
"""

import random
import sqlite3
import sys
import threading
import time
from collections import Counter
from pathlib import Path

from planetvault.demo import story
from planetvault.demo.processes import RunningVault, wait_for
from planetvault.demo.scene import Stage

PAUSE_SECONDS = (0.3, 2.0)
"""Between two kills: long enough for something to happen."""
KILLS = 20
"""In one story; then it may come to its end, which a chain under fire never would."""


class Killer(threading.Thread):
    """Kills one process after another, and starts each again."""

    def __init__(self, vault: RunningVault, dice: random.Random) -> None:
        super().__init__(name="killer", daemon=True)
        self._vault, self._dice = vault, dice
        self._enough = threading.Event()
        self.kills: Counter[str] = Counter()

    def run(self) -> None:
        while sum(self.kills.values()) < KILLS and not self._enough.wait(self._dice.uniform(*PAUSE_SECONDS)):
            name = self._dice.choice(["service", "worker"])
            child = getattr(self._vault, name)
            child.kill()
            child.start()
            self.kills[name] += 1
            wait_for(self._vault)

    def stop(self) -> None:
        self._enough.set()
        self.join()


def play_round(seed: int) -> Counter[str]:
    """One story under fire; how often what was killed."""
    killers: list[Killer] = []

    def haunt(scene: Stage) -> None:
        killers.append(Killer(scene.vault, random.Random(seed)))  # noqa: S311 - the same deaths again, from the same seed
        killers[0].start()

    code = story.main(before=haunt, after=lambda _: killers[0].stop())
    if code:
        raise SystemExit(f"kills: the story of seed {seed} failed after {dict(killers[0].kills)}")
    verify_books(story.BUILD / "vault" / "vault.sqlite3")
    return killers[0].kills


def verify_books(database: Path) -> None:
    """Fold every transfer again, and hold receipts, chains and balances against the fold."""
    db = sqlite3.connect(database)
    fold: Counter[str] = Counter()
    for debit, credit, amount in db.execute("SELECT debit, credit, amount FROM transfers"):
        fold[debit] -= amount
        fold[credit] += amount
    assert sum(fold.values()) == 0, "the books do not sum to zero"
    for account, amount in db.execute("SELECT account, amount FROM balances"):
        assert fold[account] == amount, "a balance is not the fold of its transfers"
    shares = dict(
        db.execute("SELECT kind, SUM(amount) FROM transfers WHERE kind IN ('share', 'fee') GROUP BY kind")
    )
    price, fee = db.execute("SELECT SUM(price), SUM(fee) FROM receipts").fetchone()
    assert (shares["share"] + shares["fee"], shares["fee"]) == (price, fee), "money and receipts disagree"
    for chain, place in (("grant_hash", "seq"), ("account", "owner_seq")):
        query = f"SELECT COUNT(*), MAX({place}), COUNT(DISTINCT {place}) FROM receipts GROUP BY {chain}"  # noqa: S608 - two fixed words
        for counts in db.execute(query):
            assert len(set(counts)) == 1, "a chain of receipts has a gap or a double"


def main() -> None:
    """Play the rounds; the last line is the figure."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    started, kills = time.monotonic(), Counter[str]()
    for seed in range(rounds):
        kills.update(play_round(seed))
    said = ", ".join(f"{count} of the {name}" for name, count in sorted(kills.items()))
    print(f"kills: {rounds} stories whole after {said}, {time.monotonic() - started:.0f} s")  # noqa: T201


if __name__ == "__main__":
    main()
