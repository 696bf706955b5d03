"""Chains are not alike: without fees, with one gas price, with a finalized tag, under another name."""

import platform
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from planetvault.demo.anvil import AnvilMissingError, find_anvil, run_anvil

from anchor.chain.evm import EvmChain
from anchor.chain.evm_deployment import appoint, deploy
from anchor.chain.evm_reader import EvmReader
from anchor.chain.evm_rpc import Rpc
from anchor.chain.evm_transaction import FeeRule, account_of, address_of
from anchor.chain.fees import Fees
from anchor.chain.finality import Finality
from anchor.chain.outbox import Resend
from anchor.chain.port import Chain
from anchor.errors import ChainError, ChainUnreachable, FormatError
from tests.anchor.chain.laboratories import ADMIN_KEY, LOG_ID, WRITER_KEY, root_of
from tests.anchor.chain.worker import Worker

Start = Callable[..., EvmChain]
WRITER = address_of(account_of(WRITER_KEY))


@pytest.fixture
def start() -> Iterator[Start]:
    """Start anvil with options of its own, the contract deployed; skips where there is no anvil."""
    with ExitStack() as stack:

        def started(*options: str, rule: FeeRule = "eip1559", finality: str = "depth:1") -> EvmChain:
            try:
                node = stack.enter_context(run_anvil(*options))
            except AnvilMissingError as missing:
                pytest.skip(str(missing))
            for key in (ADMIN_KEY, WRITER_KEY):
                node.fund(address_of(account_of(key)))
            rpc = Rpc(node.url)
            stack.callback(rpc.close)
            address = deploy(rpc, key=ADMIN_KEY, fee_rule=rule)
            appoint(rpc, address, LOG_ID, WRITER, key=ADMIN_KEY, fee_rule=rule)
            rpc.call("evm_setAutomine", False)
            return EvmChain(rpc, address, Finality.parse(finality), key=WRITER_KEY, fee_rule=rule)

        yield started


def anchor(chain: EvmChain, size: int = 100) -> None:
    signed = chain.prepare(LOG_ID, size, root_of(size), nonce=chain.next_nonce(), fees=chain.quote())
    chain.send(signed.raw)
    chain.rpc.call("evm_mine")
    assert chain.root_at(LOG_ID, size) == root_of(size)


FREE = ("--gas-price", "0", "--block-base-fee-per-gas", "0", "--disable-min-priority-fee")


def test_a_chain_without_fees_takes_an_anchor_for_nothing(start: Start) -> None:
    chain = start(*FREE, rule="free")
    assert chain.quote() == Fees.none()
    before = chain.rpc.call("eth_getBalance", "0x" + WRITER.hex(), "latest")
    anchor(chain)
    assert chain.rpc.call("eth_getBalance", "0x" + WRITER.hex(), "latest") == before


def test_a_chain_without_fees_sees_the_same_bytes_however_long_they_wait(start: Start) -> None:
    chain = start(*FREE, rule="free")

    class Held:
        """No more than the outbox needs of a laboratory."""

        @property
        def chain(self) -> Chain:
            return chain

    worker = Worker(Held())  # type: ignore[arg-type]  # no lever is pulled
    worker.plan(100)
    moves = worker.step(30)
    assert all(isinstance(move, Resend) for move in moves[1:])
    assert len(worker.attempts()) == 1


def test_a_chain_with_one_gas_price_takes_a_legacy_transaction(start: Start) -> None:
    chain = start(rule="legacy")
    fees = chain.quote()
    assert fees.max_fee_wei == fees.tip_wei > 0
    anchor(chain)


def test_an_older_evm_runs_the_contract(start: Start) -> None:
    anchor(start("--hardfork", "paris"))


@pytest.mark.parametrize("hardfork", ["london", "shanghai", "cancun", "prague"])
def test_other_evm_versions_run_the_contract(start: Start, hardfork: str) -> None:
    anchor(start("--hardfork", hardfork))


def test_the_finalized_tag_is_followed(start: Start) -> None:
    chain = start("--slots-in-an-epoch", "2", finality="tag:finalized")
    anchor(chain)
    height = chain.latest().number
    assert (chain.final_height() or 0) < height
    for _ in range(6):
        chain.rpc.call("evm_mine")
    assert (chain.final_height() or 0) >= height


def test_a_bft_chain_is_final_at_once_and_none_is_never(start: Start) -> None:
    chain = start()
    assert EvmReader(chain.rpc, chain.contract_address, Finality.parse("bft")).final_height() == 2
    assert EvmReader(chain.rpc, chain.contract_address, Finality.parse("none")).final_height() is None


def test_anvil_under_another_chain_id_is_still_a_development_chain(start: Start) -> None:
    chain = start("--chain-id", "4242")
    assert chain.development
    assert "development chain 4242" in chain.name


def test_bytes_signed_for_one_chain_are_refused_by_another(start: Start) -> None:
    chain, other = start(), start("--chain-id", "4242")
    signed = chain.prepare(LOG_ID, 100, root_of(100), nonce=0, fees=chain.quote())
    with pytest.raises(ChainError):
        other.send(signed.raw)


def test_an_address_without_code_is_not_a_contract(start: Start) -> None:
    chain = start()
    nowhere = EvmReader(chain.rpc, b"\x07" * 20, Finality.parse("none"))
    with pytest.raises(ChainError, match="no contract"):
        nowhere.identity()
    with pytest.raises(ChainError, match="no anchor contract"):
        nowhere.head(LOG_ID)


def test_out_of_gas_changes_nothing_and_shows_as_reverted(start: Start) -> None:
    good = start()
    poor = EvmChain(good.rpc, good.contract_address, good.finality, key=WRITER_KEY, gas_limit=40_000)
    signed = poor.prepare(LOG_ID, 100, root_of(100), nonce=0, fees=poor.quote())
    poor.send(signed.raw)
    poor.rpc.call("evm_mine")
    inclusion = poor.inclusion(signed.tx_hash)
    assert inclusion is not None
    assert not inclusion.succeeded
    assert good.head(LOG_ID).size == 0


def test_an_appointment_by_a_stranger_fails_loudly(start: Start) -> None:
    chain = start()
    chain.rpc.call("evm_setAutomine", True)
    with pytest.raises(ChainError, match="reverted"):
        appoint(chain.rpc, chain.contract_address, LOG_ID, WRITER, key=WRITER_KEY)


def test_a_deployment_that_is_not_mined_is_unknown(start: Start) -> None:
    chain = start()
    with pytest.raises(ChainUnreachable, match="not in a block yet"):
        deploy(chain.rpc, key=ADMIN_KEY, wait_seconds=0.2)


# ── keys and programs ────────────────────────────────────────────────────────


@pytest.mark.parametrize("key", [b"", bytes(31), bytes(32), b"\xff" * 32, bytes(33)])
def test_a_key_out_of_range_is_refused_without_being_repeated(key: bytes) -> None:
    with pytest.raises(FormatError) as refused:
        account_of(key)
    assert key.hex() not in str(refused.value) or not key


def test_a_chain_shows_neither_its_key_nor_its_node() -> None:
    rpc = Rpc("http://127.0.0.1:1/secret")
    chain = EvmChain(rpc, b"\x07" * 20, Finality.parse("none"), key=WRITER_KEY)
    assert WRITER_KEY.hex() not in repr(vars(chain))
    assert "secret" not in repr(chain) + repr(rpc)


def test_missing_node_packages_are_explained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(AnvilMissingError, match="npm ci"):
        find_anvil(tmp_path)


def test_the_platforms_own_package_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "system", lambda: "Darwin")
    monkeypatch.setattr(platform, "machine", lambda: "arm64")
    binary = tmp_path / "node_modules/@foundry-rs/anvil-darwin-arm64/bin/anvil"
    binary.parent.mkdir(parents=True)
    binary.touch()
    assert find_anvil(tmp_path / "somewhere" / "below") == binary


def test_a_program_that_does_not_start_says_so() -> None:
    with pytest.raises(RuntimeError, match="does not start"), run_anvil(binary=Path("/bin/false")):
        pass


def test_a_node_is_gone_after_its_block(start: Start) -> None:
    start()  # skips without anvil
    with run_anvil() as node:
        assert node.rpc("eth_chainId") == "0x7a69"
    assert node.process.poll() is not None
