"""The whole promise of a chain.

``ChainReader`` is what anybody may ask: which root was anchored, in which block,
and is that block final. ``Chain`` adds what one writer does: sign an anchor with
a nonce the caller chose, and hand the signed bytes over, as often as needed.

Two rules shape it. Signing and sending are apart, so that the bytes can be
stored in between. And no answer is not an answer: ``ChainUnreachable`` means
*unknown*, never *failed*; what happened is decided by inclusions and by ``root_at``.

Every method may raise ``ChainUnreachable`` (nobody answered) or ``ChainError``
(the node refused, or what it said cannot be read). A method that asks does not
change anything and may be repeated.
"""

from dataclasses import dataclass
from hashlib import sha256
from typing import Protocol

from anchor.chain.fees import Fees
from anchor.errors import ChainError
from anchor.records.chain_proof import ChainProof

HASH_BYTES = 32
SIZE_MAX = 2**63 - 1
"""Tree sizes fit a signed 64-bit column; the contract's own limit is 2^64 - 1."""


@dataclass(frozen=True)
class ChainIdentity:
    """What makes a chain *that* chain, to be pinned in a trust file.

    ``genesis`` and ``code_hash`` are 32 bytes, ``contract`` is the 20-byte address.
    """

    chain_id: int
    genesis: bytes
    contract: bytes
    code_hash: bytes


@dataclass(frozen=True)
class Head:
    """The newest anchored size of a log and its root; size 0 if there is none."""

    size: int
    root: bytes


@dataclass(frozen=True)
class Block:
    """A block by height and 32-byte hash; ``time`` is its own claim, in seconds UTC."""

    number: int
    hash: bytes
    time: int


@dataclass(frozen=True)
class Inclusion:
    """A transaction in a block. It may have been reverted: then it changed nothing."""

    tx_hash: bytes
    block_number: int
    block_hash: bytes
    succeeded: bool
    gas_used: int


@dataclass(frozen=True)
class SignedAnchor:
    """One signed transaction, ready to be stored and then sent, always these bytes."""

    tx_hash: bytes
    raw: bytes
    nonce: int
    fees: Fees


class ChainReader(Protocol):
    """What anybody may ask a chain about a log. ``log_id`` and roots are 32 bytes."""

    @property
    def name(self) -> str:
        """How people call this chain, with its finality: shown wherever it is used."""

    @property
    def development(self) -> bool:
        """Whether this is a development chain, which adds no trust and must be named so."""

    def identity(self) -> ChainIdentity:
        """The chain and contract behind this connection, as they are now."""

    def head(self, log_id: bytes) -> Head:
        """The newest anchored size and root at the latest block."""

    def root_at(self, log_id: bytes, size: int) -> bytes | None:
        """The root anchored for exactly this size at the latest block, if any."""

    def writer_of(self, log_id: bytes) -> bytes | None:
        """The 20-byte address that may anchor for this log, if one was appointed."""

    def latest(self) -> Block:
        """The newest block."""

    def block_at(self, number: int) -> Block | None:
        """The canonical block at this height; None above the newest."""

    def final_height(self) -> int | None:
        """The height up to which blocks are final by this chain's rule; None: no promise."""

    def inclusion(self, tx_hash: bytes) -> Inclusion | None:
        """Where this transaction was included; None says only that the node knows of nothing."""

    def prove(self, log_id: bytes, size: int, block: int) -> ChainProof | None:
        """What shows offline that this block holds the root of this size; None: the node has none to give."""


class Chain(ChainReader, Protocol):
    """A chain, and the account of one writer on it."""

    @property
    def account(self) -> bytes:
        """The 20-byte address this writer signs for."""

    def next_nonce(self) -> int:
        """How many transactions of the account are in blocks, up to the latest."""

    def anchors_left(self) -> int | None:
        """How many anchors the account can pay for at what the chain asks now; None: it asks nothing."""

    def quote(self) -> Fees:
        """What a transaction should offer now; ``Fees.none()`` on a chain without fees."""

    def prepare(self, log_id: bytes, size: int, root: bytes, *, nonce: int, fees: Fees) -> SignedAnchor:
        """Sign an anchor. The same arguments give the same bytes; nothing is sent."""

    def send(self, raw: bytes) -> None:
        """Hand signed bytes over. Quiet when the node has them or their nonce is past.

        Raises:
            ChainError: the node refused them now; what becomes of them is still decided
                by inclusions, since an earlier copy may be on its way.
            ChainUnreachable: nobody answered; they may have arrived.
        """


def log_id_of(origin: str) -> bytes:
    """How the contract calls a log: the SHA-256 of its origin, 32 bytes."""
    return sha256(origin.encode()).digest()


def verify_identity(chain: ChainReader, pinned: ChainIdentity) -> ChainIdentity:
    """Return the identity of ``chain`` if it is the pinned one.

    Raises:
        ChainError: this is another chain, another contract, or other code.
    """
    found = chain.identity()
    for part in ("chain_id", "genesis", "contract", "code_hash"):
        if getattr(found, part) != getattr(pinned, part):
            raise ChainError(f"not the pinned chain: its {part} is different")
    return found
