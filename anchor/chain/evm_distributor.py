"""The payout contract as it is spoken to: its bytes and its calls (docs/spec/payout-contract.md)."""

import json
from collections.abc import Sequence
from functools import cache
from importlib.resources import files

from anchor.chain.distribution import ADDRESS_BYTES
from anchor.chain.keccak import keccak256
from anchor.errors import FormatError

_WORD = 32


def creation_code() -> bytes:
    """The committed creation code, without its arguments."""
    return bytes.fromhex(_made()["creation_bytecode"][2:])


def code_hash() -> bytes:
    """The keccak-256 of the code that every deployment has."""
    return bytes.fromhex(_made()["code_hash"][2:])


@cache
def _made() -> dict[str, str]:
    made: dict[str, str] = json.loads(
        files("anchor").joinpath("contracts/PayoutDistributor.json").read_text("utf-8")
    )
    return made


def creation_data(operator: bytes, token: bytes) -> bytes:
    """Creation code for a contract that ``operator`` speaks for and that pays in ``token``; 20 bytes each."""
    return creation_code() + _address(operator) + _address(token)


def distribute_data(root: bytes, total: int) -> bytes:
    """Calldata that says a root and all that is owed under it."""
    return _selector("distribute(bytes32,uint256)") + root + _number(total)


def withdraw_data(account: bytes, cumulative: int, proof: Sequence[bytes]) -> bytes:
    """Calldata that withdraws what an account was owed in all, less what it withdrew before."""
    head = _address(account) + _number(cumulative) + _number(3 * _WORD)
    tail = _number(len(proof)) + b"".join(proof)
    return _selector("withdraw(address,uint256,bytes32[])") + head + tail


def withdrawn_by_data(account: bytes) -> bytes:
    """Calldata that asks what an account withdrew so far."""
    return _selector("withdrawn_by(address)") + _address(account)


def getter_data(signature: str) -> bytes:
    """Calldata of a getter without arguments, such as ``root()``."""
    return _selector(signature)


def balance_data(account: bytes) -> bytes:
    """Calldata that asks a token (ERC-20) what an account has."""
    return _selector("balanceOf(address)") + _address(account)


def transfer_data(to: bytes, amount: int) -> bytes:
    """Calldata that has a token (ERC-20) move an amount."""
    return _selector("transfer(address,uint256)") + _address(to) + _number(amount)


def _selector(signature: str) -> bytes:
    return keccak256(signature.encode())[:4]


def _address(address: bytes) -> bytes:
    if len(address) != ADDRESS_BYTES:
        raise FormatError("an address has 20 bytes")
    return address.rjust(_WORD, b"\0")


def _number(value: int) -> bytes:
    return value.to_bytes(_WORD, "big")
