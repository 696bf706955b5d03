"""A database that came back older, or another, writes nothing: not one entry, not one signature."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from anchor.chain.finality import Finality
from anchor.chain.memory import MemoryChain
from anchor.keys import SigningKey
from anchor.note import NoteKey
from anchor.records.checkpoint import Checkpoint
from tests.vault.log.town import LOG_KEY, LOG_ORIGIN, NOW, RECORDS_KEY, Town, seed
from vault.db import reading, writing
from vault.errors import ReadOnly, status_of
from vault.keyring import Keyring
from vault.log import guard
from vault.log.guard import Compared, Halted, log_id_of, verify_history
from vault.log.kept import KEPT_NAME, KeptCheckpoint
from vault.log.sequence import publish, sequence
from vault.log.store import Checkpoints
from vault.worker import Worker
from vault.worker.duties import SEQUENCE

SECONDS = int(NOW.timestamp())


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "kept" / KEPT_NAME


@pytest.fixture
def kept(path: Path) -> KeptCheckpoint:
    return KeptCheckpoint(path, LOG_KEY.verifier)


@pytest.fixture
def worker(acme_town: Town, kept: KeptCheckpoint) -> Iterator[Worker]:
    worker = Worker(acme_town.url, Keyring(RECORDS_KEY, LOG_KEY), kept=kept, clock=lambda: NOW)
    yield worker
    worker.close()


def checkpoint(size: int, root: bytes, key: NoteKey = LOG_KEY) -> bytes:
    return Checkpoint(key.name, size, root).sign(key)


def grow(town: Town, kept: KeptCheckpoint | None, count: int = 3) -> None:
    town.use(town.households[0], count)
    with writing(town.connection) as transaction:
        sequence(transaction, LOG_KEY, SECONDS)
    publish(town.connection, LOG_ORIGIN, kept)


def look(town: Town, kept: KeptCheckpoint | None, chain: MemoryChain | None = None) -> Compared:
    return verify_history(town.connection, LOG_ORIGIN, kept, chain)


def test_an_empty_database_with_nothing_kept_may_begin(acme_town: Town, kept: KeptCheckpoint) -> None:
    assert look(acme_town, kept) == Compared(kept=False, chain=False)


def test_a_database_that_holds_all_that_was_published_passes(acme_town: Town, kept: KeptCheckpoint) -> None:
    grow(acme_town, kept)
    assert look(acme_town, kept) == Compared(kept=True, chain=False)
    grow(acme_town, None)  # crashed before the file was written
    assert look(acme_town, kept) == Compared(kept=True, chain=False)


def test_a_restored_database_is_behind_its_kept_checkpoint(
    acme_town: Town, kept: KeptCheckpoint, worker: Worker
) -> None:
    grow(acme_town, None)
    kept.write(checkpoint(5, seed("a root from later")))
    with pytest.raises(ReadOnly, match="which this database has not reached"):
        look(acme_town, kept)
    acme_town.use(acme_town.households[1])
    outcome = next(outcome for outcome in worker.once() if outcome.duty == SEQUENCE)
    assert type(outcome.error) is ReadOnly
    assert acme_town.rows("SELECT size FROM log_heads") == [(3,)]
    with pytest.raises(Halted):
        look(acme_town, None)


def test_a_kept_checkpoint_with_another_root_stops_the_start(acme_town: Town, kept: KeptCheckpoint) -> None:
    grow(acme_town, None)
    kept.write(checkpoint(3, seed("another root")))
    with pytest.raises(ReadOnly, match="another root"):
        look(acme_town, kept)


def test_the_file_is_compared_again_before_each_publication(acme_town: Town, kept: KeptCheckpoint) -> None:
    grow(acme_town, kept)
    kept.write(checkpoint(2, seed("another root")))
    with pytest.raises(ReadOnly):
        grow(acme_town, kept)
    with reading(acme_town.connection) as transaction:
        assert Checkpoints(transaction, LOG_ORIGIN).published_size() == 3


@pytest.mark.parametrize("content", [b"", b"nonsense", b"\xff" * 200_000])
def test_a_damaged_file_is_not_taken_for_a_missing_one(
    acme_town: Town, kept: KeptCheckpoint, path: Path, content: bytes
) -> None:
    kept.write(b"")
    path.write_bytes(content)
    with pytest.raises(ReadOnly):
        look(acme_town, kept)


def test_a_checkpoint_by_another_key_is_not_ours(acme_town: Town, kept: KeptCheckpoint) -> None:
    grow(acme_town, kept)
    other = NoteKey(LOG_ORIGIN, SigningKey(seed("another log")))
    kept.write(checkpoint(3, seed("root"), other))
    with pytest.raises(ReadOnly, match="can't be read"):
        look(acme_town, kept)


def chain_with(size: int, root: bytes) -> MemoryChain:
    chain = MemoryChain(Finality.parse("depth:2"))
    chain.send(chain.prepare(log_id_of(LOG_ORIGIN), size, root, nonce=0, fees=chain.quote()).raw)
    return chain


def test_a_contract_that_is_ahead_or_different_stops_the_start(acme_town: Town) -> None:
    grow(acme_town, None)
    with pytest.raises(ReadOnly, match="has not reached"):
        look(acme_town, None, chain_with(4, seed("later")))
    with pytest.raises(ReadOnly, match="this log"):
        look(acme_town, None, chain_with(2, seed("different")))
    with reading(acme_town.connection) as transaction:
        own = guard.root_at(transaction, LOG_ORIGIN, 2)
    assert own is not None
    assert look(acme_town, None, chain_with(2, own)) == Compared(kept=False, chain=True)


def test_a_chain_that_does_not_answer_is_not_a_contradiction(acme_town: Town) -> None:
    chain = chain_with(1, seed("root"))
    chain.fail("down", 5)
    assert look(acme_town, None, chain) == Compared(kept=False, chain=False)


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE log_heads SET size = 2",
        "UPDATE log_heads SET root = (SELECT hash FROM receipts LIMIT 1)",
        "UPDATE log_tiles SET hashes = substr(hashes, 2) WHERE level = 0",
        "DELETE FROM log_tiles WHERE level = 0",
        "DELETE FROM checkpoints",
        "UPDATE checkpoints SET root = (SELECT hash FROM receipts LIMIT 1)",
    ],
)
def test_a_database_that_contradicts_itself_stops_the_start(acme_town: Town, damage: str) -> None:
    grow(acme_town, None)
    with writing(acme_town.connection) as transaction:
        assert transaction.run(damage)
    with pytest.raises(ReadOnly):
        look(acme_town, None)


def test_a_database_of_another_log_stops_the_start(acme_town: Town) -> None:
    grow(acme_town, None)
    with pytest.raises(ReadOnly, match="holds the log"):
        verify_history(acme_town.connection, "other.example/log", None, None)


def test_a_halted_log_stays_so_until_it_is_resumed(acme_town: Town, worker: Worker) -> None:
    acme_town.use(acme_town.households[0])
    with writing(acme_town.connection) as transaction:
        guard.halt(transaction, "somebody looked at it", SECONDS)
    assert {type(o.error) for o in worker.once() if o.duty == SEQUENCE} == {Halted}
    assert acme_town.rows("SELECT COUNT(*) FROM log_halts") == [(1,)]
    with writing(acme_town.connection) as transaction:
        guard.resume(transaction)
    assert all(outcome.error is None for outcome in worker.once())
    assert acme_town.rows("SELECT size FROM log_heads") == [(1,)]
    assert status_of(Halted) == 503


class FullDisk(KeptCheckpoint):
    """A file that can't be written."""

    def write(self, note: bytes) -> None:  # noqa: ARG002 - it never gets there
        raise OSError(28, "No space left on device")


def test_a_checkpoint_that_is_not_on_the_disk_is_not_shown(acme_town: Town, path: Path) -> None:
    with pytest.raises(OSError, match="No space"):
        grow(acme_town, FullDisk(path, LOG_KEY.verifier))
    with reading(acme_town.connection) as transaction:
        assert Checkpoints(transaction, LOG_ORIGIN).published() is None
    kept = KeptCheckpoint(path, LOG_KEY.verifier)
    shown = publish(acme_town.connection, LOG_ORIGIN, kept)
    assert shown is not None
    assert kept.read() == Checkpoint(LOG_ORIGIN, shown.size, shown.root)
    assert publish(acme_town.connection, LOG_ORIGIN, kept) is None
    assert [file.name for file in path.parent.iterdir()] == [KEPT_NAME]
