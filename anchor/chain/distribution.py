"""Who is owed how much in all, as one root: the tree of the payout contract.

    leaf = keccak256(keccak256(address, left-padded to 32 bytes ‖ amount, 32 bytes))
    node = keccak256(lesser child ‖ greater child); an odd one out goes up as it is

Amounts are cumulative, so a later distribution holds every earlier one and the contract
pays differences (docs/spec/payout-contract.md).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from anchor.chain.keccak import keccak256
from anchor.errors import FormatError, ProofError

ADDRESS_BYTES = 20
DEPTH_MAX = 32
AMOUNT_MAX = 2**256 - 1
_WORD = 32


@dataclass(frozen=True, slots=True)
class Distribution:
    """A root, all that is owed under it, and a path from each address to the root."""

    root: bytes
    total: int
    proofs: Mapping[bytes, tuple[bytes, ...]]


def leaf_of(address: bytes, amount: int) -> bytes:
    """The leaf that says an address was owed so much in all.

    Raises:
        FormatError: if an address has not 20 bytes, or the amount is none.
    """
    if len(address) != ADDRESS_BYTES or not 0 < amount <= AMOUNT_MAX:
        raise FormatError("a leaf is of an address of 20 bytes and an amount above zero")
    return keccak256(keccak256(address.rjust(_WORD, b"\0") + amount.to_bytes(_WORD, "big")))


def distribute(owed: Mapping[bytes, int]) -> Distribution:
    """The tree over what every address was owed in all.

    Raises:
        FormatError: for nobody, or an amount or address that is none.
    """
    if not owed:
        raise FormatError("a distribution is to somebody")
    leaves = {leaf_of(address, amount): address for address, amount in owed.items()}
    levels = [sorted(leaves)]
    while len(levels[-1]) > 1:
        levels.append(_above(levels[-1]))
    proofs = {leaves[leaf]: _path(levels, place) for place, leaf in enumerate(levels[0])}
    return Distribution(levels[-1][0], sum(owed.values()), proofs)


def verify_share(address: bytes, amount: int, proof: Sequence[bytes], root: bytes) -> int:
    """The amount, if the root says that this address was owed it in all.

    Raises:
        FormatError: if the address or the amount is none. ProofError: if the root does not say so.
    """
    node = leaf_of(address, amount)
    for sibling in proof:
        node = _join(node, sibling)
    if len(proof) > DEPTH_MAX or node != root:
        raise ProofError("the distribution says something else of this address")
    return amount


def _join(one: bytes, other: bytes) -> bytes:
    return keccak256(min(one, other) + max(one, other))


def _above(level: Sequence[bytes]) -> list[bytes]:
    pairs = [level[at : at + 2] for at in range(0, len(level), 2)]
    return [_join(*pair) if len(pair) > 1 else pair[0] for pair in pairs]


def _path(levels: Sequence[Sequence[bytes]], place: int) -> tuple[bytes, ...]:
    path = []
    for level in levels[:-1]:
        if (beside := place ^ 1) < len(level):
            path.append(level[beside])
        place //= 2
    return tuple(path)
