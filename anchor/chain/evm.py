"""Write anchors through the Ethereum JSON-RPC, as the one account that may.

``EvmChain`` is ``EvmReader`` and a key. Signing is eth-account's work; this file
asks for nonce and fees and knows what a node's refusals mean.
"""

import re

from anchor.chain import evm_contract as contract
from anchor.chain.evm_reader import EvmReader
from anchor.chain.evm_rpc import Rpc, RpcRefusedError, read_object, read_quantity, to_hex
from anchor.chain.evm_transaction import Call, FeeRule, account_of, address_of, sign
from anchor.chain.fees import Fees
from anchor.chain.finality import Finality
from anchor.chain.port import SignedAnchor
from anchor.errors import ChainError

GAS_LIMIT = 150_000
"""Twice the gas of a log's first anchor: room for chains that price storage higher."""
NOTHING_NEW = re.compile(r"already ?known|already imported|\bknown transaction|nonce too low|oldnonce")
"""The node has these bytes, or their nonce is past: geth, anvil, Besu, Nethermind. Not a verdict."""
REASONS = (
    "insufficient funds",
    "underpriced",
    "less than block base fee",
    "gas limit",
    "nonce too high",
    "chain id",
)
"""Refusals an operator can act on; a node's other words are not repeated."""


class EvmChain(EvmReader):
    """The same contract, and the key of one writer. Its ``repr`` shows neither key nor node."""

    def __init__(
        self,
        rpc: Rpc,
        contract_address: bytes,
        finality: Finality,
        *,
        key: bytes,
        fee_rule: FeeRule = "eip1559",
        gas_limit: int = GAS_LIMIT,
        label: str = "EVM",
    ) -> None:
        super().__init__(rpc, contract_address, finality, label=label)
        self._account = account_of(key)
        self._fee_rule = fee_rule
        self._gas_limit = gas_limit

    @property
    def account(self) -> bytes:
        """See ``Chain``."""
        return address_of(self._account)

    def next_nonce(self) -> int:
        """See ``Chain``."""
        return read_quantity(self.rpc.call("eth_getTransactionCount", to_hex(self.account), "latest"))

    def anchors_left(self) -> int | None:
        """See ``Chain``; a node takes a transaction only if all its gas could be paid for."""
        wei = self._gas_limit * self.quote().max_fee_wei
        if wei == 0:
            return None
        return read_quantity(self.rpc.call("eth_getBalance", to_hex(self.account), "latest")) // wei

    def quote(self) -> Fees:
        """See ``Chain``."""
        return quote(self.rpc, self._fee_rule)

    def prepare(self, log_id: bytes, size: int, root: bytes, *, nonce: int, fees: Fees) -> SignedAnchor:
        """See ``Chain``."""
        call = Call(self.contract_address, contract.anchor_data(log_id, size, root), self._gas_limit)
        return sign(self._account, call, chain_id=self.chain_id, nonce=nonce, fees=fees, rule=self._fee_rule)

    def send(self, raw: bytes) -> None:
        """See ``Chain``."""
        send(self.rpc, raw)


def quote(rpc: Rpc, rule: FeeRule) -> Fees:
    """What to offer now: twice the base fee and the node's tip, its gas price, or nothing."""
    if rule == "free":
        return Fees.none()
    if rule == "legacy":
        price = read_quantity(rpc.call("eth_gasPrice"))
        return Fees(price, price)
    tip = read_quantity(rpc.call("eth_maxPriorityFeePerGas"))
    newest = read_object(rpc.call("eth_getBlockByNumber", "latest", False))
    return Fees(2 * read_quantity(newest.get("baseFeePerGas")) + tip, tip)


def send(rpc: Rpc, raw: bytes) -> None:
    """Hand signed bytes to a node; see ``Chain.send``."""
    try:
        rpc.call("eth_sendRawTransaction", to_hex(raw))
    except RpcRefusedError as refusal:
        if NOTHING_NEW.search(refusal.reason):
            return
        known = next((words for words in REASONS if words in refusal.reason), "no known reason")
        raise ChainError(f"the node refused the transaction: {known} (code {refusal.code})") from refusal
