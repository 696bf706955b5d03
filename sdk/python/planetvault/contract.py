"""The payout contract from the command line: one node, one contract, and a key from the environment."""

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from importlib import import_module
from typing import TYPE_CHECKING

from anchor.chain.evm_payouts import PayoutContract, Standing
from anchor.chain.evm_rpc import Rpc
from planetvault.answers import read_hex
from planetvault.errors import BrokenAnswer, PlanetVaultError
from planetvault.extras import require

if TYPE_CHECKING:
    from anchor.chain.evm_payer import Payer  # its extra [evm] may be missing

KEY_BYTES = 32
EVM = ("eth_account",)
FEES = ("eip1559", "legacy", "free")
"""How a chain takes fees: base fee and tip, one gas price, or not at all."""


class NotTold(PlanetVaultError):
    """The contract does not have the root that it should have; the message says what to do."""


class NoKey(PlanetVaultError):
    """The environment has no key of an account where one is needed."""


@contextmanager
def reach(url: str, contract: bytes, chain_id: int) -> Iterator[PayoutContract]:
    """The contract, through the node at ``url``.

    Raises:
        ChainError: if the node is of another chain, or the contract is none of ours.
    """
    with closing(Rpc(url)) as rpc:
        yield PayoutContract(rpc, contract, chain_id=chain_id)


def key_of(name: str) -> bytes:
    """The 32 bytes of an account's key, in the environment variable ``name``.

    Raises:
        NoKey: if there is none.
    """
    require(EVM, "evm", "Without it, sign the call that is shown with a wallet.")
    try:
        return read_hex(os.environ.get(name, ""), KEY_BYTES)
    except BrokenAnswer:
        raise NoKey(f"{name} holds no key: 0x and {2 * KEY_BYTES} hexadecimal digits") from None


def payer(at: PayoutContract, name: str, fees: str) -> "Payer":
    """The contract, and the key in the environment variable ``name``. Needs the extra ``[evm]``."""
    key = key_of(name)
    made: Payer = import_module("anchor.chain.evm_payer").Payer(at, key=key, fee_rule=fees)
    return made


def told(standing: Standing) -> str:
    """What a contract says, in lines."""
    shown = (
        ("operator", "0x" + standing.operator.hex()),
        ("token", "0x" + standing.token.hex()),
        ("root", "0x" + standing.root.hex()),
        ("total", standing.total),
        ("withdrawn", standing.withdrawn),
        ("held", standing.held),
    )
    return "".join(f"{name:10}{value}\n" for name, value in shown)
