"""Signed EVM transactions, by eth-account. Nothing here speaks to a node.

Signatures are deterministic (RFC 6979): the same call, nonce and fees give the
same bytes, and so the same transaction hash, after any crash.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from eth_account import Account
from eth_account.signers.local import LocalAccount
from eth_account.types import AccessListEntry
from eth_utils.exceptions import ValidationError
from eth_typing import HexStr
from eth_utils.address import to_checksum_address

from anchor.chain.fees import Fees
from anchor.chain.port import SignedAnchor
from anchor.errors import FormatError

KEY_BYTES = 32
Fields = dict[str, Sequence[AccessListEntry] | bytes | HexStr | int]
"""A transaction as eth-account takes it; ours have no access list."""
FeeRule = Literal["eip1559", "legacy", "free"]
"""How a chain takes fees: base fee and tip, one gas price, or not at all."""


@dataclass(frozen=True)
class Call:
    """What a transaction does. ``to`` is a 20-byte address, or None to create a contract."""

    to: bytes | None
    data: bytes
    gas_limit: int


def account_of(key: bytes) -> LocalAccount:
    """The account of a 32-byte secp256k1 key.

    Raises:
        FormatError: the key has another length or is out of the curve's range.
    """
    if len(key) != KEY_BYTES:
        raise FormatError("an account key has 32 bytes")
    try:
        account: LocalAccount = Account.from_key(key)
    except (ValueError, ValidationError):
        # Not chained: the library's message may repeat the key.
        raise FormatError("not a usable account key") from None
    return account


def address_of(account: LocalAccount) -> bytes:
    """The account's 20-byte address."""
    return bytes.fromhex(account.address[2:])


def sign(
    account: LocalAccount, call: Call, *, chain_id: int, nonce: int, fees: Fees, rule: FeeRule
) -> SignedAnchor:
    """Sign ``call``: EIP-1559 (type 2) where the rule says so, else EIP-155 with one gas price."""
    fields: Fields = {
        "chainId": chain_id,
        "nonce": nonce,
        "gas": call.gas_limit,
        "value": 0,
        "data": call.data,
    }
    if call.to is not None:
        fields["to"] = to_checksum_address(call.to)
    if rule == "eip1559":
        fields |= {"type": 2, "maxFeePerGas": fees.max_fee_wei, "maxPriorityFeePerGas": fees.tip_wei}
    else:
        fields |= {"gasPrice": fees.max_fee_wei}
    signed = account.sign_transaction(fields)
    return SignedAnchor(tx_hash=bytes(signed.hash), raw=bytes(signed.raw_transaction), nonce=nonce, fees=fees)
