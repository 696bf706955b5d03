"""Put a contract on a chain and appoint a log's writer: done once, by an operator.

Both wait for their block and fail loudly; nothing here survives a crash, because
somebody sits in front of it and can look and try again.
"""

import time

from anchor.chain import evm_contract as contract
from anchor.chain.evm import quote, send
from anchor.chain.evm_account import LocalAccount
from anchor.chain.evm_rpc import Rpc, find_receipt, read_bytes, read_quantity, to_hex
from anchor.chain.evm_transaction import Call, FeeRule, account_of, address_of, sign
from anchor.errors import ChainError, ChainUnreachable

DEPLOY_GAS_LIMIT = 1_000_000
APPOINT_GAS_LIMIT = 150_000
WAIT_SECONDS = 60.0
POLL_SECONDS = 0.05


def deploy(
    rpc: Rpc, *, key: bytes, fee_rule: FeeRule = "eip1559", wait_seconds: float = WAIT_SECONDS
) -> bytes:
    """Create the contract, with the account of ``key`` as admin; its 20-byte address.

    Raises:
        ChainError: the chain refused it.
        ChainUnreachable: it was not in a block within ``wait_seconds``; it may still come.
    """
    admin = account_of(key)
    call = Call(None, contract.creation_data(address_of(admin)), DEPLOY_GAS_LIMIT)
    receipt = carry_out(rpc, admin, call, fee_rule, wait_seconds)
    return read_bytes(receipt.get("contractAddress"), contract.ADDRESS_BYTES)


def appoint(
    rpc: Rpc,
    contract_address: bytes,
    log_id: bytes,
    writer: bytes,
    *,
    key: bytes,
    fee_rule: FeeRule = "eip1559",
    wait_seconds: float = WAIT_SECONDS,
) -> None:
    """Give a log its writer (20 bytes), signed by the admin's ``key``; raises as ``deploy`` does."""
    call = Call(contract_address, contract.appoint_data(log_id, writer), APPOINT_GAS_LIMIT)
    carry_out(rpc, account_of(key), call, fee_rule, wait_seconds)


def carry_out(
    rpc: Rpc,
    account: LocalAccount,
    call: Call,
    rule: FeeRule = "eip1559",
    wait_seconds: float = WAIT_SECONDS,
) -> dict[str, object]:
    """Sign and send one call, and wait for its receipt; raises as ``deploy`` does."""
    chain_id = read_quantity(rpc.call("eth_chainId"))
    nonce = read_quantity(rpc.call("eth_getTransactionCount", to_hex(address_of(account)), "pending"))
    signed = sign(account, call, chain_id=chain_id, nonce=nonce, fees=quote(rpc, rule), rule=rule)
    send(rpc, signed.raw)
    receipt = _wait_for(rpc, signed.tx_hash, wait_seconds)
    if read_quantity(receipt.get("status")) != 1:
        raise ChainError("the chain reverted the transaction: is this the right key?")
    return receipt


def _wait_for(rpc: Rpc, tx_hash: bytes, wait_seconds: float) -> dict[str, object]:
    deadline = time.monotonic() + wait_seconds
    while time.monotonic() < deadline:
        receipt = find_receipt(rpc, tx_hash)
        if receipt is not None:
            return receipt
        time.sleep(POLL_SECONDS)
    raise ChainUnreachable(f"transaction {to_hex(tx_hash)} is not in a block yet; look again later")
