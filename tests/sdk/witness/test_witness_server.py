"""The witness over HTTP: durable before it answers, and it never starts without its memory."""

import shutil
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import httpx2
import pytest
from planetvault.witness.command import DONE, FORKED, USAGE, main
from planetvault.witness.server import WitnessServer
from planetvault.witness.store import (
    COUNT_NAME,
    DATABASE_NAME,
    LostDatabase,
    SqliteWitnessStore,
    make_witness,
    read_key,
)

from anchor.keys import SigningKey
from anchor.log import Log, MemoryLogStore
from anchor.note import NoteKey
from anchor.records.checkpoint import Checkpoint
from anchor.witness import SIZE_TYPE, Request, Witness, read_answer

NOW = datetime(2027, 3, 14, 9, 26, 53, tzinfo=UTC)
LOG_KEY = NoteKey("log.example", SigningKey(b"l" * 32))
LOG = Log(LOG_KEY.name, MemoryLogStore())
LOG.append([bytes([1]) + number.to_bytes(32, "big") for number in range(600)])
FORK = Log(LOG_KEY.name, MemoryLogStore())
FORK.append([bytes([2]) + number.to_bytes(32, "big") for number in range(600)])


def request(old: int, new: int, log: Log = LOG) -> bytes:
    path = log.consistency(old, new) if old else ()
    return bytes(Request(old, path, Checkpoint(log.origin, new, log.root(new)).sign(LOG_KEY)))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    make_witness(tmp_path / "w", "witness.example/w1")
    return tmp_path / "w"


def open_witness(folder: Path) -> tuple[Witness, SqliteWitnessStore]:
    key = read_key(folder)
    store = SqliteWitnessStore(folder, key)
    return Witness(key, [LOG_KEY.verifier], store), store


@pytest.fixture
def url(folder: Path) -> Iterator[str]:
    witness, store = open_witness(folder)
    with WitnessServer(("127.0.0.1", 0), witness, lambda: NOW) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()
    store.close()


def test_the_statuses_are_those_of_the_protocol(folder: Path, url: str) -> None:
    witness, store = open_witness(folder)
    with httpx2.Client(base_url=url) as client:
        answer = client.post("/add-checkpoint", content=request(0, 300))
        assert answer.status_code == 200
        note = Request.parse(request(0, 300)).checkpoint
        read_answer(answer.content, note, LOG_KEY.verifier, witness.key.verifier)
        stale = client.post("/add-checkpoint", content=request(0, 400))
        assert (stale.status_code, stale.text, stale.headers["content-type"]) == (409, "300\n", SIZE_TYPE)
        assert client.post("/add-checkpoint", content=request(300, 400, FORK)).status_code == 422
        assert client.post("/add-checkpoint", content=request(300, 300, FORK)).status_code == 409
        assert client.post("/add-checkpoint", content=b"hello").status_code == 400
        assert client.post("/elsewhere", content=request(300, 400)).status_code == 404
        shown = client.get(f"/{sha256(b'log.example').hexdigest()}/checkpoint")
        assert shown.content == witness.newest("log.example")
        assert client.get(f"/{'0' * 64}/checkpoint").status_code == 404
    with httpx2.Client(base_url=url) as client:
        assert client.post("/add-checkpoint", content=bytes(10**6)).status_code == 413
    assert len(store.evidence()) == 2
    store.close()


def test_what_it_cosigned_it_knows_after_it_was_started_again(folder: Path) -> None:
    witness, store = open_witness(folder)
    witness.add_checkpoint(request(0, 300), NOW)
    store.close()
    again, store = open_witness(folder)
    note = again.newest("log.example")
    assert note is not None
    assert note.startswith(b"log.example\n300\n")
    store.close()


@pytest.mark.parametrize("lost", ["gone", "empty", "older", "another", "uncounted"])
def test_it_does_not_start_on_a_lost_database(folder: Path, tmp_path: Path, lost: str) -> None:
    database = folder / DATABASE_NAME
    older = tmp_path / "older"
    witness, store = open_witness(folder)
    store.close()
    shutil.copy(database, older)
    witness, store = open_witness(folder)
    witness.add_checkpoint(request(0, 300), NOW)
    store.close()
    make_witness(tmp_path / "other", "witness.example/w1")
    if lost == "gone":
        database.unlink()
    if lost == "empty":
        database.write_bytes(b"")
    if lost == "older":
        shutil.copy(older, database)
    if lost == "another":
        shutil.copy(tmp_path / "other" / DATABASE_NAME, database)
    if lost == "uncounted":
        (folder / COUNT_NAME).unlink()
    with pytest.raises(LostDatabase):
        open_witness(folder)
    assert main(["serve", "--folder", str(folder), "--log", LOG_KEY.verifier.vkey, "--port", "0"]) == USAGE


def test_of_many_that_ask_at_once_it_never_goes_back(url: str) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(
            pool.map(
                lambda size: httpx2.post(f"{url}/add-checkpoint", content=request(0, size)), range(1, 25)
            )
        )
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 23
    won = next(index for index, answer in enumerate(answers, 1) if answer.status_code == 200)
    assert {answer.text for answer in answers if answer.status_code == 409} == {f"{won}\n"}


def test_a_key_is_made_once_and_forks_can_be_taken_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = str(tmp_path / "w")
    assert main(["make", "witness.example/w1", "--folder", folder]) == DONE
    assert "witness.example/w1+" in capsys.readouterr().out
    assert main(["make", "witness.example/w1", "--folder", folder]) == USAGE
    into = tmp_path / "forks"
    assert main(["evidence", "--folder", folder, "--into", str(into)]) == DONE
    witness, store = open_witness(Path(folder))
    witness.add_checkpoint(request(0, 300), NOW)
    for _ in range(2):
        with pytest.raises(Exception, match="root"):
            witness.add_checkpoint(request(300, 300, FORK), NOW)
    store.close()
    assert main(["evidence", "--folder", folder, "--into", str(into)]) == FORKED
    assert sorted(path.name for path in into.iterdir()) == ["1.cosigned", "1.request"]
