"""A block's header: its hash, and who sealed it on a chain whose validators sign (QBFT, Clique).

A header is an RLP list of 15 fields or more. Its hash is its Keccak-256, except under QBFT
(Hyperledger Besu, GoQuorum): there the extra data are ``[vanity, validators, vote, round, seals]``,
the block's hash leaves out the seals and takes the round as 0, and a seal signs the header
without the seals. Under Clique (EIP-225) the extra data are a vanity of 32 bytes, at an epoch's
first block the validators, and the one seal of 65 bytes. Extra data of up to 32 bytes are
anybody's; longer ones of another form are not read here.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from anchor.chain.keccak import keccak256
from anchor.chain.rlp import Item, read_list, read_number, read_rlp, read_string, write_rlp
from anchor.chain.secp256k1 import recover_address
from anchor.errors import FormatError

STATE_ROOT, NUMBER, TIMESTAMP, EXTRA = 3, 8, 11, 12
FIELDS_MIN, FIELDS_MAX = 15, 32
"""The first fifteen stand since the first block of Ethereum; forks add theirs at the end."""
VANITY_MAX = 32
SEAL_BYTES, ADDRESS_BYTES = 65, 20
SEALS_MAX = 64
ROOT_BYTES = 32


@dataclass(frozen=True, slots=True)
class Header:
    """What a header says; ``hash`` and ``state_root`` have 32 bytes, ``time`` is seconds UTC.

    ``sealed`` is the digest that validators signed, and ``seals`` are their signatures; both are
    empty on a chain without seals.
    """

    number: int
    hash: bytes
    time: int
    state_root: bytes
    sealed: bytes = b""
    seals: tuple[bytes, ...] = ()

    def sealers(self) -> frozenset[bytes]:
        """The accounts, 20 bytes each, whose seals the header carries.

        Raises:
            FormatError, SignatureError: a seal is none.
        """
        return frozenset(recover_address(self.sealed, seal) for seal in self.seals)


def read_header(raw: bytes) -> Header:
    """Read a header.

    Raises:
        FormatError: if it is not one, or of a kind whose hash is not known here.
    """
    fields = read_list(read_rlp(raw))
    if not FIELDS_MIN <= len(fields) <= FIELDS_MAX:
        raise FormatError("a header has fifteen fields or some more")
    block_hash, sealed, seals = _hashes(raw, fields, read_string(fields[EXTRA]))
    return Header(
        number=read_number(fields[NUMBER]),
        hash=block_hash,
        time=read_number(fields[TIMESTAMP]),
        state_root=read_string(fields[STATE_ROOT], ROOT_BYTES),
        sealed=sealed,
        seals=seals,
    )


_Hashes = tuple[bytes, bytes, tuple[bytes, ...]]
"""The block's hash, the digest that was sealed, and the seals."""


def _hashes(raw: bytes, fields: Sequence[Item], extra: bytes) -> _Hashes:
    if len(extra) <= VANITY_MAX:
        return keccak256(raw), b"", ()
    if parts := _parts_under_qbft(extra):
        return _under_qbft(fields, parts)
    beyond = len(extra) - VANITY_MAX - SEAL_BYTES
    if beyond < 0 or beyond % ADDRESS_BYTES:
        raise FormatError("extra data of a kind that is not known here")
    return keccak256(raw), _with_extra(fields, extra[:-SEAL_BYTES]), (extra[-SEAL_BYTES:],)


def _parts_under_qbft(extra: bytes) -> Sequence[Item]:
    try:
        return read_list(read_rlp(extra), 5)
    except FormatError:
        return ()


def _under_qbft(fields: Sequence[Item], parts: Sequence[Item]) -> _Hashes:
    vanity, validators, vote, round_number, seals = parts
    read_string(vanity, VANITY_MAX)
    given = tuple(map(read_string, read_list(seals)))
    if len(given) > SEALS_MAX:
        raise FormatError(f"a header has at most {SEALS_MAX} seals")
    block_hash = _with_extra(fields, write_rlp([vanity, validators, vote, b"", []]))
    return block_hash, _with_extra(fields, write_rlp([vanity, validators, vote, round_number, []])), given


def _with_extra(fields: Sequence[Item], extra: bytes) -> bytes:
    return keccak256(write_rlp([*fields[:EXTRA], extra, *fields[EXTRA + 1 :]]))
