"""What shows offline that a block of a chain holds a root: its header, and two paths through its state.

Nobody signs this: it is checked against a block that the reader believes, and belongs to the
checkpoint it travels with. Any block at or after the anchor's serves, since roots are kept for ever.
"""

from dataclasses import dataclass
from typing import Annotated

from anchor.records.shape import blob, many

HEADER_BYTES_MAX = 8192
"""A header with 64 seals and as many validators has 6.5 kB."""
NODE_BYTES_MAX = 1024
"""A node of a trie has at most 17 hashes: 532 bytes."""
NODES_MAX = 32
"""A trie of 2^48 accounts is some thirteen nodes deep."""

Nodes = Annotated[tuple[bytes, ...], many(blob(NODE_BYTES_MAX), 1, NODES_MAX)]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainProof:
    """``header`` in RLP; the nodes from its state root to the contract, and from there to the root."""

    header: Annotated[bytes, blob(HEADER_BYTES_MAX)]
    account: Nodes
    storage: Nodes
