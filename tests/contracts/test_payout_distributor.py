"""The payout contract on a real node: a proof pays the difference, once, and never more than was funded."""

from dataclasses import dataclass
from typing import Any

import pytest

from anchor.chain import evm_distributor as contract
from anchor.chain.distribution import Distribution, distribute
from anchor.chain.evm import quote, send
from anchor.chain.evm_rpc import Rpc, RpcRefusedError, read_bytes, read_quantity, to_hex
from anchor.chain.evm_transaction import Call, account_of, address_of, sign
from anchor.chain.keccak import keccak256
from tests.contracts.deployed import Actor, Deployed, gas_of, succeeded

OPERATOR, MAYA, LIN, THIEF = Actor("payer"), Actor("maya"), Actor("lin"), Actor("thief")


@dataclass
class Payer:
    """A payout contract, and the token it pays in."""

    rpc: Rpc
    token: bytes
    address: bytes

    def transact(self, actor: Actor, to: bytes | None, data: bytes) -> dict[str, Any]:
        nonce = read_quantity(self.rpc.call("eth_getTransactionCount", to_hex(actor.address), "latest"))
        chain_id = read_quantity(self.rpc.call("eth_chainId"))
        call, fees = Call(to, data, 2_000_000), quote(self.rpc, "eip1559")
        signed = sign(account_of(actor.key), call, chain_id=chain_id, nonce=nonce, fees=fees, rule="eip1559")
        send(self.rpc, signed.raw)
        self.rpc.call("evm_mine")
        receipt: dict[str, Any] = self.rpc.call("eth_getTransactionReceipt", to_hex(signed.tx_hash))
        return receipt

    def create(self, data: bytes) -> bytes:
        return read_bytes(self.transact(OPERATOR, None, data).get("contractAddress"), 20)

    def fund(self, amount: int) -> None:
        data = keccak256(b"transfer(address,uint256)")[:4] + self.address.rjust(32, b"\0")
        assert succeeded(self.transact(OPERATOR, self.token, data + amount.to_bytes(32, "big")))

    def distribute(self, owed: dict[bytes, int]) -> Distribution:
        made = distribute(owed)
        said = self.transact(OPERATOR, self.address, contract.distribute_data(made.root, made.total))
        assert succeeded(said)
        return made

    def withdraw(self, who: Actor, cumulative: int, proof: tuple[bytes, ...]) -> str:
        """Empty if it was paid, else why not."""
        data = contract.withdraw_data(who.address, cumulative, proof)
        if refused := self.refusal(THIEF, data):
            return refused
        assert succeeded(self.transact(THIEF, self.address, data))  # anybody may bring a proof
        return ""

    def refusal(self, actor: Actor, data: bytes) -> str:
        call = {"from": to_hex(actor.address), "to": to_hex(self.address), "data": to_hex(data)}
        try:
            self.rpc.call("eth_call", call, "latest")
        except RpcRefusedError as refused:
            return refused.reason.removeprefix("execution reverted: ")
        return ""

    def held_by(self, who: Actor) -> int:
        data = keccak256(b"balanceOf(address)")[:4] + who.address.rjust(32, b"\0")
        return int(self.rpc.call("eth_call", {"to": to_hex(self.token), "data": to_hex(data)}, "latest"), 16)


@pytest.fixture
def payer(deployed: Deployed, sample_token: bytes) -> Payer:
    made = Payer(deployed.rpc, b"", b"")
    for actor in (OPERATOR, THIEF):
        deployed.rpc.call("anvil_setBalance", to_hex(actor.address), hex(10**20))
    made.token = made.create(sample_token + OPERATOR.address.rjust(32, b"\0"))
    made.address = made.create(contract.creation_data(OPERATOR.address, made.token))
    start = {who.name: made.held_by(who) for who in (MAYA, LIN)}
    assert start == {"maya": 0, "lin": 0}
    return made


def test_a_proof_pays_what_is_owed_to_the_micro_and_once(payer: Payer) -> None:
    payer.fund(1_000_000)
    said = payer.distribute({MAYA.address: 400_001, LIN.address: 599_999})
    assert payer.withdraw(MAYA, 400_001, said.proofs[MAYA.address]) == ""
    assert payer.held_by(MAYA) == 400_001
    assert payer.withdraw(MAYA, 400_001, said.proofs[MAYA.address]) == "nothing to withdraw"
    assert payer.withdraw(LIN, 599_999, said.proofs[LIN.address]) == ""
    assert payer.held_by(LIN) == 599_999


def test_a_later_root_pays_the_difference_whether_or_not_the_first_was_withdrawn(payer: Payer) -> None:
    payer.fund(1_000)
    first = payer.distribute({MAYA.address: 100, LIN.address: 200})
    assert payer.withdraw(MAYA, 100, first.proofs[MAYA.address]) == ""
    second = payer.distribute({MAYA.address: 150, LIN.address: 250})
    assert payer.withdraw(MAYA, 100, first.proofs[MAYA.address]) == "no such leaf"
    for who, amount in ((MAYA, 150), (LIN, 250)):
        assert payer.withdraw(who, amount, second.proofs[who.address]) == ""
        assert payer.held_by(who) == amount


def test_another_amount_or_address_has_no_proof(payer: Payer) -> None:
    payer.fund(1_000)
    said = payer.distribute({MAYA.address: 100, LIN.address: 200})
    assert payer.withdraw(MAYA, 101, said.proofs[MAYA.address]) == "no such leaf"
    assert payer.withdraw(THIEF, 100, said.proofs[MAYA.address]) == "no such leaf"
    assert payer.withdraw(MAYA, 100, said.proofs[LIN.address]) == "no such leaf"
    assert payer.withdraw(MAYA, 100, ()) == "no such leaf"


def test_only_the_operator_says_a_root_and_only_one_that_is_funded_and_grows(payer: Payer) -> None:
    payer.fund(300)
    root = distribute({MAYA.address: 300}).root
    assert payer.refusal(THIEF, contract.distribute_data(root, 300)) == "not the operator"
    assert payer.refusal(OPERATOR, contract.distribute_data(root, 301)) == "not funded"
    assert payer.refusal(OPERATOR, contract.distribute_data(bytes(32), 300)) == "no root"
    payer.distribute({MAYA.address: 300})
    assert payer.refusal(OPERATOR, contract.distribute_data(root, 299)) == "total must not shrink"


def test_a_root_that_adds_up_to_more_than_its_total_ends_at_the_total(payer: Payer) -> None:
    payer.fund(1_000)
    made = distribute({MAYA.address: 400, LIN.address: 400})
    assert succeeded(payer.transact(OPERATOR, payer.address, contract.distribute_data(made.root, 500)))
    assert payer.withdraw(MAYA, 400, made.proofs[MAYA.address]) == ""
    assert payer.withdraw(LIN, 400, made.proofs[LIN.address]) == "more than the total"


def test_a_withdrawal_among_many_costs_little(payer: Payer) -> None:
    owed = {address_of(account_of(i.to_bytes(32, "big"))): 1 for i in range(1, 60)} | {MAYA.address: 5}
    payer.fund(1_000)
    said = payer.distribute(owed)
    data = contract.withdraw_data(MAYA.address, 5, said.proofs[MAYA.address])
    receipt = payer.transact(THIEF, payer.address, data)
    assert succeeded(receipt)
    assert gas_of(receipt) < 150_000
