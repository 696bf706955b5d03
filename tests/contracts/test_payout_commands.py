"""Paid by a contract, by commands alone: the operator distributes on a real node, the owner withdraws."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest
from planetvault.audit import audit_bundle
from planetvault.demo.anvil import Anvil, AnvilMissingError, run_anvil
from planetvault.errors import PayoutWrong
from planetvault.memory import FileMemory
from planetvault.operator_command import main as operate
from planetvault.owner import Owner
from planetvault.owner.command import main as own

from anchor.chain import evm_distributor as contract
from anchor.chain.evm_deployment import carry_out
from anchor.chain.evm_payer import Payer
from anchor.chain.evm_payouts import PayoutContract
from anchor.chain.evm_rpc import read_bytes, read_quantity, to_hex
from anchor.chain.evm_transaction import Call, account_of
from anchor.encoding import to_base64url
from anchor.errors import ChainError
from tests.contracts.deployed import Actor
from tests.sdk.client.scene import ASKED, PRICE, plays
from tests.stories.meeting import DOMAIN, Meeting, at_the_vault
from tests.vault.world import OPERATOR

PAYER, MAYA, HELPER = Actor("payer"), Actor("maya"), Actor("somebody with gas")
SHARE = PRICE * 9 // 10


@dataclass
class Till:
    """A vault whose claims a contract pays, on a development chain, and who says what to it."""

    meeting: Meeting
    node: Anvil
    token: bytes
    capsys: pytest.CaptureFixture[str]

    def operate(self, *command: str) -> tuple[int, str]:
        """A command of the operator: its exit code, and all it said."""
        code = operate(["--url", self.meeting.url, *command], transport=self.meeting.wire)
        said = self.capsys.readouterr()
        return code, said.out + said.err

    def own(self, *command: str) -> tuple[int, str]:
        """A command of the owner."""
        memory, out = self.meeting.folder / "maya.memory", io.StringIO()
        where = ["--memory", str(memory), "--vault", self.meeting.url]
        code = own([*where, *command], out, transport=self.meeting.wire, clock=self.meeting.clock)
        return code, out.getvalue() + self.capsys.readouterr().err

    def held_by(self, who: Actor) -> int:
        call = {"to": to_hex(self.token), "data": to_hex(contract.balance_data(who.address))}
        return int.from_bytes(read_bytes(self.node.rpc("eth_call", call, "latest"), 32))


@pytest.fixture
def node() -> Iterator[Anvil]:
    try:
        with run_anvil() as node:
            for actor in (PAYER, HELPER):
                node.fund(actor.address)
            yield node
    except AnvilMissingError as missing:
        pytest.skip(str(missing))


@pytest.fixture
def till(
    tmp_path: Path,
    node: Anvil,
    sample_token: bytes,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Iterator[Till]:
    monkeypatch.setenv("PLANETVAULT_OPERATOR_TOKEN", OPERATOR)
    monkeypatch.setenv("PLANETVAULT_PAYOUT_KEY", to_hex(PAYER.key))
    monkeypatch.delenv("PLANETVAULT_WALLET_KEY", raising=False)
    create = Call(None, sample_token + PAYER.address.rjust(32, b"\0"), 2_000_000)
    token = read_bytes(carry_out(node.node, account_of(PAYER.key), create).get("contractAddress"), 20)
    operate(["deploy-payouts", to_hex(token), "--rpc", node.url])
    name, _, address = capsys.readouterr().out.strip().partition("=")
    assert name == "PLANETVAULT_PAYOUT_CONTRACT"
    chain = read_quantity(node.rpc("eth_chainId"))
    changed: dict[str, Any] = {"payout_contract": address, "payout_chain_id": chain, "payout_age_days": 0}
    with at_the_vault(tmp_path, **changed, holdback_days=0) as meeting:
        yield Till(meeting, node, token, capsys)


def claimed(till: Till, uses: int, amount: int) -> str:
    """Maya earns by some uses, and claims an amount by the contract: the claim's name."""
    maya, shop = till.meeting.owner("maya"), till.meeting.partner()
    maya.import_export(plays("2027-01"))
    shop.ask(maya.connect(DOMAIN), **ASKED)
    maya.grant(maya.asks()[0])
    (grant,) = shop.grants()
    for _ in range(uses):
        shop.use(grant, shop.items(grant))
    till.meeting.work()
    return to_base64url(maya.claim(amount, to_hex(MAYA.address), way="evm").hash)


def test_claims_are_distributed_and_withdrawn_by_commands_alone(
    till: Till, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    name = claimed(till, 3, 200_001)
    rpc = ("--rpc", till.node.url)
    assert "no distribution" in till.own("withdraw", name)[1]
    code, said = till.operate("distribute", *rpc)
    assert (code, "lacks 0.200001" in said) == (1, True)
    assert "not told this root yet" in till.own("withdraw", name, *rpc)[1]
    code, said = till.operate("distribute", "--fund", *rpc)
    assert (code, "1 claims settled" in said) == (0, True)
    assert "published" in till.operate("distributions", *rpc)[1]
    assert till.meeting.again("maya").balances().paid == 200_001

    # Her wallet could sign what is shown; here somebody else pays the gas.
    code, said = till.own("withdraw", name, *rpc)
    assert (code, "to come   0.200001" in said, "data      0x" in said) == (0, True, True)
    assert till.held_by(MAYA) == 0
    monkeypatch.setenv("PLANETVAULT_WALLET_KEY", to_hex(HELPER.key))
    assert till.own("withdraw", name, *rpc)[0] == 0
    assert till.held_by(MAYA) == 200_001
    assert "withdrawn before" in till.own("withdraw", name, *rpc)[1]

    # A later claim is added to what was there, and the contract pays the difference.
    later = to_base64url(till.meeting.again("maya").claim(7, to_hex(MAYA.address), way="evm").hash)
    assert till.operate("distribute", "--fund", *rpc)[0] == 0
    assert till.own("withdraw", later, *rpc)[0] == 0
    assert till.held_by(MAYA) == 200_008
    bundle = till.meeting.again("maya").export(tmp_path / "maya.bundle")
    account = to_base64url(till.meeting.again("maya").account)
    assert audit_bundle(bundle).balances[f"paid/{account}"] == 200_008


def test_a_multisig_signs_elsewhere_and_says_so(till: Till) -> None:
    claimed(till, 1, 50_000)
    code, said = till.operate("distribute")
    lines = dict(line.split(maxsplit=1) for line in said.splitlines())
    assert (code, lines["total"]) == (0, "0.05")
    assert "1 claims wait" in till.operate("distributions")[1]
    to = bytes.fromhex(lines["to"].split()[0][2:])
    with_key = Payer(PayoutContract(till.node.node, to, chain_id=31337), key=PAYER.key)
    with_key.fund(50_000)
    receipt = carry_out(
        till.node.node, account_of(PAYER.key), Call(to, bytes.fromhex(lines["data"][2:]), 400_000)
    )
    code, said = till.operate("distribute", "--rpc", till.node.url)
    assert (code, "has this root already" in said) == (1, True)
    said = till.operate("published", lines["root"], str(receipt["transactionHash"]))[1]
    assert said == "1 claims settled\n"


def test_another_chain_or_contract_is_noticed(node: Anvil) -> None:
    with pytest.raises(ChainError, match="not of chain 1"):
        PayoutContract(node.node, bytes(20), chain_id=1)
    with pytest.raises(ChainError, match="no payout contract of ours"):
        PayoutContract(node.node, bytes(20), chain_id=31337)


def test_only_the_contracts_operator_tells_it_a_root_and_no_gas_is_lost(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    claimed(till, 1, 10_000)
    monkeypatch.setenv("PLANETVAULT_PAYOUT_KEY", to_hex(HELPER.key))
    before = till.node.rpc("eth_getBalance", to_hex(HELPER.address), "latest")
    code, said = till.operate("distribute", "--rpc", till.node.url, "--fund")
    assert (code, "the contract refuses this" in said) == (1, True)
    assert till.node.rpc("eth_getBalance", to_hex(HELPER.address), "latest") == before


def test_a_key_that_is_none_is_said_and_not_repeated(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    claimed(till, 1, 10_000)
    for key in ("", "0x12", "very secret"):
        monkeypatch.setenv("PLANETVAULT_PAYOUT_KEY", key)
        code, said = till.operate("distribute", "--rpc", till.node.url)
        assert (code, "PLANETVAULT_PAYOUT_KEY holds no key" in said, "secret" in said) == (1, True, False)


class Lying(httpx2.BaseTransport):
    """Changes some fields of the proof that the vault answers with."""

    def __init__(self, inner: httpx2.BaseTransport, **changed: Any) -> None:
        self._inner, self._changed = inner, changed

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        answer = self._inner.handle_request(request)
        if not request.url.path.endswith("/proof"):
            return answer
        answer.read()
        return httpx2.Response(200, json=answer.json() | self._changed)


def test_a_proof_that_proves_something_else_is_refused(till: Till) -> None:
    claimed(till, 1, 10_000)
    till.operate("distribute")
    maya = till.meeting.again("maya")
    (one,) = maya.claims()
    assert maya.share(one.signed).cumulative == 10_000
    for changed in (
        {"account": "0x" + "ab" * 20},
        {"cumulative": 9_999},
        {"cumulative": 10_001},
        {"root": "0x" + "00" * 32},
    ):
        till.meeting.clock.pass_by(seconds=2)
        memory = FileMemory(till.meeting.folder / "maya.memory")
        lied = Lying(till.meeting.wire, **changed)
        misled = Owner.open(till.meeting.url, memory, transport=lied, clock=till.meeting.clock)
        with misled, pytest.raises(PayoutWrong):
            misled.share(one.signed)
