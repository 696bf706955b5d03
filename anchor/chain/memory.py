"""The chain's twin in memory: the same promise, and faults on request.

For tests and for trying things out. It is called a development chain, because
it is one. State is never stored: it is replayed from the blocks, so that a
reorganisation is nothing but other blocks.

Two things it does as real nodes do and anvil does not: a replacement must raise
both fees by a tenth, and a transaction below the base fee waits in the pool.
As on anvil, transactions of dropped blocks are forgotten unless kept on request.
"""

import json
from hashlib import sha256
from typing import Literal

from anchor.chain.fees import Fees
from anchor.chain.finality import Finality
from anchor.chain.memory_ledger import (
    GAS_PER_ANCHOR,
    MinedBlock,
    State,
    Transaction,
    read_transaction,
    replay,
)
from anchor.chain.port import Block, ChainIdentity, Head, Inclusion, SignedAnchor
from anchor.errors import ChainError, ChainUnreachable
from anchor.records.chain_proof import ChainProof

BLOCK_SECONDS = 12
GENESIS_TIME = 1_800_000_000
NO_ROOT = bytes(32)

Fault = Literal["down", "drop", "lose answer", "refuse", "revert", "lie"]
"""What may go wrong next.

down: nobody answers anything. drop: a sent transaction is accepted and lost.
lose answer: it arrives, the answer does not. refuse: it is refused. revert: it is
included and changes nothing. lie: a transaction never seen is shown as included.
"""


class MemoryChain:
    """A chain inside the process, with one writer's account on it.

    ``writer`` (20 bytes) may anchor for every log until ``appoint`` says otherwise.
    With ``automine`` a block follows each transaction that can be included.
    """

    def __init__(
        self,
        finality: Finality,
        *,
        account: bytes = b"\x01" * 20,
        base_fee_wei: int = 0,
        automine: bool = True,
    ) -> None:
        self.finality = finality
        self.account = account
        self.automine = automine
        self.base_fee_wei = base_fee_wei
        self._writer: bytes | None = account
        self._pool: dict[int, Transaction] = {}
        self._blocks = [MinedBlock(Block(0, sha256(b"genesis").digest(), GENESIS_TIME))]
        self._faults: dict[Fault, int] = {}
        self._held_until: dict[bytes, int] = {}
        self._delay_blocks = 0
        self._branch = 0

    # ── the promise ──────────────────────────────────────────────────────────

    @property
    def name(self) -> str:
        """See ``ChainReader``."""
        return f"memory (development chain, finality {self.finality})"

    @property
    def development(self) -> bool:
        """Always: nobody else holds a copy."""
        return True

    def identity(self) -> ChainIdentity:
        """See ``ChainReader``; there is no code, so its hash is that of nothing."""
        self._answer()
        return ChainIdentity(31337, self._blocks[0].block.hash, bytes(20), sha256(b"").digest())

    def head(self, log_id: bytes) -> Head:
        """See ``ChainReader``."""
        self._answer()
        state = self._replay()
        size = state.heads.get(log_id, 0)
        return Head(size, state.roots.get((log_id, size), NO_ROOT))

    def root_at(self, log_id: bytes, size: int) -> bytes | None:
        """See ``ChainReader``."""
        self._answer()
        return self._replay().roots.get((log_id, size))

    def writer_of(self, log_id: bytes) -> bytes | None:  # noqa: ARG002 one writer for every log
        """See ``ChainReader``."""
        self._answer()
        return self._writer

    def latest(self) -> Block:
        """See ``ChainReader``."""
        self._answer()
        return self._blocks[-1].block

    def block_at(self, number: int) -> Block | None:
        """See ``ChainReader``."""
        self._answer()
        return self._blocks[number].block if 0 <= number < len(self._blocks) else None

    def final_height(self) -> int | None:
        """See ``ChainReader``; two blocks down is where this chain puts its ``finalized`` tag."""
        self._answer()
        latest = self._blocks[-1].block.number
        return self.finality.height(latest=latest, tagged=max(latest - 2, 0))

    def inclusion(self, tx_hash: bytes) -> Inclusion | None:
        """See ``ChainReader``."""
        self._answer()
        found = self._replay().inclusions.get(tx_hash)
        if found is None and self._take("lie"):
            block = self._blocks[-1].block
            return Inclusion(tx_hash, block.number, block.hash, succeeded=True, gas_used=GAS_PER_ANCHOR)
        return found

    def prove(self, log_id: bytes, size: int, block: int) -> ChainProof | None:  # noqa: ARG002 - as the port
        """None: this chain keeps no tries."""
        self._answer()
        return None

    def next_nonce(self) -> int:
        """See ``Chain``."""
        self._answer()
        return self._replay().nonces.get(self.account, 0)

    def anchors_left(self) -> int | None:
        """See ``Chain``: nobody counts money here."""
        return None

    def quote(self) -> Fees:
        """See ``Chain``."""
        self._answer()
        if self.base_fee_wei == 0:
            return Fees.none()
        return Fees(2 * self.base_fee_wei + 1, 1)

    def prepare(self, log_id: bytes, size: int, root: bytes, *, nonce: int, fees: Fees) -> SignedAnchor:
        """See ``Chain``. There is no signature; the bytes are the transaction, as JSON."""
        fields = [self.account.hex(), nonce, fees.max_fee_wei, fees.tip_wei, log_id.hex(), size, root.hex()]
        raw = json.dumps(fields).encode()
        return SignedAnchor(sha256(raw).digest(), raw, nonce, fees)

    def send(self, raw: bytes) -> None:
        """See ``Chain``."""
        self._answer()
        if self._take("refuse"):
            raise ChainError("the node refused the transaction: insufficient funds (code -32000)")
        if not self._take("drop"):
            self._accept(read_transaction(raw))
        if self.automine and self._ready():
            self.mine()
        if self._take("lose answer"):
            raise ChainUnreachable("no answer from the node")

    # ── what tests ask for ───────────────────────────────────────────────────

    def fail(self, fault: Fault, times: int = 1) -> None:
        """Let something go wrong the next ``times`` times; 0 ends it."""
        self._faults[fault] = times

    def delay(self, blocks: int) -> None:
        """Let every transaction sent from now on wait for that many blocks."""
        self._delay_blocks = blocks

    def appoint(self, writer: bytes | None) -> None:
        """Let another account be the writer, from now on and for blocks mined later."""
        self._writer = writer

    def mine(self, blocks: int = 1) -> None:
        """Add blocks; the first takes everything from the pool that can be included."""
        for _ in range(blocks):
            ready = self._ready()
            self._pool = {nonce: tx for nonce, tx in self._pool.items() if tx not in ready}
            unlucky = frozenset(
                tx.hash for tx in ready if self._writer != tx.account or (tx.size and self._take("revert"))
            )
            self._blocks.append(MinedBlock(self._new_block(), ready, unlucky))

    def reorg(self, depth: int, *, keep: bool = False) -> None:
        """Replace the newest ``depth`` blocks with empty ones; with ``keep`` the pool gets their content."""
        if not 0 < depth < len(self._blocks):
            raise ValueError("a reorganisation goes back at least one block and not past the first")
        dropped, self._blocks = self._blocks[-depth:], self._blocks[:-depth]
        self._branch += 1
        for _ in dropped:
            self._blocks.append(MinedBlock(self._new_block()))
        if keep:
            self._pool |= {tx.nonce: tx for block in dropped for tx in block.transactions}

    def spend_nonce(self) -> None:
        """Use the account's next nonce for something else, as another holder of its key would."""
        nonce = self._replay().nonces.get(self.account, 0)
        raw = f"something else, nonce {nonce}".encode()
        self._pool[nonce] = Transaction(self.account, nonce, Fees(10**18, 10**18), b"", 0, b"", raw)
        self.mine()

    def anchored(self) -> list[tuple[int, bytes]]:
        """All (size, root) in the chain's blocks, in order, as the contract's events would show them."""
        return [(size, root) for (_, size), root in self._replay().roots.items()]

    # ── inside ───────────────────────────────────────────────────────────────

    def _answer(self) -> None:
        if self._take("down"):
            raise ChainUnreachable("no answer from the node")

    def _take(self, fault: Fault) -> bool:
        left = self._faults.get(fault, 0)
        self._faults[fault] = max(left - 1, 0)
        return left > 0

    def _accept(self, transaction: Transaction) -> None:
        waiting = self._pool.get(transaction.nonce)
        if waiting is not None and waiting != transaction:
            _verify_replacement(transaction.fees, waiting.fees)
        if transaction.nonce >= self._replay().nonces.get(self.account, 0):
            self._pool[transaction.nonce] = transaction
            self._held_until.setdefault(transaction.hash, len(self._blocks) + self._delay_blocks)

    def _ready(self) -> tuple[Transaction, ...]:
        """What the next block can take from the pool, in order of nonce."""
        ready = []
        nonce = self._replay().nonces.get(self.account, 0)
        while (transaction := self._pool.get(nonce)) is not None:
            held = self._held_until.get(transaction.hash, 0) > len(self._blocks)
            if held or transaction.fees.max_fee_wei < self.base_fee_wei:
                break
            ready.append(transaction)
            nonce += 1
        return tuple(ready)

    def _new_block(self) -> Block:
        number = len(self._blocks)
        name = f"{self._branch}/{number}".encode()
        return Block(number, sha256(name).digest(), GENESIS_TIME + BLOCK_SECONDS * number)

    def _replay(self) -> State:
        return replay(self._blocks)


def _verify_replacement(new: Fees, old: Fees) -> Fees:
    if 10 * new.max_fee_wei < 11 * old.max_fee_wei or 10 * new.tip_wei < 11 * old.tip_wei:
        raise ChainError("the node refused the transaction: underpriced (code -32000)")
    return new
