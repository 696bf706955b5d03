"""Every receipt of a published log proves itself to a stranger who has nothing but two files."""

from collections.abc import Iterator

import pytest

from anchor.errors import AnchorError
from anchor.records.anchored import Anchor
from anchor.records.signed import sign
from anchor.records.tlog_proof import TlogProof
from anchor.records.trust import ChainTrust
from anchor.verify import Verified, verify
from tests.vault.log.town import LOG_KEY, LOG_ORIGIN, NOW, RECORDS_KEY, Town
from vault.db import reading, writing
from vault.errors import NotFound, status_of
from vault.keyring import Keyring
from vault.log.proofs import NotYet, Place, Proofs
from vault.log.store import Checkpoints
from vault.worker import Worker

CHAIN = ChainTrust(
    id=31_337, name="A development chain", development=True, contract=bytes(20), code_hash=bytes(32)
)


@pytest.fixture
def worker(acme_town: Town) -> Iterator[Worker]:
    worker = Worker(acme_town.url, Keyring(RECORDS_KEY, LOG_KEY), clock=lambda: NOW)
    yield worker
    worker.close()


def prove(town: Town, receipt: bytes, *, chain: ChainTrust | None = None, anchored: bool = False) -> bytes:
    with reading(town.connection) as transaction:
        return bytes(Proofs(transaction, LOG_ORIGIN, chain).of(receipt, anchored=anchored))


def places(town: Town, *receipts: bytes, chain: ChainTrust | None = None) -> list[Place]:
    with reading(town.connection) as transaction:
        found = Proofs(transaction, LOG_ORIGIN, chain).places(receipts)
    return [found[receipt] for receipt in receipts]


def anchor_here(town: Town) -> int:
    """Let the newest checkpoint stand on ``CHAIN``; its size."""
    with writing(town.connection) as transaction:
        newest = Checkpoints(transaction, LOG_ORIGIN).published()
        assert newest is not None
        record = Anchor(
            log=LOG_ORIGIN,
            size=newest.size,
            root=newest.root,
            chain_id=CHAIN.id,
            chain=CHAIN.name,
            development=True,
            contract=CHAIN.contract,
            transaction=bytes(32),
            block=7,
            block_hash=bytes(32),
            finality="depth:2",
            time=NOW,
        )
        transaction.run(
            """
            INSERT INTO anchor_records (target, size, chain_id, contract, raw)
            VALUES (:target, :size, :chain_id, :contract, :raw)
            """,
            {
                "target": bytes(32),
                "size": newest.size,
                "chain_id": CHAIN.id,
                "contract": CHAIN.contract,
                "raw": sign(record, RECORDS_KEY).raw,
            },
        )
    return newest.size


def verified(
    town: Town, receipt: bytes, *, chain: ChainTrust | None = None, anchored: bool = False
) -> Verified:
    return verify(prove(town, receipt, chain=chain, anchored=anchored), town.trust(chain))


def test_every_receipt_verifies_offline(acme_town: Town, worker: Worker) -> None:
    for _ in range(3):
        for household in acme_town.households:
            acme_town.use(household, 2)
        worker.duties.sequence()
    for index, receipt in enumerate(acme_town.receipts):
        proved = verified(acme_town, receipt.hash)
        assert (proved.receipt, proved.index, proved.checkpoint.size) == (receipt, index, 18)
        assert proved.use is not None
        assert proved.anchor is None


def test_the_receipt_that_closes_a_chain_verifies_with_its_revocation(
    acme_town: Town, worker: Worker
) -> None:
    acme_town.use(acme_town.households[0])
    closing = acme_town.revoke(acme_town.households[0])
    worker.duties.sequence()
    proved = verified(acme_town, closing.hash)
    assert proved.use is None
    assert proved.revocation is not None


def test_a_use_signed_with_a_later_key_brings_the_partners_history(acme_town: Town, worker: Worker) -> None:
    before = acme_town.use(acme_town.households[0])[0]
    acme_town.rotate()
    after = acme_town.use(acme_town.households[0])[0]
    worker.duties.sequence()
    assert len(verified(acme_town, after.hash).receipt.raw) > 0
    assert b'"partner":[]' in _materials(prove(acme_town, before.hash))
    assert b'"partner":["ey' in _materials(prove(acme_town, after.hash))


def _materials(proof: bytes) -> bytes:
    return TlogProof.parse(proof).extra or b""


def test_a_receipt_is_not_proved_before_its_checkpoint_is_shown(acme_town: Town, worker: Worker) -> None:
    receipt = acme_town.use(acme_town.households[0])[0]
    with pytest.raises(NotYet):
        prove(acme_town, receipt.hash)
    worker.duties._sequence_all()
    with pytest.raises(NotYet):
        prove(acme_town, receipt.hash)
    worker.duties.sequence()
    verified(acme_town, receipt.hash)
    assert status_of(NotYet) == 404


def test_an_unknown_receipt_is_not_found(acme_town: Town) -> None:
    with pytest.raises(NotFound) as refused:
        prove(acme_town, bytes(32))
    assert type(refused.value) is NotFound


def test_the_anchor_goes_with_the_checkpoint_that_has_one(acme_town: Town, worker: Worker) -> None:
    early = acme_town.use(acme_town.households[0])[0]
    worker.duties.sequence()
    with pytest.raises(NotYet):
        prove(acme_town, early.hash, chain=CHAIN, anchored=True)
    size = anchor_here(acme_town)
    assert verified(acme_town, early.hash, chain=CHAIN).anchor is not None
    late = acme_town.use(acme_town.households[1])[0]
    worker.duties.sequence()
    assert verified(acme_town, early.hash, chain=CHAIN).anchor is None
    anchored = verified(acme_town, early.hash, chain=CHAIN, anchored=True)
    assert anchored.anchor is not None
    assert anchored.checkpoint.size == size
    with pytest.raises(NotYet):
        prove(acme_town, late.hash, chain=CHAIN, anchored=True)


def test_an_anchor_on_another_chain_than_the_trust_files_is_left_out(acme_town: Town, worker: Worker) -> None:
    receipt = acme_town.use(acme_town.households[0])[0]
    worker.duties.sequence()
    anchor_here(acme_town)
    other = ChainTrust(id=1, name="Another chain", development=False, contract=bytes(20), code_hash=bytes(32))
    assert verified(acme_town, receipt.hash).anchor is None
    assert verified(acme_town, receipt.hash, chain=other).anchor is None


def test_where_a_receipt_stands_follows_from_its_position(acme_town: Town, worker: Worker) -> None:
    first = acme_town.use(acme_town.households[0])[0].hash
    worker.duties.sequence()
    anchor_here(acme_town)
    second = acme_town.use(acme_town.households[0])[0].hash
    worker.duties.sequence()
    third = acme_town.use(acme_town.households[0])[0].hash
    assert places(acme_town, first, second, third, chain=CHAIN) == [
        Place(0, "anchored"),
        Place(1, "committed"),
        Place(None, "recorded"),
    ]
    assert places(acme_town, first) == [Place(0, "committed")]


def test_a_proof_with_any_line_changed_is_refused(acme_town: Town, worker: Worker) -> None:
    receipt = acme_town.use(acme_town.households[0], 5)[2]
    worker.duties.sequence()
    lines = prove(acme_town, receipt.hash).split(b"\n")
    for number, line in enumerate(lines[:-1]):
        if not line:
            continue
        middle = len(line) // 2
        changed = line[:middle] + bytes([line[middle] ^ 1]) + line[middle + 1 :]
        with pytest.raises(AnchorError):
            verify(b"\n".join([*lines[:number], changed, *lines[number + 1 :]]), acme_town.trust())
