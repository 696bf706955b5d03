"""Move money by the payout contract: fund it, say a root, withdraw. Signing is eth-account's work.

    operator  fund, distribute        whoever holds a proof  withdraw (the money goes to the account)

Before anything is sent the node is asked whether it would pass, so that a refusal costs no gas.
"""

from collections.abc import Sequence

from anchor.chain import evm_distributor as contract
from anchor.chain.distribution import ADDRESS_BYTES
from anchor.chain.evm_deployment import carry_out
from anchor.chain.evm_payouts import PayoutContract
from anchor.chain.evm_rpc import Rpc, RpcRefusedError, read_bytes, to_hex
from anchor.chain.evm_transaction import Call, FeeRule, account_of, address_of
from anchor.errors import ChainError

GAS_LIMIT = 400_000
"""Four times a withdrawal with a path of 32; a token may take some for itself."""
DEPLOY_GAS_LIMIT = 2_000_000
HASH_BYTES = 32
REFUSALS = (
    "not the operator",
    "no root",
    "total must not shrink",
    "not funded",
    "no such leaf",
    "nothing to withdraw",
    "more than the total",
    "not transferred",
)
"""What the contract says; a node's other words are not repeated."""


class Payer:
    """A payout contract, and the key of one account. Its ``repr`` does not show the key.

    Every call answers with the hash of a transaction that is in a block.

    Raises:
        ChainError: if the contract would refuse the call, or the chain refused it.
        ChainUnreachable: if it is not in a block within a minute. It may still come: look before you repeat.
    """

    def __init__(self, at: PayoutContract, *, key: bytes, fee_rule: FeeRule = "eip1559") -> None:
        self.at = at
        self._account, self._fee_rule = account_of(key), fee_rule

    @property
    def account(self) -> bytes:
        """Whose key it is."""
        return address_of(self._account)

    def fund(self, amount: int) -> bytes:
        """Move tokens of this account to the contract."""
        return self._send(self.at.token, contract.transfer_data(self.at.address, amount))

    def distribute(self, root: bytes, total: int) -> bytes:
        """Say a root, as the operator."""
        return self._send(self.at.address, contract.distribute_data(root, total))

    def withdraw(self, account: bytes, cumulative: int, proof: Sequence[bytes]) -> bytes:
        """Have ``account`` paid what it is owed; anybody may."""
        return self._send(self.at.address, contract.withdraw_data(account, cumulative, proof))

    def _send(self, to: bytes, data: bytes) -> bytes:
        self._require_passing(to, data)
        receipt = carry_out(self.at.rpc, self._account, Call(to, data, GAS_LIMIT), self._fee_rule)
        return read_bytes(receipt.get("transactionHash"), HASH_BYTES)

    def _require_passing(self, to: bytes, data: bytes) -> None:
        call = {"from": to_hex(self.account), "to": to_hex(to), "data": to_hex(data)}
        try:
            self.at.rpc.call("eth_call", call, "latest")
        except RpcRefusedError as refused:
            said = next((words for words in REFUSALS if words in refused.reason), "it does not say why")
            raise ChainError(f"the contract refuses this: {said}") from refused


def deploy_payouts(rpc: Rpc, token: bytes, *, key: bytes, fee_rule: FeeRule = "eip1559") -> bytes:
    """Create a payout contract whose operator is the account of ``key``; its address. Raises as ``Payer``."""
    account = account_of(key)
    call = Call(None, contract.creation_data(address_of(account), token), DEPLOY_GAS_LIMIT)
    receipt = carry_out(rpc, account, call, fee_rule)
    return read_bytes(receipt.get("contractAddress"), ADDRESS_BYTES)
