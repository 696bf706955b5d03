"""A chain that speaks the Ethereum JSON-RPC: Besu, FISCO BCOS ≥ 3.9, geth, anvil.

``EvmReader`` needs a node's address and the contract's; ``EvmChain`` also holds the
writer's key. One node is believed about what it says: a stranger who checks an
anchor asks two nodes that do not belong to the log's operator.
"""

from functools import cached_property

from eth_utils.crypto import keccak

from anchor.chain import anchor_log as contract
from anchor.chain.fees import Fees
from anchor.chain.finality import Finality
from anchor.chain.port import HASH_BYTES, Block, ChainIdentity, Head, Inclusion, SignedAnchor
from anchor.chain.rpc import Rpc, RpcRefusedError, read_bytes, read_object, read_quantity, to_hex
from anchor.chain.transaction import Call, FeeRule, account_of, address_of, sign
from anchor.errors import ChainError

GAS_LIMIT = 150_000
"""Twice the gas of a log's first anchor: room for chains that price storage higher."""
DEVELOPMENT_CHAIN_IDS = frozenset({1337, 31337})
DEVELOPMENT_NODES = ("anvil", "hardhat", "ganache", "testrpc", "eth-tester")
HAVE_IT_ALREADY = ("already known", "already imported", "known transaction", "alreadyknown")
NONCE_IS_PAST = ("nonce too low", "oldnonce")
REASONS = (
    "insufficient funds",
    "underpriced",
    "less than block base fee",
    "gas limit",
    "nonce too high",
    "chain id",
)
"""Refusals an operator can act on; a node's other words are not repeated."""


class EvmReader:
    """One anchor contract, read through one node.

    ``contract_address`` has 20 bytes. ``label`` is how people call the chain.
    """

    def __init__(self, rpc: Rpc, contract_address: bytes, finality: Finality, *, label: str = "EVM") -> None:
        self.rpc = rpc
        self.contract_address = contract_address
        self.finality = finality
        self._label = label

    @cached_property
    def chain_id(self) -> int:
        """The number that signatures are bound to (EIP-155); asked once."""
        return read_quantity(self.rpc.call("eth_chainId"))

    @cached_property
    def development(self) -> bool:
        """Told by the chain id, or by what the node calls itself; a disguised one is not noticed."""
        if self.chain_id in DEVELOPMENT_CHAIN_IDS:
            return True
        version = str(self.rpc.call("web3_clientVersion")).lower()
        return any(node in version for node in DEVELOPMENT_NODES)

    @property
    def name(self) -> str:
        """For example ``EVM (development chain 31337, finality depth:2)``."""
        kind = "development chain" if self.development else "chain"
        return f"{self._label} ({kind} {self.chain_id}, finality {self.finality})"

    def identity(self) -> ChainIdentity:
        """Chain id, genesis, address and code as the node tells them now; nothing is cached."""
        genesis = self.block_at(0)
        code = read_bytes(self.rpc.call("eth_getCode", to_hex(self.contract_address), "latest"))
        if genesis is None or not code:
            raise ChainError("there is no contract at the configured address")
        return ChainIdentity(
            chain_id=read_quantity(self.rpc.call("eth_chainId")),
            genesis=genesis.hash,
            contract=self.contract_address,
            code_hash=keccak(code),
        )

    def head(self, log_id: bytes) -> Head:
        """See ``ChainReader``."""
        return contract.read_head(self._ask(contract.head_data(log_id)))

    def root_at(self, log_id: bytes, size: int) -> bytes | None:
        """See ``ChainReader``."""
        return contract.read_root(self._ask(contract.root_at_data(log_id, size)))

    def writer_of(self, log_id: bytes) -> bytes | None:
        """See ``ChainReader``."""
        return contract.read_writer(self._ask(contract.writer_of_data(log_id)))

    def latest(self) -> Block:
        """See ``ChainReader``."""
        block = self._block("latest")
        if block is None:
            raise ChainError("the node has no latest block")
        return block

    def block_at(self, number: int) -> Block | None:
        """See ``ChainReader``."""
        return self._block(hex(number))

    def final_height(self) -> int | None:
        """See ``ChainReader``."""
        if self.finality.kind == "none":
            return None
        tagged = self._block("finalized") if self.finality.kind == "tag" else None
        return self.finality.height(
            latest=self.latest().number, tagged=None if tagged is None else tagged.number
        )

    def inclusion(self, tx_hash: bytes) -> Inclusion | None:
        """See ``ChainReader``; read from the transaction's receipt."""
        answer = self.rpc.call("eth_getTransactionReceipt", to_hex(tx_hash))
        if answer is None:
            return None
        found = read_object(answer)
        if read_bytes(found.get("transactionHash"), HASH_BYTES) != tx_hash:
            raise ChainError("the node answered about another transaction")
        return Inclusion(
            tx_hash=tx_hash,
            block_number=read_quantity(found.get("blockNumber")),
            block_hash=read_bytes(found.get("blockHash"), HASH_BYTES),
            succeeded=read_quantity(found.get("status")) == 1,
            gas_used=read_quantity(found.get("gasUsed")),
        )

    def _ask(self, data: bytes) -> bytes:
        call = {"to": to_hex(self.contract_address), "data": to_hex(data)}
        return read_bytes(self.rpc.call("eth_call", call, "latest"))

    def _block(self, which: str) -> Block | None:
        answer = self.rpc.call("eth_getBlockByNumber", which, False)
        if answer is None:
            return None
        found = read_object(answer)
        return Block(
            number=read_quantity(found.get("number")),
            hash=read_bytes(found.get("hash"), HASH_BYTES),
            time=read_quantity(found.get("timestamp")),
        )


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
        if any(words in refusal.reason for words in (*HAVE_IT_ALREADY, *NONCE_IS_PAST)):
            return
        known = next((words for words in REASONS if words in refusal.reason), "no known reason")
        raise ChainError(f"the node refused the transaction: {known} (code {refusal.code})") from refusal
