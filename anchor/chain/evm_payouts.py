"""The payout contract as a node shows it (docs/spec/payout-contract.md).

It needs no part of the extra ``[evm]``: an owner who looks, or whose wallet signs, needs no key here.
``evm_payer`` is this and a key.
"""

from dataclasses import dataclass
from functools import cached_property

from anchor.chain import evm_distributor as contract
from anchor.chain.distribution import ADDRESS_BYTES
from anchor.chain.evm_rpc import Rpc, read_bytes, read_quantity, to_hex
from anchor.chain.keccak import keccak256
from anchor.errors import ChainError

WORD = 32


@dataclass(frozen=True, slots=True)
class Standing:
    """What the contract says now. Amounts in the token's smallest unit; ``held`` is what it has of it."""

    operator: bytes
    token: bytes
    root: bytes
    total: int
    withdrawn: int
    held: int

    def missing(self, total: int) -> int:
        """How much the contract lacks before it takes a root of this total."""
        return max(total - self.withdrawn - self.held, 0)


class PayoutContract:
    """One payout contract, spoken to through one node.

    Raises:
        ChainError: if the node is of another chain, or at the address is other code.
    """

    def __init__(self, rpc: Rpc, address: bytes, *, chain_id: int) -> None:
        self.rpc, self.address = rpc, address
        if read_quantity(rpc.call("eth_chainId")) != chain_id:
            raise ChainError(f"this node is not of chain {chain_id}")
        if keccak256(read_bytes(rpc.call("eth_getCode", to_hex(address), "latest"))) != contract.code_hash():
            raise ChainError("at this address is no payout contract of ours")

    def standing(self) -> Standing:
        """What it says in the newest block, asked one after the other."""
        ask = self._ask
        return Standing(
            operator=ask("operator()")[-ADDRESS_BYTES:],
            token=self.token,
            root=ask("root()"),
            total=int.from_bytes(ask("total()")),
            withdrawn=int.from_bytes(ask("withdrawn()")),
            held=int.from_bytes(_word(self.rpc, self.token, contract.balance_data(self.address))),
        )

    def withdrawn_by(self, account: bytes) -> int:
        """What an account withdrew so far."""
        return int.from_bytes(_word(self.rpc, self.address, contract.withdrawn_by_data(account)))

    @cached_property
    def token(self) -> bytes:
        """The ERC-20 that it pays in; it never changes."""
        return self._ask("token()")[-ADDRESS_BYTES:]

    def _ask(self, getter: str) -> bytes:
        return _word(self.rpc, self.address, contract.getter_data(getter))


def _word(rpc: Rpc, to: bytes, data: bytes) -> bytes:
    return read_bytes(rpc.call("eth_call", {"to": to_hex(to), "data": to_hex(data)}, "latest"), WORD)
