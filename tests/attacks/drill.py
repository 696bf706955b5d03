"""The day every device is lost: twelve words, or two of three guardians, bring everything back, to the byte.

    make drill

An owner seals her months, grants, earns, removes a device, and writes on. Once her guardians try to
get in behind her back, and a device says no. Then every device is gone. On a new machine with an empty
memory the vault must open: the same sealed bytes, the same rows, the same grants, the same micros
earned; from the words on a sheet of paper alone, and from two guardians alone after the waiting
period. One guardian alone must get nowhere.
"""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

from planetvault.columns import write_column
from planetvault.errors import OpensNothing, StillWaiting, Vetoed
from planetvault.guardian import Guardian, Recovery
from planetvault.memory import RamMemory
from planetvault.owner import Owner, RecoveryPhrase
from planetvault.owner.guardians import WAITING

from tests.attacks.town import Town, town
from tests.sdk.client.scene import plays

MONTHS = tuple(f"{year}-{month:02d}" for year in (2025, 2026) for month in range(1, 13))
LIN = "Lin"
Say = Callable[[str], object]


@dataclass(frozen=True, slots=True)
class Vault:
    """What an owner has: the hash of every column opened, her grants, and what she earned."""

    columns: dict[str, str] = field(repr=False)
    grants: list[tuple[bytes, str, int]]
    receipts: list[bytes]
    earned: int

    @classmethod
    def of(cls, owner: Owner) -> "Vault":
        """Everything, read and checked by this device."""
        receipts = owner.receipts()
        earned = sum(receipt.earned for receipt in receipts)
        assert owner.statement().earned == earned > 0, "the statement does not agree"
        columns = {
            f"{item.kind} {item.period} {name}": sha256(write_column(list(column))).hexdigest()
            for item in owner.items()
            for name, column in owner.open_item(item).columns.items()
        }
        grants = [(one.hash, one.state, one.uses) for one in owner.grants()]
        return cls(columns, grants, [one.receipt.hash for one in receipts], earned)


def live(one: Town) -> tuple[RecoveryPhrase, list[Guardian]]:
    """A life with a vault; the words and the guardians are all that is left of it."""
    phrase, guardians = RecoveryPhrase.new(), [Guardian(RamMemory()) for _ in range(3)]
    one.owner.import_export(plays(*MONTHS))
    one.owner.add_locker(phrase)
    letters = one.owner.add_guardians([guardian.invitation for guardian in guardians], threshold=2)
    for guardian, letter in zip(guardians, letters, strict=True):
        guardian.keep(letter, LIN)
    grant = one.used(3)
    lost = Owner.open_with(one.url, RamMemory(), phrase, transport=one.between, clock=one.clock)
    one.owner.remove_locker(next(locker.kid for locker in lost.lockers() if locker.here))
    one.owner.import_export(plays("2027-03"))
    one.partner.use(grant, one.partner.items(grant))
    return phrase, guardians


def gathered(*guardians: Guardian) -> Recovery:
    """A new device to which these guardians sent their shares, after comparing the number."""
    recovery = Recovery(RamMemory())
    for guardian in guardians:
        recovery.take(guardian.send(LIN, recovery.plea, recovery.number))
    return recovery


def ask(one: Town, recovery: Recovery, memory: RamMemory) -> Owner:
    """Try to open the account with what the guardians sent."""
    return Owner.open_with(one.url, memory, recovery.opener(), transport=one.between, clock=one.clock)


def veto(one: Town, guardians: list[Guardian]) -> None:
    """Two guardians try it while she still has a device; it is told, and stops them."""
    recovery, memory = gathered(*guardians[:2]), RamMemory()
    waits(one, recovery, memory)
    [notice] = one.owner.openings()
    one.owner.veto(notice)
    one.clock.pass_by(days=WAITING.days + 1)
    try:
        ask(one, recovery, memory)
    except Vetoed:
        return
    raise AssertionError("a veto did not stop the guardians")


def waits(one: Town, recovery: Recovery, memory: RamMemory) -> None:
    """Guardians ask, and nothing opens yet."""
    try:
        ask(one, recovery, memory)
    except StillWaiting:
        return
    raise AssertionError("the account opened without a wait")


def one_guardian(guardians: list[Guardian]) -> None:
    """One alone brings nothing back."""
    try:
        gathered(guardians[0]).opener()
    except OpensNothing:
        return
    raise AssertionError("one guardian was enough")


def by_words(one: Town, words: str) -> Owner:
    """An empty device and a sheet of paper."""
    phrase = RecoveryPhrase(words)
    return Owner.open_with(one.url, RamMemory(), phrase, transport=one.between, clock=one.clock)


def by_guardians(one: Town, guardians: list[Guardian]) -> Owner:
    """An empty device, two guardians, and a week of waiting."""
    recovery, memory = gathered(*guardians[1:]), RamMemory()
    waits(one, recovery, memory)
    one.clock.pass_by(days=WAITING.days)
    return ask(one, recovery, memory)


def restored(how: str, opened: Callable[[], Owner], before: Vault, say: Say) -> Owner:
    """Open, read everything, and hold it against what was."""
    began = time.perf_counter()
    owner = opened()
    took = time.perf_counter() - began
    assert Vault.of(owner) == before, f"something came back other than it was: {how}"
    read = time.perf_counter() - began
    say(f"drill: {how}: opened in {took:.2f} s, all read in {read:.2f} s; 0 differences")
    return owner


def drill(one: Town, say: Say) -> None:
    """Lose everything but words and guardians, and hold what comes back against what was."""
    phrase, guardians = live(one)
    veto(one, guardians)
    say("drill: two guardians tried it behind her back: a device said no, and nothing opened")
    before = Vault.of(one.owner)
    counted = f"{len(before.columns)} columns, {len(before.grants)} grants, {len(before.receipts)} receipts"
    say(f"drill: {counted}, {before.earned} micros earned; now every device is lost")
    restored("from twelve words alone", lambda: by_words(one, phrase.words), before, say)
    one_guardian(guardians)
    say("drill: from one of three guardians: nothing")
    found = restored(
        "from two of three guardians alone, after a week", lambda: by_guardians(one, guardians), before, say
    )
    found.import_export(plays("2027-02", name="After the loss"))
    say("drill: everything restored, twice; a veto and a lone guardian were stopped")


def main() -> None:
    """Play it, and print what came back."""
    with TemporaryDirectory() as folder, town(Path(folder)) as one:
        drill(one, lambda line: sys.stdout.write(line + "\n"))


if __name__ == "__main__":
    main()
