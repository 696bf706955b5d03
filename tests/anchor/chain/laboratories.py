"""Two places to try a chain: the twin in memory and a real node, anvil, with the same levers.

Every test of the promise and of the outbox runs in both. What anvil cannot do by
itself, losing an answer or lying, happens on the way to it, in ``Wire``.
"""

import json
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Protocol

import httpx2
from planetvault.demo.anvil import Anvil, start_anvil

from anchor.chain import evm_contract as contract
from anchor.chain.evm import EvmChain, quote, send
from anchor.chain.evm_deployment import appoint, deploy
from anchor.chain.evm_rpc import Rpc, read_bytes, read_quantity
from anchor.chain.evm_transaction import Call, account_of, address_of, sign
from anchor.chain.fees import Fees
from anchor.chain.finality import Finality
from anchor.chain.keccak import keccak256
from anchor.chain.memory import Fault, MemoryChain
from anchor.chain.port import Chain

ORIGIN = "example.org/log"
LOG_ID = sha256(ORIGIN.encode()).digest()
ADMIN_KEY = sha256(b"admin").digest()
WRITER_KEY = sha256(b"writer").digest()
STRANGER_KEY = sha256(b"stranger").digest()
STRANGER = address_of(account_of(STRANGER_KEY))
FINALITY = Finality.parse("depth:2")


def root_of(size: int) -> bytes:
    """The root that the log of these tests has at a size."""
    return sha256(f"root of {size}".encode()).digest()


class Laboratory(Protocol):
    """A chain, and what a test may do to it."""

    @property
    def chain(self) -> Chain:
        """The promise under test."""

    def other_writer(self) -> Chain:
        """Another holder of the same key, on an undisturbed wire."""

    def hold(self) -> None:
        """Mine only when told to."""

    def mine(self, blocks: int = 1) -> None:
        """Add blocks."""

    def reorg(self, depth: int) -> None:
        """Replace the newest blocks with empty ones and forget their transactions."""

    def spend_nonce(self) -> None:
        """Use the account's next nonce for something else."""

    def appoint(self, writer: bytes) -> None:
        """Make another account the writer, before anything that waits is mined."""

    def fail(self, fault: Fault, times: int = 1) -> None:
        """Let the next things go wrong; 0 times ends it."""

    def restart(self) -> None:
        """Stop the node and start it again on what it kept."""

    def anchored(self) -> list[tuple[int, bytes]]:
        """All (size, root) that the contract's events show."""


class MemoryLaboratory:
    """The twin, which has every lever already."""

    def __init__(self) -> None:
        self.chain = MemoryChain(FINALITY, base_fee_wei=10**9)

    def other_writer(self) -> Chain:
        return self.chain

    def hold(self) -> None:
        self.chain.automine = False

    def mine(self, blocks: int = 1) -> None:
        self.chain.mine(blocks)

    def reorg(self, depth: int) -> None:
        self.chain.reorg(depth)

    def spend_nonce(self) -> None:
        self.chain.spend_nonce()

    def appoint(self, writer: bytes) -> None:
        self.chain.appoint(writer)

    def fail(self, fault: Fault, times: int = 1) -> None:
        self.chain.fail(fault, times)

    def restart(self) -> None:
        """Nothing to do: it lives and dies with the process."""

    def anchored(self) -> list[tuple[int, bytes]]:
        return self.chain.anchored()


class Wire(httpx2.BaseTransport):
    """The way to a node, where answers get lost, and where a liar may sit.

    It also has each accepted transaction mined before the answer goes back, unless
    ``held``: anvil itself does so a moment later, and a test cannot wait for moments.
    """

    def __init__(self, node: Anvil) -> None:
        self.node = node
        self.held = False
        self._inner = httpx2.HTTPTransport(verify=False)
        self.faults: dict[Fault, int] = {}

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        question = json.loads(request.read())
        sending = question["method"] == "eth_sendRawTransaction"
        if self._take("down"):
            raise httpx2.ConnectError("down")
        if sending and self._take("refuse"):
            error = {"code": -32000, "message": "Insufficient funds for gas * price + value"}
            return httpx2.Response(200, json={"jsonrpc": "2.0", "id": question["id"], "error": error})
        if sending and self._take("drop"):
            raw = read_bytes(question["params"][0])
            return _answer(question, "0x" + keccak256(raw).hex())
        response = self._inner.handle_request(request)
        response.read()
        if sending and not self.held and "error" not in response.json():
            self.node.rpc("evm_mine")
        if sending and self._take("lose answer"):
            raise httpx2.ReadTimeout("lost")
        unknown = question["method"] == "eth_getTransactionReceipt" and response.json()["result"] is None
        if unknown and self._take("lie"):
            return self._invented_receipt(question)
        return response

    def close(self) -> None:
        self._inner.close()

    def _take(self, fault: Fault) -> bool:
        left = self.faults.get(fault, 0)
        self.faults[fault] = max(left - 1, 0)
        return left > 0

    def _invented_receipt(self, question: dict[str, object]) -> httpx2.Response:
        latest = self.node.node.call("eth_getBlockByNumber", "latest", False)
        receipt = {
            "transactionHash": question["params"][0],  # type: ignore[index]  # our own question
            "blockNumber": latest["number"],
            "blockHash": latest["hash"],
            "status": "0x1",
            "gasUsed": "0xd234",
        }
        return _answer(question, receipt)


def _answer(question: dict[str, object], result: object) -> httpx2.Response:
    return httpx2.Response(200, json={"jsonrpc": "2.0", "id": question["id"], "result": result})


@dataclass
class AnvilLaboratory:
    """A real node, with the contract deployed and the writer appointed."""

    node: Anvil
    state: Path
    rpc: Rpc
    wire: Wire
    chain: EvmChain

    @classmethod
    def start(cls, folder: Path) -> "AnvilLaboratory":
        state = folder / "anvil.json"
        node = start_anvil("--state", str(state))
        for key in (ADMIN_KEY, WRITER_KEY, STRANGER_KEY):
            node.fund(address_of(account_of(key)))
        rpc = Rpc(node.url)
        address = deploy(rpc, key=ADMIN_KEY)
        appoint(rpc, address, LOG_ID, address_of(account_of(WRITER_KEY)), key=ADMIN_KEY)
        node.rpc("evm_setAutomine", False)
        wire = Wire(node)
        chain = EvmChain(Rpc(node.url, transport=wire), address, FINALITY, key=WRITER_KEY)
        return cls(node, state, rpc, wire, chain)

    def close(self) -> None:
        self.chain.rpc.close()
        self.rpc.close()
        self.node.stop()

    def other_writer(self) -> Chain:
        return EvmChain(self.rpc, self.chain.contract_address, FINALITY, key=WRITER_KEY)

    def hold(self) -> None:
        self.wire.held = True

    def mine(self, blocks: int = 1) -> None:
        for _ in range(blocks):
            self.node.rpc("evm_mine")

    def reorg(self, depth: int) -> None:
        self.node.rpc("anvil_reorg", depth, [])

    def spend_nonce(self) -> None:
        account = account_of(WRITER_KEY)
        self._transact(WRITER_KEY, Call(address_of(account), b"", 21_000), tip=10**12)
        self.mine()

    def appoint(self, writer: bytes) -> None:
        data = contract.appoint_data(LOG_ID, writer)
        self._transact(ADMIN_KEY, Call(self.chain.contract_address, data, 150_000), tip=10**12)
        if not self.wire.held:
            self.mine()

    def fail(self, fault: Fault, times: int = 1) -> None:
        self.wire.faults[fault] = times

    def restart(self) -> None:
        port = httpx2.URL(self.node.url).port
        self.node.stop()
        self.node = self.wire.node = start_anvil("--state", str(self.state), "--no-mining", port=port)

    def anchored(self) -> list[tuple[int, bytes]]:
        event = keccak256(b"Anchored(bytes32,uint64,bytes32)")
        address = "0x" + self.chain.contract_address.hex()
        wanted = {"fromBlock": "0x0", "address": address, "topics": ["0x" + event.hex()]}
        found = self.rpc.call("eth_getLogs", wanted)
        return [(read_quantity(log["topics"][2]), read_bytes(log["data"], 32)) for log in found]

    def _transact(self, key: bytes, call: Call, *, tip: int) -> None:
        account, address = account_of(key), "0x" + address_of(account_of(key)).hex()
        nonce = read_quantity(self.rpc.call("eth_getTransactionCount", address, "latest"))
        fees = Fees(quote(self.rpc, "eip1559").max_fee_wei + tip, tip)
        signed = sign(account, call, chain_id=31337, nonce=nonce, fees=fees, rule="eip1559")
        send(self.rpc, signed.raw)
