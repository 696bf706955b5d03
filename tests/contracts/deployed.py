"""The contract as its tests speak to it: transactions by named people, and refusals with their words."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import count
from typing import Any

from anchor.chain import evm_contract as contract
from anchor.chain.evm import quote, send
from anchor.chain.evm_deployment import deploy
from anchor.chain.evm_reader import EvmReader
from anchor.chain.evm_rpc import Rpc, RpcRefusedError, read_quantity, to_hex
from anchor.chain.evm_transaction import Call, account_of, address_of, sign
from anchor.chain.finality import Finality


@dataclass(frozen=True)
class Actor:
    """Somebody with an account."""

    name: str

    @property
    def key(self) -> bytes:
        return sha256(self.name.encode()).digest()

    @property
    def address(self) -> bytes:
        return address_of(account_of(self.key))


ADMIN, WRITER, STRANGER = Actor("admin"), Actor("writer"), Actor("stranger")


@dataclass
class Deployed:
    """The contract, appointed by ``ADMIN``."""

    rpc: Rpc
    address: bytes
    reader: EvmReader
    _logs: Iterator[int] = field(default_factory=count)

    @classmethod
    def on(cls, url: str) -> "Deployed":
        rpc = Rpc(url)
        address = deploy(rpc, key=ADMIN.key)
        # anvil mines by itself a moment after it answers; a test cannot wait for moments.
        rpc.call("evm_setAutomine", False)
        return cls(rpc, address, EvmReader(rpc, address, Finality.parse("none")))

    def new_log(self, writer: Actor | None = WRITER) -> bytes:
        """The id of a log nobody used before, with its writer appointed."""
        log_id = sha256(f"log {next(self._logs)}".encode()).digest()
        if writer is not None:
            self.appoint(log_id, writer.address)
        return log_id

    def appoint(self, log_id: bytes, writer: bytes, *, by: Actor = ADMIN) -> dict[str, Any]:
        return self.transact(by, contract.appoint_data(log_id, writer))

    def anchor(self, log_id: bytes, size: int, root: bytes, *, by: Actor = WRITER) -> dict[str, Any]:
        return self.transact(by, contract.anchor_data(log_id, size, root))

    def transact(self, actor: Actor, data: bytes) -> dict[str, Any]:
        """The receipt of a transaction, which may be reverted."""
        nonce = read_quantity(self.rpc.call("eth_getTransactionCount", to_hex(actor.address), "latest"))
        signed = sign(
            account_of(actor.key),
            Call(self.address, data, 150_000),
            chain_id=self.reader.chain_id,
            nonce=nonce,
            fees=quote(self.rpc, "eip1559"),
            rule="eip1559",
        )
        send(self.rpc, signed.raw)
        self.rpc.call("evm_mine")
        receipt: dict[str, Any] = self.rpc.call("eth_getTransactionReceipt", to_hex(signed.tx_hash))
        return receipt

    def refusal(self, actor: Actor, data: bytes) -> str:
        """Why the contract refuses this call; empty if it does not."""
        call = {"from": to_hex(actor.address), "to": to_hex(self.address), "data": to_hex(data)}
        try:
            self.rpc.call("eth_call", call, "latest")
        except RpcRefusedError as refused:
            return refused.reason
        return ""


def succeeded(receipt: dict[str, Any]) -> bool:
    return read_quantity(receipt["status"]) == 1


def gas_of(receipt: dict[str, Any]) -> int:
    return read_quantity(receipt["gasUsed"])
