"""Receipts through the library, on one core and a durable SQLite, one by one and in batches."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from anchor.records.signed import Signed, by, verify
from anchor.records.usage import Use
from tests.bench import ceilings
from tests.bench.crowd import Crowd, crowd_in
from tests.bench.figure import Figure, rate
from vault.db import connect, writing
from vault.issuer import Issuer
from vault.keyring import read_keys
from vault.service import now_utc
from vault.stores import Stores
from vault.uses.flow import Answer, Asked, answer

BATCH = 100
ROUNDS = 3
ONE_BY_ONE_LEAST, IN_BATCHES_LEAST = 2_000, 10_000

Check = Callable[[Signed[Use]], Signed[Use]]
Write = Callable[[Sequence[Signed[Use]]], None]


def figures(folder: Path, quick: bool) -> Iterator[Figure]:
    """Uses through ``flow.answer``: verified before, and with their verification."""
    commit, sign, check = ceilings.committing(folder), ceilings.signing(), ceilings.verifying()
    yield Figure("one durable commit", commit, "/s")
    yield Figure("one Ed25519 signature made", sign, "/s")
    yield Figure("one Ed25519 signature checked", check, "/s")
    with crowd_in(folder, f"sqlite:///{folder / 'vault.sqlite3'}") as crowd:
        trusted = by(crowd.key.public)
        before = _Run(crowd, lambda use: use, 300 if quick else 1500, "a signature")
        yield before.one_by_one("receipts one by one", ceilings.both(commit, sign))
        yield before.in_batches("receipts in batches of 100", sign)
        within = _Run(crowd, lambda use: verify(use.raw, Use, trusted), before.count, "a signature, a check")
        yield within.one_by_one("… with the use verified", ceilings.both(commit, ceilings.both(sign, check)))
        yield within.in_batches("… with the uses verified", ceilings.both(sign, check))


@dataclass(frozen=True)
class _Run:
    """``count`` uses of a crowd, each looked at by ``check`` first; ``of`` what no receipt does without."""

    crowd: Crowd
    check: Check
    count: int
    of: str

    def one_by_one(self, name: str, ceiling: float) -> Figure:
        uses, write = iter(self.crowd.uses(ROUNDS * self.count)), writer_of(self.crowd, self.check)
        reached = rate(lambda: write([next(uses)]), self.count, rounds=ROUNDS)
        return Figure(name, reached, "/s", ceiling, f"a commit, {self.of}", least=ONE_BY_ONE_LEAST)

    def in_batches(self, name: str, ceiling: float) -> Figure:
        batches, write = self.count // BATCH, writer_of(self.crowd, self.check)
        uses = iter([self.crowd.uses(BATCH) for _ in range(ROUNDS * batches)])
        reached = rate(lambda: write(next(uses)), batches, each=BATCH, rounds=ROUNDS)
        return Figure(name, reached, "/s", ceiling, self.of, least=IN_BATCHES_LEAST)


def writer_of(crowd: Crowd, check: Check = lambda use: use) -> Write:
    """Write uses to a crowd's vault as its writer does, a list in one transaction."""
    settings = crowd.settings
    key = read_keys(settings.folder, settings.origin).records
    issuer = Issuer(settings.origin, key, settings.currency, settings.fee)
    connection = connect(settings.database_url)

    def write(uses: Sequence[Signed[Use]]) -> None:
        asked = [Asked(check(use), crowd.domain) for use in uses]
        with writing(connection) as transaction:
            answers = answer(asked, Stores.of(transaction), issuer, now_utc())
        assert all(isinstance(one, Answer) for one in answers), answers

    return write
