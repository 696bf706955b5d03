"""The worker does each duty in its turn, whatever becomes of the others, and stops when told to."""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from anchor.errors import ChainError, ChainUnreachable
from anchor.verify import verify
from tests.vault.log.town import LOG_KEY, LOG_ORIGIN, NOW, RECORDS_KEY, Town
from vault.db import Connection, reading, writing
from vault.keyring import Keyring
from vault.log.destination import Destination
from vault.log.kept import KeptCheckpoint
from vault.log.proofs import Proofs
from vault.payments import ledger
from vault.worker import EVERY_SECONDS, Worker
from vault.worker.duties import ANCHOR, AUDIT, BATCHES_MAX, RELEASE, SEQUENCE

SECONDS = int(NOW.timestamp())
MakeWorker = Callable[..., Worker]


@pytest.fixture
def make_worker(acme_town: Town) -> Iterator[MakeWorker]:
    made: list[Worker] = []

    def make(**options: object) -> Worker:
        given: dict[str, object] = {"clock": lambda: NOW} | options
        worker = Worker(acme_town.url, Keyring(RECORDS_KEY, LOG_KEY), **given)  # type: ignore[arg-type] # a test names what it changes
        made.append(worker)
        return worker

    yield make
    for worker in made:
        worker.close()


def until(condition: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)


def test_one_turn_takes_a_use_to_a_proof_and_to_money(acme_town: Town, make_worker: MakeWorker) -> None:
    (receipt,) = acme_town.use(acme_town.households[0])
    outcomes = make_worker().once()
    assert [outcome.duty for outcome in outcomes] == list(EVERY_SECONDS)
    assert all(outcome.error is None for outcome in outcomes)
    with reading(acme_town.connection) as transaction:
        proof = bytes(Proofs(transaction, LOG_ORIGIN, None).of(receipt.hash))
    assert verify(proof, acme_town.trust()).receipt == receipt
    assert acme_town.balance(ledger.payable(acme_town.households[0].account)) == 45_000


def test_an_idle_turn_writes_nothing(acme_town: Town, make_worker: MakeWorker) -> None:
    worker = make_worker()
    acme_town.use(acme_town.households[0])
    worker.once()
    before = acme_town.rows("SELECT * FROM leases"), acme_town.rows("SELECT * FROM checkpoints")
    assert all(not outcome.facts for outcome in worker.once())
    assert (acme_town.rows("SELECT * FROM leases"), acme_town.rows("SELECT * FROM checkpoints")) == before


def test_a_long_queue_is_worked_off_in_parts_that_are_shown(acme_town: Town, make_worker: MakeWorker) -> None:
    with writing(acme_town.connection) as transaction:
        many = [bytes([1]) + number.to_bytes(32, "big") for number in range(BATCHES_MAX * 1000 + 1)]
        transaction.run_many(
            "INSERT INTO log_queue (entry) VALUES (:entry)", [{"entry": one} for one in many]
        )
    worker = make_worker()
    assert worker.duties.sequence() == {"entries": 20_000, "size": 20_000}
    assert worker.duties.sequence() == {"entries": 1, "size": 20_001}
    assert worker.duties.release() == {}
    assert acme_town.rows("SELECT size FROM releases") == [(20_001,)]


def test_without_a_chain_nothing_is_anchored_and_it_says_so(acme_town: Town, make_worker: MakeWorker) -> None:
    acme_town.use(acme_town.households[0])
    worker = make_worker()
    stop = threading.Event()
    stop.set()
    with capture_logs() as lines:
        worker.run(stop)
    assert "no chain is configured: nothing is anchored" in [line["event"] for line in lines]
    worker.once()
    assert acme_town.rows("SELECT COUNT(*) FROM anchors") == [(0,)]


def test_a_duty_that_fails_does_not_stop_the_others(acme_town: Town, make_worker: MakeWorker) -> None:
    def broken(_: Connection) -> Destination:
        raise ChainError("there is no contract at the configured address")

    worker = make_worker(reach=broken)
    acme_town.use(acme_town.households[0])
    with capture_logs() as lines:
        outcomes = {outcome.duty: outcome for outcome in worker.once()}
    assert {duty for duty, outcome in outcomes.items() if outcome.error} == {ANCHOR, AUDIT}
    counted = worker.metrics.registry.get_sample_value
    failed = {"duty": ANCHOR, "outcome": "failed"}
    assert counted("planetvault_duty_failures_total", failed) == 1
    assert counted("planetvault_duty_seconds_count", {"duty": RELEASE}) == 1
    assert outcomes[RELEASE].facts == {"micros": 45_000}
    reasons = [line.get("reason") for line in lines if line["event"] == "failed"]
    assert reasons == ["there is no contract at the configured address"] * 2


def test_a_fault_of_the_database_is_survived_with_a_new_connection(
    acme_town: Town, make_worker: MakeWorker
) -> None:
    worker = make_worker()
    worker.once()
    acme_town.use(acme_town.households[0])
    worker._place.connection.close()
    with capture_logs() as lines:
        outcome = worker._attempt(SEQUENCE)
    assert outcome.error is not None
    assert set(lines[0]) == {"event", "duty", "kind", "log_level"}
    assert worker._attempt(SEQUENCE).facts == {"entries": 1, "size": 1}


def test_it_works_beside_the_service_and_stops_when_the_block_ends(
    acme_town: Town, make_worker: MakeWorker
) -> None:
    worker = make_worker()
    with worker.beside(pause=0.01):
        acme_town.use(acme_town.households[0], 3)
        until(lambda: acme_town.rows("SELECT published FROM log_heads") == [(3,)])
    assert acme_town.rows("SELECT until FROM leases") == [(0,)]


def test_the_log_grows_while_a_node_keeps_its_caller_waiting(
    acme_town: Town, make_worker: MakeWorker
) -> None:
    answered = threading.Event()

    def slow(_: Connection) -> Destination:
        answered.wait(20)
        raise ChainUnreachable("no answer from the node")

    worker = make_worker(reach=slow)
    worker.duties._history_checked = True
    with worker.beside(pause=0.01):
        acme_town.use(acme_town.households[0])
        until(lambda: acme_town.rows("SELECT published FROM log_heads") == [(1,)])
        answered.set()


def test_two_workers_beside_each_other_make_one_log(acme_town: Town, make_worker: MakeWorker) -> None:
    with make_worker().beside(pause=0.001), make_worker().beside(pause=0.001):
        for _ in range(10):
            for household in acme_town.households:
                acme_town.use(household, 2)
        until(lambda: acme_town.rows("SELECT published FROM log_heads") == [(60,)])
        paid = [(3 * 20 * 45_000,)]
        released = "SELECT COALESCE(SUM(amount), 0) FROM transfers WHERE kind = 'release'"
        until(lambda: acme_town.rows(released) == paid)
    in_order = """
        SELECT r.hash FROM log_entries e JOIN receipts r ON r.id = e.receipt ORDER BY e.position
    """
    assert acme_town.rows(in_order) == [(receipt.hash,) for receipt in acme_town.receipts]


def test_what_has_expired_is_forgotten_and_the_rest_stays(acme_town: Town, make_worker: MakeWorker) -> None:
    with writing(acme_town.connection) as transaction:
        for number in range(10):
            values = {"id": bytes([number]) * 32, "word": str(number), "expires": SECONDS - 5 + number}
            for statement in (
                "INSERT INTO sessions (token_hash, account, kid, expires) VALUES (:id, :id, :id, :expires)",
                "INSERT INTO challenges (nonce, expires) VALUES (:id, :expires)",
                "INSERT INTO nonces (kid, nonce, expires) VALUES (:id, :word, :expires)",
                """
                INSERT INTO idempotency_keys (scope, key, fingerprint, status, body, expires)
                VALUES ('s', :word, :id, 201, :id, :expires)
                """,
            ):
                transaction.run(statement, values)
    swept = {"sessions": 6, "challenges": 6, "nonces": 6, "idempotency_keys": 6}
    assert make_worker().duties.sweep() == swept
    for table in swept:
        assert acme_town.rows(f"SELECT COUNT(*) FROM {table}") == [(4,)]  # noqa: S608 - our own four names


def test_no_log_line_names_an_account(acme_town: Town, make_worker: MakeWorker, tmp_path: Path) -> None:
    kept = KeptCheckpoint(tmp_path / "checkpoint.latest", LOG_KEY.verifier)
    worker = make_worker(kept=kept)
    acme_town.use(acme_town.households[0])
    with capture_logs() as lines:
        worker.once()
    told = str(lines)
    assert "sequence" in told
    for household in acme_town.households:
        assert household.account.hex() not in told
        assert ledger.pending(household.account) not in told
