"""Blocks and transactions of the chain's twin in memory, and the state they replay to."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import sha256

from anchor.chain.fees import Fees
from anchor.chain.port import Block, Inclusion

GAS_PER_ANCHOR = 53_812


@dataclass(frozen=True)
class Transaction:
    """An anchor on its way into a block; size 0 is anything else the account does."""

    account: bytes
    nonce: int
    fees: Fees
    log_id: bytes
    size: int
    root: bytes
    raw: bytes

    @property
    def hash(self) -> bytes:
        """Its name: the SHA-256 of its bytes."""
        return sha256(self.raw).digest()


@dataclass(frozen=True)
class MinedBlock:
    """A block, what it holds, and which of that was reverted whatever the contract says."""

    block: Block
    transactions: tuple[Transaction, ...] = ()
    reverted_on_request: frozenset[bytes] = frozenset()


@dataclass
class State:
    """What accounts and contract are after some blocks; ``heads`` are sizes by log id."""

    roots: dict[tuple[bytes, int], bytes] = field(default_factory=dict)
    heads: dict[bytes, int] = field(default_factory=dict)
    nonces: dict[bytes, int] = field(default_factory=dict)
    inclusions: dict[bytes, Inclusion] = field(default_factory=dict)


def replay(blocks: Iterable[MinedBlock]) -> State:
    """The state after these blocks; nothing else is remembered of it."""
    state = State()
    for mined in blocks:
        for transaction in mined.transactions:
            _apply(state, transaction, mined)
    return state


def _apply(state: State, transaction: Transaction, mined: MinedBlock) -> None:
    """What the contract and its chain do with one transaction."""
    size, log_id = transaction.size, transaction.log_id
    succeeded = size > state.heads.get(log_id, 0) and transaction.hash not in mined.reverted_on_request
    state.nonces[transaction.account] = transaction.nonce + 1
    if succeeded:
        state.heads[log_id] = size
        state.roots[log_id, size] = transaction.root
    state.inclusions[transaction.hash] = Inclusion(
        transaction.hash, mined.block.number, mined.block.hash, succeeded=succeeded, gas_used=GAS_PER_ANCHOR
    )


def read_transaction(raw: bytes) -> Transaction:
    """Read what ``MemoryChain.prepare`` wrote."""
    account, nonce, max_fee, tip, log_id, size, root = json.loads(raw)
    return Transaction(
        account=bytes.fromhex(account),
        nonce=nonce,
        fees=Fees(max_fee, tip),
        log_id=bytes.fromhex(log_id),
        size=size,
        root=bytes.fromhex(root),
        raw=raw,
    )
