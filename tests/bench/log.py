"""The log: a million leaves hashed again, appends, sequencing, a proof made and checked."""

import os
import random
import statistics
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import cycle
from pathlib import Path

from anchor.log import Log, MemoryLogStore
from anchor.merkle import TreeHead, leaf_hash, root
from anchor.note import NoteKey, Policy, WitnessKey, add_signatures
from anchor.records.checkpoint import Checkpoint
from anchor.records.proof import read_proof, write_proof
from anchor.records.signed import entry_of, hash_of
from anchor.records.tlog_proof import TlogProof
from anchor.records.trust import read_trust
from anchor.records.usage import Receipt
from anchor.verify import verify
from tests.bench import ceilings
from tests.bench.figure import Figure, seconds
from tests.records.examples import key
from tests.vault.world import settings_in
from tests.vectors.build_proofs import FOLDER as PROOFS
from vault.db import connect, writing
from vault.keyring import read_keys
from vault.log.sequence import BATCH_MAX, sequence
from vault.log.store import Entries

LEAVES = 1_000_000
APPENDED = 1000
COSIGNED, COSIGNED_MS_MOST, PROOF_BYTES_MOST = 3, 1.0, 1536
REBUILD_SECONDS_MOST, MADE_MS_MOST, CHECKED_MS_MOST = 3.0, 1.0, 2.0


def figures(folder: Path, quick: bool) -> Iterator[Figure]:
    """A million leaves; a tenth of them in a quick run, and a tenth of the time allowed."""
    leaves = LEAVES // (10 if quick else 1)
    hashes = ceilings.hashing()
    entries = [b"\x04" + os.urandom(32) for _ in range(leaves)]
    yield _rebuilt(entries, hashes)
    place = leaves // 3
    proof, trust = (PROOFS / "use.tlog-proof").read_bytes(), read_trust((PROOFS / "trust.json").read_bytes())
    materials = read_proof(proof).materials
    entries[place] = entry_of(Receipt, hash_of(Receipt, materials.receipt.encode()))
    log = Log(f"{trust.vault}/log", MemoryLogStore())
    yield _appended(log, entries, hashes)
    head = log.head()
    yield _made(log, head)
    yield from _cosigned(log, head, entries[place], place)
    note = log.checkpoint(head.size, NoteKey(log.origin, key("log")))
    path = log.inclusion(place, head.size)
    raw = bytes(write_proof(materials, index=place, path=path, checkpoint=note))
    checked = _milliseconds(lambda: verify(raw, trust), 300)
    yield Figure(
        f"proof file checked, {leaves:,} leaves",
        checked,
        "ms",
        most=CHECKED_MS_MOST,
        aside=f"{len(raw):,} bytes",
    )
    yield _sequenced(folder, entries[: 10_000 if quick else 30_000], hashes)


def _rebuilt(entries: list[bytes], hashes: float) -> Figure:
    took = seconds(lambda: root([leaf_hash(entry) for entry in entries]))
    name, most = f"tree of {len(entries):,} leaves rebuilt", REBUILD_SECONDS_MOST * len(entries) / LEAVES
    return Figure(name, took, "s", 2 * len(entries) / hashes, "its hashes alone", most=most)


def _appended(log: Log, entries: list[bytes], hashes: float) -> Figure:
    batches = [entries[at : at + APPENDED] for at in range(0, len(entries), APPENDED)]
    took = seconds(lambda: [log.append(batch) for batch in batches])
    name = f"entries appended, {APPENDED:,} at a time, in memory"
    return Figure(name, len(entries) / took, "/s", hashes / 2, "two hashes each")


def _made(log: Log, head: TreeHead) -> Figure:
    """Each from a tree that has read nothing yet: three tiles are read and hashed for one path."""
    places = cycle(random.Random(1).sample(range(head.size), 100))  # noqa: S311 - it guards nothing
    made = _milliseconds(lambda: log.inclusion(next(places), head.size), 300)
    return Figure(f"path made, {head.size:,} leaves", made, "ms", most=MADE_MS_MOST)


def _cosigned(log: Log, head: TreeHead, entry: bytes, place: int) -> Iterator[Figure]:
    """A proof alone, without the records it is about, with the lines of three witnesses."""
    ours = NoteKey(log.origin, key("log"))
    witnesses = [WitnessKey(f"witness.example/w{n}", key(f"witness {n}")) for n in range(1, COSIGNED + 1)]
    text, now = Checkpoint(log.origin, *head).text, datetime.now(UTC)
    lines = [witness.cosign(text, time=now) for witness in witnesses]
    note = add_signatures(log.checkpoint(head.size, ours), lines)
    raw = bytes(TlogProof(index=place, path=log.inclusion(place, head.size), checkpoint=note))
    policy = Policy(ours.verifier, tuple(witness.verifier for witness in witnesses), COSIGNED)
    checked = _milliseconds(lambda: TlogProof.parse(raw).verify(entry, policy), 300)
    yield Figure(f"proof with {COSIGNED} cosignatures checked", checked, "ms", most=COSIGNED_MS_MOST)
    yield Figure("… its size", len(raw), "bytes", most=PROOF_BYTES_MOST)


def _sequenced(folder: Path, entries: list[bytes], hashes: float) -> Figure:
    settings = settings_in(folder, f"sqlite:///{folder / 'log.sqlite3'}")
    note_key = read_keys(settings.folder, settings.origin).log
    connection = connect(settings.database_url)
    with writing(connection) as transaction:
        Entries(transaction).queue(entries)

    def all_of_them() -> None:
        for at in range(0, len(entries), BATCH_MAX):
            with writing(connection) as transaction:
                sequence(transaction, note_key, now=at)

    took = seconds(all_of_them)
    connection.close()
    name = f"entries sequenced, {BATCH_MAX:,} a commit, SQLite durable"
    return Figure(name, len(entries) / took, "/s", hashes / 2, "two hashes each")


def _milliseconds(work: Callable[[], object], count: int) -> float:
    """The median."""
    return statistics.median(seconds(work) for _ in range(count)) * 1000
