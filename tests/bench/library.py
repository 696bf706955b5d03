"""Receipts written through the library, beside what they can't be faster than."""

import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from anchor.keys import SigningKey, verify_signature
from anchor.log import Log, MemoryLogStore
from anchor.merkle import root
from anchor.records.signed import Signed, by, verify
from anchor.records.trust import read_trust
from anchor.records.usage import Use
from anchor.verify import verify as verify_proof
from tests.bench.crowd import Crowd, crowd_in
from tests.bench.figure import Figure
from tests.vectors.build_proofs import FOLDER as PROOFS
from vault.db import connect, writing
from vault.issuer import Issuer
from vault.keyring import read_keys
from vault.service import now_utc
from vault.stores import Stores
from vault.uses.flow import Answer, Asked, answer

LEAVES = 1_000_000


def rate(work: Callable[[], object], count: int, each: int = 1) -> float:
    """How often a second, over ``count`` calls that do ``each`` pieces of work."""
    begun = time.perf_counter()
    for _ in range(count):
        work()
    return count * each / (time.perf_counter() - begun)


def figures(folder: Path, quick: bool) -> Iterator[Figure]:
    """Uses through flow.answer on SQLite with durable commits; then the log and the verifier."""
    with crowd_in(folder, f"sqlite:///{folder / 'vault.sqlite3'}") as crowd:
        yield from _uses(crowd, 300 if quick else 2000)
    yield from _log(quick)


def _uses(crowd: Crowd, count: int) -> Iterator[Figure]:
    partner = crowd.worlds[0]
    keys = read_keys(crowd.settings.folder, crowd.settings.origin)
    issuer = Issuer(crowd.settings.origin, keys.records, crowd.settings.currency, crowd.settings.fee)
    connection = connect(crowd.settings.database_url)

    def write(uses: Sequence[Signed[Use]]) -> None:
        asked = [Asked(verify(one.raw, Use, by(partner.partner.public)), partner.domain) for one in uses]
        with writing(connection) as transaction:
            answers = answer(asked, Stores.of(transaction), issuer, now_utc())
        assert all(isinstance(one, Answer) for one in answers)

    key, message = SigningKey.generate(), bytes(600)
    signature = key.sign(message)
    bound = 1 / (
        1 / rate(lambda: key.sign(message), 2000)
        + 1 / rate(lambda: verify_signature(key.public, message, signature), 2000)
    )
    single, batches = iter(crowd.uses(count)), iter([crowd.uses(100) for _ in range(max(3, count // 100))])
    one_by_one = rate(lambda: write([next(single)]), count)
    batched = rate(lambda: write(next(batches)), max(3, count // 100), 100)
    yield Figure("receipts one by one, library, SQLite durable", one_by_one, "/s", bound, 2000 / bound)
    yield Figure("receipts in batches of 100, library", batched, "/s", bound, 10_000 / bound)
    connection.close()


def _log(quick: bool) -> Iterator[Figure]:
    leaves = [n.to_bytes(32, "big") for n in range(LEAVES // (10 if quick else 1))]
    begun = time.perf_counter()
    root(leaves)
    yield Figure(f"tree of {len(leaves):,} leaves rebuilt", time.perf_counter() - begun, "s", most=3.0)
    log = Log("vault.example/log", MemoryLogStore())
    for _ in range(20):
        log.append([b"\x04" + leaf for leaf in leaves[:5000]])
    made = rate(lambda: log.inclusion(4711, 100_000), 200)
    yield Figure("proof made at 100,000 entries", 1000 / made, "ms", most=1.0)
    proof, trust = (
        (PROOFS / "use_anchored.tlog-proof").read_bytes(),
        read_trust((PROOFS / "trust.json").read_bytes()),
    )
    yield Figure("proof file verified", 1000 / rate(lambda: verify_proof(proof, trust), 200), "ms", most=2.0)
