"""One chain through two nodes: what they do not both say is not believed.

A node that lies, or sits on a branch of its own, contradicts the other one: ``ChainDisagreement``, and
nothing is done upon what either said. A node that is only behind contradicts nobody; then the older
of two answers counts. The account's own things, its nonce, fees and what it sends, are the first node's.
"""

from collections.abc import Callable
from typing import TypeVar

from anchor.chain.fees import Fees
from anchor.chain.port import Block, Chain, ChainIdentity, ChainReader, Head, Inclusion, SignedAnchor
from anchor.errors import ChainError
from anchor.records.chain_proof import ChainProof

T = TypeVar("T")


class ChainDisagreement(ChainError):
    """Two nodes of one chain tell two stories: one of them lies, or the chain has split."""


class ComparedChain:
    """A ``Chain`` read through a second node as well, which besides raises ``ChainDisagreement``."""

    def __init__(self, first: Chain, second: ChainReader) -> None:
        self._first, self._second = first, second

    @property
    def name(self) -> str:
        """See ``ChainReader``."""
        return self._first.name

    @property
    def development(self) -> bool:
        """See ``ChainReader``: of two nodes one is enough."""
        return self._first.development or self._second.development

    @property
    def account(self) -> bytes:
        """See ``Chain``."""
        return self._first.account

    def identity(self) -> ChainIdentity:
        """See ``ChainReader``."""
        return _same("what chain this is", self._first.identity(), self._second.identity())

    def head(self, log_id: bytes) -> Head:
        """See ``ChainReader``; of two sizes the smaller one, which both hold."""
        first, second = self._first.head(log_id), self._second.head(log_id)
        if first.size == second.size:
            return _same(f"the root at size {first.size}", first, second)
        return min(first, second, key=lambda head: head.size)

    def root_at(self, log_id: bytes, size: int) -> bytes | None:
        """See ``ChainReader``."""
        return self._both(f"the root at size {size}", lambda chain: chain.root_at(log_id, size))

    def writer_of(self, log_id: bytes) -> bytes | None:
        """See ``ChainReader``."""
        return self._both("who writes for the log", lambda chain: chain.writer_of(log_id))

    def latest(self) -> Block:
        """See ``ChainReader``; the one that both have."""
        first, second = self._first.latest(), self._second.latest()
        if first.number == second.number:
            return _same(f"block {first.number}", first, second)
        return min(first, second, key=lambda block: block.number)

    def block_at(self, number: int) -> Block | None:
        """See ``ChainReader``."""
        return self._both(f"block {number}", lambda chain: chain.block_at(number))

    def final_height(self) -> int | None:
        """See ``ChainReader``; up to where both say so."""
        first, second = self._first.final_height(), self._second.final_height()
        return None if first is None or second is None else min(first, second)

    def inclusion(self, tx_hash: bytes) -> Inclusion | None:
        """See ``ChainReader``."""
        return self._both("where a transaction is", lambda chain: chain.inclusion(tx_hash))

    def prove(self, log_id: bytes, size: int, block: int) -> ChainProof | None:
        """See ``ChainReader``: a proof is checked, so one node's is enough."""
        return self._first.prove(log_id, size, block) or self._second.prove(log_id, size, block)

    def next_nonce(self) -> int:
        """See ``Chain``."""
        return self._first.next_nonce()

    def anchors_left(self) -> int | None:
        """See ``Chain``."""
        return self._first.anchors_left()

    def quote(self) -> Fees:
        """See ``Chain``."""
        return self._first.quote()

    def prepare(self, log_id: bytes, size: int, root: bytes, *, nonce: int, fees: Fees) -> SignedAnchor:
        """See ``Chain``."""
        return self._first.prepare(log_id, size, root, nonce=nonce, fees=fees)

    def send(self, raw: bytes) -> None:
        """See ``Chain``."""
        self._first.send(raw)

    def _both(self, what: str, ask: Callable[[ChainReader], T | None]) -> T | None:
        """What both say; None if one of them has not come so far."""
        first, second = ask(self._first), ask(self._second)
        return None if first is None or second is None else _same(what, first, second)


def _same(what: str, first: T, second: T) -> T:
    if first != second:
        raise ChainDisagreement(f"two nodes disagree about {what}: nothing is believed until they agree")
    return first
