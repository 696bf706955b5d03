"""Witnesses are asked behind the back of every use; what they sign travels with checkpoints and proofs."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from planetvault.witness.server import WitnessServer
from planetvault.witness.store import SqliteWitnessStore, make_witness
from structlog.testing import capture_logs

from anchor.keys import SigningKey
from anchor.note import Policy, WitnessKey
from anchor.records.checkpoint import verify_checkpoint
from anchor.verify import verify
from anchor.witness import SIZE_TYPE, MemoryWitnessStore, OtherSize, Request, Witness, WitnessRefusal
from tests.vault.log.town import LOG_KEY, LOG_ORIGIN, NOW, RECORDS_KEY, Town
from tests.vault.test_egress import Talk, drip, drip_headers, serving
from vault.db import reading
from vault.keyring import Keyring
from vault.log.api import read_checkpoint
from vault.log.proofs import NotYet, Place, Proofs
from vault.log.witnesses import Answer, Asked, NotCosigned, over_http
from vault.settings import Settings
from vault.worker import ELSEWHERE, Worker
from vault.worker.duties import WITNESS

KEYS = [WitnessKey(f"witness.example/w{number}", SigningKey(bytes([number]) * 32)) for number in range(1, 4)]
VKEYS = tuple(key.verifier.vkey for key in KEYS)


class Nearby:
    """A witness in this process, which can be taken down."""

    def __init__(self, key: WitnessKey) -> None:
        self.witness = Witness(key, [LOG_KEY.verifier], MemoryWitnessStore())
        self.requests: list[bytes] = []
        self.down = False

    def __call__(self, body: bytes) -> Answer:
        if self.down:
            raise NotCosigned("the witness does not answer")
        self.requests.append(body)
        try:
            return Answer(200, "text/plain", str(self.witness.add_checkpoint(body, NOW)).encode())
        except OtherSize as refusal:
            return Answer(409, SIZE_TYPE, f"{refusal.size}\n".encode())
        except WitnessRefusal as refusal:
            return Answer(refusal.status, "text/plain", b"")


@pytest.fixture
def nearby() -> list[Nearby]:
    return [Nearby(key) for key in KEYS]


MakeWorker = Callable[[list[Asked]], Worker]


@pytest.fixture
def make_worker(acme_town: Town) -> Iterator[MakeWorker]:
    made: list[Worker] = []

    def make(witnesses: list[Asked]) -> Worker:
        made.append(
            Worker(acme_town.url, Keyring(RECORDS_KEY, LOG_KEY), witnesses=witnesses, clock=lambda: NOW)
        )
        return made[-1]

    yield make
    for worker in made:
        worker.close()


def asking(nearby: list[Nearby]) -> list[Asked]:
    return [Asked(one.witness.key.verifier, one) for one in nearby]


def prove(town: Town, receipt: bytes, quorum: int) -> bytes:
    with reading(town.connection) as transaction:
        return bytes(Proofs(transaction, LOG_ORIGIN, None, VKEYS, quorum).of(receipt))


def place(town: Town, receipt: bytes, quorum: int) -> Place:
    with reading(town.connection) as transaction:
        return Proofs(transaction, LOG_ORIGIN, None, VKEYS, quorum).places([receipt])[receipt]


def test_cosignatures_travel_with_the_checkpoint_and_the_proof(
    acme_town: Town, make_worker: MakeWorker, nearby: list[Nearby]
) -> None:
    (receipt,) = acme_town.use(acme_town.households[0])
    worker = make_worker(asking(nearby))
    worker.once()
    with reading(acme_town.connection) as transaction:
        note = read_checkpoint(transaction, LOG_ORIGIN)
    policy = Policy(LOG_KEY.verifier, tuple(key.verifier for key in KEYS), 3)
    assert len(verify_checkpoint(note, policy).cosignatures) == 3
    trust = replace(acme_town.trust(), witnesses=VKEYS, quorum=3)
    verified = verify(prove(acme_town, receipt.hash, 3), trust)
    assert {one.witness for one in verified.cosignatures} == {key.verifier for key in KEYS}
    assert place(acme_town, receipt.hash, 3) == Place(0, "witnessed")


def test_a_proof_rests_on_the_newest_checkpoint_that_has_its_quorum(
    acme_town: Town, make_worker: MakeWorker, nearby: list[Nearby]
) -> None:
    first = acme_town.use(acme_town.households[0])[0].hash
    worker = make_worker(asking(nearby))
    worker.once()
    nearby[0].down = nearby[1].down = True
    second = acme_town.use(acme_town.households[0])[0].hash
    worker.once()
    trust = replace(acme_town.trust(), witnesses=VKEYS, quorum=2)
    assert verify(prove(acme_town, first, 2), trust).checkpoint.size == 1
    assert place(acme_town, second, 2) == Place(1, "committed")
    with pytest.raises(NotYet, match="witnesses"):
        prove(acme_town, second, 2)
    assert verify(prove(acme_town, second, 0), acme_town.trust()).checkpoint.size == 2


def test_a_quorum_that_was_lost_comes_back(
    acme_town: Town, make_worker: MakeWorker, nearby: list[Nearby]
) -> None:
    witnesses = asking(nearby)
    worker = make_worker(witnesses)
    nearby[0].down = True
    acme_town.use(acme_town.households[0])
    worker.once()
    nearby[0].down = False
    assert worker.duties.witness() == {}, "one that failed rests"
    witnesses[0].resting = 0.0
    assert worker.duties.witness() == {"witness.example/w1": 1}


def test_a_witness_is_asked_once_for_each_checkpoint(
    acme_town: Town, make_worker: MakeWorker, nearby: list[Nearby]
) -> None:
    worker = make_worker(asking(nearby[:1]))
    worker.once()
    assert nearby[0].requests == []
    for size in (1, 2):
        acme_town.use(acme_town.households[0])
        worker.once()
        worker.once()
        assert [Request.parse(body).old for body in nearby[0].requests] == list(range(size))


def test_it_goes_on_from_the_size_that_the_witness_tells(
    acme_town: Town, make_worker: MakeWorker, nearby: list[Nearby]
) -> None:
    worker = make_worker(asking(nearby[:1]))
    acme_town.use(acme_town.households[0], 3)
    worker.once()
    with reading(acme_town.connection):
        pass
    acme_town.rows("DELETE FROM cosignatures RETURNING size")
    acme_town.use(acme_town.households[0], 3)
    assert {outcome.duty: outcome.facts for outcome in worker.once()}["witness"] == {"witness.example/w1": 6}
    assert [Request.parse(body).old for body in nearby[0].requests] == [0, 0, 3]


@pytest.mark.parametrize(
    "answer",
    [
        Answer(200, "text/plain", b""),
        Answer(200, "text/plain", str(KEYS[1].cosign(b"x", time=NOW)).encode()),
        Answer(200, "text/plain", str(KEYS[0].cosign(b"another checkpoint", time=NOW)).encode()),
        Answer(403, "text/plain", b""),
        Answer(409, SIZE_TYPE, b"99\n"),
        Answer(409, SIZE_TYPE, b"many\n"),
        Answer(409, "text/plain", b""),
        Answer(422, "text/plain", b""),
        Answer(500, "text/html", b"\xff"),
    ],
)
def test_an_answer_that_is_not_a_cosignature_changes_nothing(
    acme_town: Town, make_worker: MakeWorker, answer: Answer
) -> None:
    worker = make_worker([Asked(KEYS[0].verifier, lambda _: answer)])
    (receipt,) = acme_town.use(acme_town.households[0])
    with capture_logs() as lines:
        outcomes = worker.once()
    assert all(outcome.error is None for outcome in outcomes)
    assert [line["witness"] for line in lines if line["event"] == "not cosigned"] == ["witness.example/w1"]
    assert acme_town.rows("SELECT * FROM cosignatures") == []
    assert verify(prove(acme_town, receipt.hash, 0), acme_town.trust()).cosignatures == ()


def test_a_witness_whose_clock_is_wrong_is_told_and_not_counted(
    acme_town: Town, make_worker: MakeWorker, nearby: list[Nearby]
) -> None:
    late = Nearby(KEYS[0])

    def ask(body: bytes) -> Answer:
        line = late.witness.add_checkpoint(body, NOW + timedelta(seconds=301))
        return Answer(200, "text/plain", str(line).encode())

    worker = make_worker([Asked(KEYS[0].verifier, ask), *asking(nearby[1:2])])
    acme_town.use(acme_town.households[0])
    worker.duties.sequence()
    with capture_logs() as lines:
        assert worker.duties.witness() == {"witness.example/w2": 1}
    assert "clock" in lines[0]["reason"]


def test_a_real_witness_is_asked_over_http(acme_town: Town, make_worker: MakeWorker, tmp_path: Path) -> None:
    key = make_witness(tmp_path, "witness.example/real")
    store = SqliteWitnessStore(tmp_path, key)
    with WitnessServer(("127.0.0.1", 0), Witness(key, [LOG_KEY.verifier], store), lambda: NOW) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        url = f"http://127.0.0.1:{server.server_address[1]}/"
        worker = make_worker([Asked(key.verifier, over_http(url))])
        for size in (2, 4):
            acme_town.use(acme_town.households[0], 2)
            worker.duties.sequence()
            assert worker.duties.witness() == {"witness.example/real": size}
        server.shutdown()
        thread.join()
    store.close()
    with pytest.raises(NotCosigned):
        over_http(url)(b"")


@pytest.mark.parametrize("talk", [drip, drip_headers], ids=["body", "headers"])
def test_a_witness_that_drips_is_left_at_the_deadline(talk: Talk) -> None:
    """No piece of the answer is late, and the answer never ends: others wait for their turn behind it."""
    begun = time.monotonic()
    with serving(talk) as port, pytest.raises(NotCosigned):
        over_http(f"http://127.0.0.1:{port}/", seconds=0.3)(b"")
    assert time.monotonic() - begun < 4


def test_nothing_that_goes_to_the_chain_waits_behind_a_witness() -> None:
    (thread,) = (duties for duties in ELSEWHERE.values() if WITNESS in duties)
    assert thread == (WITNESS,)


def test_settings_name_a_url_for_each_witness() -> None:
    urls = "http://127.0.0.1:1 http://127.0.0.1:2"
    with pytest.raises(ValueError, match="WITNESS_URLS"):
        Settings(witness_keys=VKEYS[0], witness_urls=urls)
    assert Settings(witness_keys=" ".join(VKEYS[:2]), witness_urls=urls).witness_urls == urls
