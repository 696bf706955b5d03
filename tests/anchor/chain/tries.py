"""A small world state of our own: tries with proofs, and headers with seals, for vectors and tests.

Written from the yellow paper (appendix D) the other way round than ``anchor.chain.trie`` reads it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from eth_keys.datatypes import PrivateKey

from anchor.chain.keccak import keccak256
from anchor.chain.proven import storage_slot
from anchor.chain.rlp import Item, write_rlp
from anchor.records.chain_proof import ChainProof
from tests.records.examples import seed

SEALERS = tuple(PrivateKey(seed(f"validator {number}")) for number in range(1, 5))
VALIDATORS = tuple(key.public_key.to_canonical_address() for key in SEALERS)
VANITY = b"a block of the examples".ljust(32, b"\0")
TIME = 1_804_158_000
EMPTY_LIST = keccak256(write_rlp([]))


class Trie:
    """A Merkle Patricia trie over hashed keys."""

    def __init__(self, values: Mapping[bytes, bytes]) -> None:
        self._leaves = {keccak256(key).hex(): value for key, value in values.items()}
        self._top = _build(self._leaves)
        self.root = keccak256(write_rlp(self._top))

    def path(self, key: bytes) -> tuple[bytes, ...]:
        """The nodes from the root towards a key that is there."""
        return tuple(_walk(self._leaves, keccak256(key).hex(), top=True))


def _build(leaves: Mapping[str, bytes]) -> Item:
    if len(leaves) == 1:
        ((path, value),) = leaves.items()
        return [_packed(path, leaf=True), value]
    shared = _shared(leaves)
    if shared:
        return [_packed(shared, leaf=False), _named(_build(_under(leaves, shared)))]
    return [_named(_build(below)) if (below := _under(leaves, digit)) else b"" for digit in _DIGITS] + [b""]


_DIGITS = "0123456789abcdef"


def _walk(leaves: Mapping[str, bytes], path: str, *, top: bool = False) -> list[bytes]:
    node = write_rlp(_build(leaves))
    here = [node] if top or len(node) >= 32 else []
    if len(leaves) == 1:
        return here
    step = _shared(leaves) or path[0]
    return here + _walk(_under(leaves, step), path[len(step) :])


def _shared(leaves: Mapping[str, bytes]) -> str:
    first, last = min(leaves), max(leaves)
    return first[: next(i for i in range(len(first)) if first[i] != last[i])]


def _under(leaves: Mapping[str, bytes], step: str) -> dict[str, bytes]:
    return {path[len(step) :]: value for path, value in leaves.items() if path.startswith(step)}


def _named(node: Item) -> Item:
    raw = write_rlp(node)
    return keccak256(raw) if len(raw) >= 32 else node


def _packed(path: str, *, leaf: bool) -> bytes:
    odd = len(path) % 2
    return bytes.fromhex(f"{2 * leaf + odd}{'' if odd else '0'}{path}")


@dataclass(frozen=True)
class State:
    """A contract among other accounts, and what it keeps: roots by log and size."""

    contract: bytes
    code_hash: bytes
    roots: Mapping[tuple[bytes, int], bytes]

    @cached_property
    def _storage(self) -> Trie:
        kept = {storage_slot(*place): write_rlp(root.lstrip(b"\0")) for place, root in self.roots.items()}
        return Trie(kept | {number.to_bytes(32): b"\x01" for number in range(5)})

    @cached_property
    def _accounts(self) -> Trie:
        others = {seed(f"account {number}")[:20]: _account(EMPTY_LIST, EMPTY_LIST) for number in range(40)}
        return Trie(others | {self.contract: _account(self._storage.root, self.code_hash)})

    def prove(self, log_id: bytes, size: int, header: bytes) -> ChainProof:
        """What a node would answer, with this header in front."""
        storage = self._storage.path(storage_slot(log_id, size))
        return ChainProof(header=header, account=self._accounts.path(self.contract), storage=storage)

    def header(self, number: int, extra: bytes = b"examples") -> bytes:
        """A header over this state."""
        return write_rlp(self._fields(number, extra))

    def sealed(
        self, number: int, sealers: Sequence[PrivateKey], round_number: int = 1, spoil: bytes = b""
    ) -> bytes:
        """A header under QBFT, with a seal of each; ``spoil`` is one more."""
        validators, told = list(VALIDATORS), round_number.to_bytes(1) if round_number else b""
        unsealed = write_rlp([VANITY, validators, [], told, []])
        digest = keccak256(self.header(number, unsealed))
        seals = [key.sign_msg_hash(digest).to_bytes() for key in sealers] + [spoil] * bool(spoil)
        return self.header(number, write_rlp([VANITY, validators, [], told, seals]))

    def sealed_under_clique(self, number: int, sealer: PrivateKey) -> bytes:
        """A header under Clique, at an epoch's first block, which lists the validators."""
        unsealed = VANITY + b"".join(VALIDATORS)
        seal = sealer.sign_msg_hash(keccak256(self.header(number, unsealed))).to_bytes()
        return self.header(number, unsealed + seal)

    def _fields(self, number: int, extra: bytes) -> list[Item]:
        blank, digits = bytes(32), number.to_bytes((number.bit_length() + 7) // 8)
        before = [
            seed("the block before"),
            EMPTY_LIST,
            bytes(20),
            self._accounts.root,
            blank,
            blank,
            bytes(256),
        ]
        numbers = [b"", digits, b"\x01\xc9\xc3\x80", b"\x52\x08", TIME.to_bytes(4)]
        return [*before, *numbers, extra, blank, bytes(8), b"\x07"]


def _account(storage_root: bytes, code_hash: bytes) -> bytes:
    return write_rlp([b"\x01", b"", storage_root, code_hash])
