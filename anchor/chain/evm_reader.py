"""Read anchors through the Ethereum JSON-RPC: Besu, FISCO BCOS ≥ 3.9, geth, anvil.

It needs a node's address and the contract's, and no part of the extra ``[evm]``:
a stranger who checks a receipt signs nothing. One node is believed about what it
says, so that stranger asks two that do not belong to the log's operator.
"""

from functools import cached_property

from anchor.chain import evm_contract as contract
from anchor.chain.evm_proof import fetch_proof
from anchor.chain.evm_rpc import Rpc, find_receipt, read_bytes, read_object, read_quantity, to_hex
from anchor.chain.finality import Finality
from anchor.chain.keccak import keccak256
from anchor.chain.port import HASH_BYTES, Block, ChainIdentity, Head, Inclusion
from anchor.errors import ChainError
from anchor.records.chain_proof import ChainProof

DEVELOPMENT_CHAIN_IDS = frozenset({1337, 31337})
DEVELOPMENT_NODES = ("anvil", "hardhat", "ganache", "testrpc", "eth-tester")


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
            code_hash=keccak256(code),
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
        found = find_receipt(self.rpc, tx_hash)
        if found is None:
            return None
        if read_bytes(found.get("transactionHash"), HASH_BYTES) != tx_hash:
            raise ChainError("the node answered about another transaction")
        return Inclusion(
            tx_hash=tx_hash,
            block_number=read_quantity(found.get("blockNumber")),
            block_hash=read_bytes(found.get("blockHash"), HASH_BYTES),
            succeeded=read_quantity(found.get("status")) == 1,
            gas_used=read_quantity(found.get("gasUsed")),
        )

    def prove(self, log_id: bytes, size: int, block: int) -> ChainProof | None:
        """See ``ChainReader``."""
        return fetch_proof(self.rpc, self.contract_address, log_id, size, block)

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
