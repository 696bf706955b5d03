"""Anchors on a chain that nobody runs alone: three validators seal in turn, and some of them die."""

import time
from collections.abc import Iterator
from contextlib import closing

import pytest
from planetvault.chain_command import main as chain_command

from anchor.chain.evm import EvmChain
from anchor.chain.evm_rpc import Rpc
from anchor.chain.evm_transaction import account_of, address_of
from anchor.chain.finality import Finality
from anchor.chain.header import read_header
from anchor.chain.port import Chain
from anchor.chain.proven import verify_chain_proof
from anchor.records.checkpoint import Checkpoint
from anchor.records.trust import ChainTrust
from tests.anchor.chain.laboratories import ADMIN_KEY, LOG_ID, ORIGIN, WRITER_KEY, root_of
from tests.anchor.chain.worker import Worker
from tests.consortium import (
    NODE,
    SECONDS,
    START_SECONDS,
    Consortium,
    ConsortiumMissing,
    running_consortium,
    write_genesis,
)

ADMIN, WRITER = (address_of(account_of(key)) for key in (ADMIN_KEY, WRITER_KEY))


@pytest.fixture(scope="module")
def consortium() -> Iterator[Consortium]:
    try:
        with running_consortium(ADMIN, WRITER) as chain:
            yield chain
    except ConsortiumMissing as missing:
        pytest.skip(str(missing))


@pytest.fixture(scope="module")
def contract(consortium: Consortium, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The contract, deployed as the guide says."""
    key = tmp_path_factory.mktemp("admin") / "admin.key"
    key.write_text(f"0x{ADMIN_KEY.hex()}")
    told: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.stdout.write", told.append)
        where = ["--rpc", consortium.url, "--log", ORIGIN]
        assert chain_command(["deploy", *where, "--key", str(key), "--writer", f"0x{WRITER.hex()}"]) == 0
    name, _, address = told[0].strip().partition("=0x")
    assert name == "PLANETVAULT_CHAIN_CONTRACT"
    return bytes.fromhex(address)


@pytest.fixture
def chain(consortium: Consortium, contract: bytes) -> Iterator[EvmChain]:
    with closing(Rpc(consortium.url)) as rpc:
        yield EvmChain(rpc, contract, Finality.parse("depth:3"), key=WRITER_KEY)


class Outside:
    """A chain that no test has levers of: time alone moves it."""

    def __init__(self, chain: Chain) -> None:
        self.chain = chain


def anchored(chain: EvmChain, size: int) -> Worker:
    """A worker whose anchor of this size is in the contract, and final."""
    worker = Worker(Outside(chain))  # type: ignore[arg-type]  # no lever is pulled
    assert worker.plan(size) is not None
    settled(worker)
    return worker


def settled(worker: Worker) -> None:
    deadline = time.monotonic() + START_SECONDS
    while worker.statuses()[-1] != "final":
        assert time.monotonic() < deadline, worker.statuses()
        worker.step()
        time.sleep(SECONDS / 2)


def test_an_anchor_becomes_final_and_its_block_is_checked_without_the_chain(
    consortium: Consortium, chain: EvmChain
) -> None:
    anchored(chain, 100)
    latest = chain.latest()
    proof = chain.prove(LOG_ID, 100, latest.number)
    assert proof is not None
    (sealer,) = read_header(proof.header).sealers()
    assert sealer in consortium.validators
    known = chain.identity()
    trusted = ChainTrust(
        id=known.chain_id,
        name="members",
        development=False,
        contract=known.contract,
        code_hash=known.code_hash,
        blocks=(latest.hash,),
    )
    held = Checkpoint(ORIGIN, 100, root_of(100))
    assert verify_chain_proof(proof, held, trusted, None).basis == "pinned"
    assert not chain.development


def test_one_of_three_dies_and_the_others_go_on(consortium: Consortium, chain: EvmChain) -> None:
    consortium.kill("2")
    try:
        anchored(chain, 200)
    finally:
        consortium.start("2")
    consortium.wait_for(consortium.height() + 3)


def test_without_a_majority_nothing_is_anchored_and_afterwards_once(
    consortium: Consortium, chain: EvmChain
) -> None:
    for name in ("1", "2"):
        consortium.kill(name)
    worker = Worker(Outside(chain))  # type: ignore[arg-type]  # no lever is pulled
    try:
        # Whoever is left seals at most one block more: it has to wait for another in between.
        time.sleep(3 * SECONDS)
        stands = consortium.height()
        assert worker.plan(300) is not None
        worker.step(2)
        time.sleep(3 * SECONDS)
        assert worker.statuses() == ["sent"]
        assert consortium.height() == stands
    finally:
        for name in ("1", "2"):
            consortium.start(name)
    settled(worker)
    assert chain.root_at(LOG_ID, 300) == root_of(300)


def test_all_are_killed_at_once_and_no_block_that_stood_is_lost(
    consortium: Consortium, chain: EvmChain
) -> None:
    anchored(chain, 400)
    before = chain.latest()
    everybody = list(consortium.running)
    for name in everybody:
        consortium.kill(name)
    for name in everybody:
        consortium.start(name)
    consortium.wait_for(before.number + 2)
    assert chain.root_at(LOG_ID, 400) == root_of(400)
    assert chain.block_at(before.number) == before


def test_a_member_with_another_first_block_is_told_so_and_does_not_start(
    consortium: Consortium,
) -> None:
    consortium.kill(NODE)
    genesis = consortium.folder / "genesis.json"
    own = genesis.read_bytes()
    write_genesis(consortium, ADMIN)
    try:
        assert "incompatible genesis" in consortium.refused(NODE)
    finally:
        genesis.write_bytes(own)
        consortium.start(NODE)
    consortium.wait_for(1)
