"""Fetch from a node what shows offline that one of its blocks holds a root (``eth_getProof``, EIP-1186).

A node that has pruned the block's state, or never had this method (FISCO BCOS), has no proof to give.
"""

from anchor.chain.evm_rpc import Rpc, RpcRefusedError, read_bytes, read_object, read_quantity, to_hex
from anchor.chain.header import read_header
from anchor.chain.port import HASH_BYTES
from anchor.chain.proven import storage_slot
from anchor.chain.rlp import write_rlp
from anchor.errors import ChainError, FormatError
from anchor.records.chain_proof import ChainProof

DATA = ("parentHash", "sha3Uncles", "miner", "stateRoot", "transactionsRoot", "receiptsRoot", "logsBloom")
NUMBERS = ("difficulty", "number", "gasLimit", "gasUsed", "timestamp")
SEALED = ("extraData", "mixHash", "nonce")
BY_FORKS = (
    "baseFeePerGas",
    "withdrawalsRoot",
    "blobGasUsed",
    "excessBlobGas",
    "parentBeaconBlockRoot",
    "requestsHash",
)
"""What London, Shanghai, Cancun and Prague added at the end, in this order; numbers but for the roots."""


def fetch_proof(rpc: Rpc, contract: bytes, log_id: bytes, size: int, block: int) -> ChainProof | None:
    """The proof that ``contract`` holds a root for this log and size in ``block``; None if the node has none.

    It is not checked here: see ``verify_chain_proof``.

    Raises:
        ChainError: the node's answer can't be read. ChainUnreachable: nobody answered.
    """
    header = fetch_header(rpc, block)
    try:
        answer = rpc.call("eth_getProof", to_hex(contract), [to_hex(storage_slot(log_id, size))], hex(block))
    except RpcRefusedError:
        return None
    if header is None or answer is None:
        return None
    found = read_object(answer)
    storage = found.get("storageProof")
    if not isinstance(storage, list) or len(storage) != 1:
        raise ChainError("the node's answer holds no proof of the storage asked for")
    account, slot = _nodes(found.get("accountProof")), _nodes(read_object(storage[0]).get("proof"))
    return ChainProof(header=header, account=account, storage=slot) if account and slot else None


def fetch_header(rpc: Rpc, number: int) -> bytes | None:
    """The header of a block in RLP, put together again from its fields; None above the newest.

    Raises:
        ChainError: it does not hash to what the node calls the block, as on chains with fields of their own.
    """
    answer = rpc.call("eth_getBlockByNumber", hex(number), False)
    if answer is None:
        return None
    block = read_object(answer)
    fields = [read_bytes(block.get(name)) for name in DATA]
    fields += [_number(block[name]) for name in NUMBERS]
    fields += [read_bytes(block.get(name)) for name in SEALED]
    for name in BY_FORKS:
        if name in block:
            hashed = name.endswith(("Root", "Hash"))
            fields.append(read_bytes(block[name]) if hashed else _number(block[name]))
    header = write_rlp(fields)
    try:
        found = read_header(header).hash
    except FormatError as error:
        raise ChainError(f"the header of this chain's blocks is not read here: {error}") from error
    if found != read_bytes(block.get("hash"), HASH_BYTES):
        raise ChainError("the block's fields do not hash to its hash")
    return header


def _number(value: object) -> bytes:
    number = read_quantity(value)
    return number.to_bytes((number.bit_length() + 7) // 8)


def _nodes(value: object) -> tuple[bytes, ...]:
    if not isinstance(value, list):
        raise ChainError("the node's answer holds no path where one belongs")
    return tuple(map(read_bytes, value))
