"""Signed EVM transactions, by eth-account. Nothing here speaks to a node.

Signatures are deterministic (RFC 6979): the same call, nonce and fees give the
same bytes, and so the same transaction hash, after any crash.
"""

from dataclasses import dataclass
from typing import Any, Literal

from anchor.chain.evm_account import Account, LocalAccount
from anchor.chain.fees import Fees
from anchor.chain.port import SignedAnchor
from anchor.errors import FormatError

KEY_BYTES = 32
CURVE_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
"""secp256k1 (SEC 2 §2.4.1); a key is a number from 1 to below this."""
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
    if len(key) != KEY_BYTES or not 0 < int.from_bytes(key) < CURVE_ORDER:
        raise FormatError("not a usable account key")
    account: LocalAccount = Account.from_key(key)
    return account


def address_of(account: LocalAccount) -> bytes:
    """The account's 20-byte address."""
    return bytes.fromhex(account.address[2:])


def sign(
    account: LocalAccount, call: Call, *, chain_id: int, nonce: int, fees: Fees, rule: FeeRule
) -> SignedAnchor:
    """Sign ``call``: EIP-1559 (type 2) where the rule says so, else EIP-155 with one gas price."""
    # Any: eth-account's own type for these fields comes from a package we do not lean on.
    fields: dict[str, Any] = {
        "chainId": chain_id,
        "nonce": nonce,
        "gas": call.gas_limit,
        "value": 0,
        "data": call.data,
    }
    if call.to is not None:
        fields["to"] = call.to
    if rule == "eip1559":
        fields |= {"type": 2, "maxFeePerGas": fees.max_fee_wei, "maxPriorityFeePerGas": fees.tip_wei}
    else:
        fields |= {"gasPrice": fees.max_fee_wei}
    signed = account.sign_transaction(fields)
    return SignedAnchor(tx_hash=bytes(signed.hash), raw=bytes(signed.raw_transaction), nonce=nonce, fees=fees)
