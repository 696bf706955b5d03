"""With nothing but settings, a worker finds its chain, anchors there, and finds the same contract again."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from planetvault.demo.anvil import Anvil, AnvilMissingError, find_anvil, run_anvil

from anchor.__main__ import PROVED, REFUSED, main
from anchor.chain.evm_contract import ADDRESS_BYTES
from anchor.chain.evm_reader import EvmReader
from anchor.chain.evm_transaction import account_of, address_of
from anchor.chain.finality import Finality
from anchor.errors import ChainError
from anchor.records.trust import ChainTrust, Trust
from anchor.verify import verify
from tests.vault.log.town import LOG_ORIGIN, RECORDS_KEY, Town, seed, town
from vault.db import reading
from vault.errors import Malformed
from vault.keyring import make_keys, read_keys
from vault.log.destination import current_chain
from vault.log.guard import log_id_of
from vault.log.proofs import Proofs
from vault.settings import Settings
from vault.worker import Worker
from vault.worker.duties import ANCHOR

WRITER_KEY = seed("writer")
ORIGIN = "vault.example"


@pytest.fixture
def anvil() -> Iterator[Anvil]:
    try:
        find_anvil()
    except AnvilMissingError as missing:
        pytest.skip(str(missing))
    with run_anvil() as node:
        node.fund(address_of(account_of(WRITER_KEY)))
        yield node


@pytest.fixture
def sqlite_town(tmp_path: Path) -> Iterator[Town]:
    with town(f"sqlite:///{tmp_path / 'vault.sqlite3'}") as built:
        yield built


def settings_for(town: Town, folder: Path, node: Anvil, **changes: object) -> Settings:
    make_keys(folder)
    given: dict[str, object] = {
        "origin": ORIGIN,
        "folder": folder,
        "database": town.url,
        "chain_rpc": node.url,
        "chain_key": "0x" + WRITER_KEY.hex(),
        "chain_name": "Anvil on this machine",
        "chain_finality": "depth:2",
        "anchor_seconds": 0,
    }
    return Settings.model_validate(given | changes)


def trust_of(settings: Settings, chain: ChainTrust | None) -> Trust:
    """Both keys that sign here: the town's receipts, and the worker's anchors."""
    keys = read_keys(settings.folder, settings.origin)
    publics = (RECORDS_KEY.public, keys.records.public)
    log = keys.log.verifier.vkey
    return Trust(vault=ORIGIN, keys=publics, log=log, quorum=0, witnesses=(), chain=chain)


def contracts(town: Town) -> list[tuple[object, ...]]:
    return town.rows("SELECT DISTINCT contract FROM anchor_chains")


def work(worker: Worker, node: Anvil, turns: int = 4) -> None:
    """Turns without a fault, and two blocks after each."""
    for _ in range(turns):
        assert [outcome.error for outcome in worker.once() if outcome.error] == []
        node.rpc("anvil_mine", "0x2")


def test_a_use_is_anchored_and_proved_on_a_real_node(sqlite_town: Town, tmp_path: Path, anvil: Anvil) -> None:
    settings = settings_for(sqlite_town, tmp_path / "keys", anvil)
    receipt = sqlite_town.use(sqlite_town.households[0], 2)[0]
    with closing(Worker.of(settings)) as worker:
        work(worker, anvil)
    with reading(sqlite_town.connection) as transaction:
        chain = current_chain(transaction)
        file = bytes(Proofs(transaction, LOG_ORIGIN, chain).of(receipt.hash, anchored=True))
    verified = verify(file, trust_of(settings, chain))
    assert verified.anchor is not None
    assert "development chain" in verified.anchor.record.chain
    assert chain is not None
    assert verified.chain is not None
    assert (verified.chain.basis, verified.chain.hash) == ("named", verified.anchor.record.block_hash)
    pinned = trust_of(settings, replace(chain, blocks=(verified.chain.hash,)))
    alone = verify(file, pinned).chain
    assert alone is not None
    assert alone.basis == "pinned"
    reader = EvmReader(anvil.node, chain.contract, Finality("none"))
    assert reader.root_at(log_id_of(LOG_ORIGIN), 2) == verified.checkpoint.root


def test_a_stranger_asks_the_node_from_the_command_line(
    sqlite_town: Town, tmp_path: Path, anvil: Anvil, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = settings_for(sqlite_town, tmp_path / "keys", anvil)
    receipt = sqlite_town.use(sqlite_town.households[0])[0]
    with closing(Worker.of(settings)) as worker:
        work(worker, anvil)
    with reading(sqlite_town.connection) as transaction:
        chain = current_chain(transaction)
        file = bytes(Proofs(transaction, LOG_ORIGIN, chain).of(receipt.hash, anchored=True))
        places = Proofs(transaction, LOG_ORIGIN, chain).places([receipt.hash])
    assert places[receipt.hash].state == "final"
    proof, trust = tmp_path / "receipt.proof", tmp_path / "vault.trust"
    proof.write_bytes(file)
    trust.write_bytes(bytes(trust_of(settings, chain)))
    asked = ["verify", str(proof), "--trust", str(trust), "--rpc", anvil.url]
    assert main([*asked, "--finality", "depth:1"]) == PROVED
    assert "final by your rule" in capsys.readouterr().out
    assert main([*asked, "--finality", "none"]) == PROVED
    assert "NOT final by your rule" in capsys.readouterr().out
    with run_anvil() as another:
        assert main([*asked[:-1], another.url]) == REFUSED


def test_the_next_worker_finds_the_contract_that_is_there(
    sqlite_town: Town, tmp_path: Path, anvil: Anvil
) -> None:
    settings = settings_for(sqlite_town, tmp_path / "keys", anvil)
    for _ in range(2):
        sqlite_town.use(sqlite_town.households[0])
        with closing(Worker.of(settings)) as worker:
            work(worker, anvil)
    assert len(contracts(sqlite_town)) == 1
    assert sqlite_town.rows("SELECT size, status FROM anchors") == [(1, "final"), (2, "final")]


def test_a_development_chain_that_was_started_anew_gets_a_contract_of_its_own(
    sqlite_town: Town, tmp_path: Path, anvil: Anvil
) -> None:
    settings = settings_for(sqlite_town, tmp_path / "keys", anvil)
    sqlite_town.use(sqlite_town.households[0])
    with closing(Worker.of(settings)) as worker:
        work(worker, anvil)
    with run_anvil("--timestamp", "1700000000") as fresh:
        fresh.fund(address_of(account_of(WRITER_KEY)))
        with closing(Worker.of(settings_for(sqlite_town, tmp_path / "keys", fresh))) as worker:
            work(worker, fresh)
        with reading(sqlite_town.connection) as transaction:
            chain = current_chain(transaction)
        assert chain is not None
        reader = EvmReader(fresh.node, chain.contract, Finality("none"))
        assert reader.head(log_id_of(LOG_ORIGIN)).size == 1


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"chain_key": ""}, "CHAIN_KEY"),
        ({"chain_key": "0x1234"}, "CHAIN_KEY"),
        ({"chain_contract": "somewhere"}, "CHAIN_CONTRACT"),
        ({"chain_finality": "soon"}, "CHAIN_FINALITY"),
    ],
)
def test_a_wrong_setting_is_named_and_its_value_is_not_repeated(
    sqlite_town: Town, tmp_path: Path, anvil: Anvil, changes: dict[str, str], named: str
) -> None:
    settings = settings_for(sqlite_town, tmp_path / "keys", anvil, **changes)
    with closing(Worker.of(settings)) as worker:
        error = next(outcome.error for outcome in worker.once() if outcome.duty == ANCHOR)
    assert type(error) is Malformed
    assert f"PLANETVAULT_{named}" in str(error)
    assert all(not value or value not in str(error) for value in changes.values())


def test_an_address_without_a_contract_is_refused(sqlite_town: Town, tmp_path: Path, anvil: Anvil) -> None:
    nowhere = "0x" + bytes(ADDRESS_BYTES).hex()
    settings = settings_for(sqlite_town, tmp_path / "keys", anvil, chain_contract=nowhere)
    with closing(Worker.of(settings)) as worker:
        error = next(outcome.error for outcome in worker.once() if outcome.duty == ANCHOR)
    assert type(error) is ChainError
    assert contracts(sqlite_town) == []
