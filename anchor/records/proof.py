"""The file handed to a stranger: a receipt, what it rests on, and its way into the log.

It is a ``c2sp.org/tlog-proof@v1`` whose extra line holds JSON::

    {"v":1,"receipt":"<JWS>","grant":"<JWS>","use":"<JWS>","revocation":null,
     "partner_key":"<Ed25519 public key>","partner":[],"anchor":"<JWS>",
     "chain":{"header":"…","account":["…"],"storage":["…"]}}

``partner`` lists the partner's directory entries from the one that the grant pins onward,
oldest first, if it changed keys since the grant; a receipt that closes a chain has a
revocation in place of a use.
"""

from dataclasses import dataclass
from typing import Annotated

from anchor.errors import FormatError
from anchor.keys import verify_public_key
from anchor.records.chain_proof import ChainProof
from anchor.records.parties import ENTRIES_MAX
from anchor.records.shape import (
    PublicKey,
    integer,
    many,
    nested,
    nullable,
    pattern,
    read,
    read_json,
    write,
    write_json,
)
from anchor.records.signed import RECORD_BYTES_MAX
from anchor.records.tlog_proof import EXTRA_BYTES_MAX, TlogProof

JWS = pattern(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+", RECORD_BYTES_MAX)
Jws = Annotated[str, JWS]
MaybeJws = Annotated[str | None, nullable(JWS)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Materials:
    """The records a receipt rests on, as they were signed."""

    v: Annotated[int, integer(1, 1)] = 1
    receipt: Jws
    grant: Jws
    use: MaybeJws
    revocation: MaybeJws
    partner_key: PublicKey
    partner: Annotated[tuple[str, ...], many(JWS, 0, ENTRIES_MAX)]
    anchor: MaybeJws
    chain: Annotated[ChainProof | None, nullable(nested(ChainProof))] = None


@dataclass(frozen=True, slots=True)
class Proof:
    """A proof file in its two parts. Nothing in it is trusted before ``anchor.verify``."""

    materials: Materials
    inclusion: TlogProof

    def __bytes__(self) -> bytes:
        return bytes(self.inclusion)


def write_proof(materials: Materials, *, index: int, path: tuple[bytes, ...], checkpoint: bytes) -> Proof:
    """Put the parts into one file."""
    extra = write_json(write(materials))
    return Proof(materials, TlogProof(index=index, path=path, checkpoint=checkpoint, extra=extra))


def fits(materials: Materials) -> bool:
    """Whether a file has room for them."""
    return len(write_json(write(materials))) <= EXTRA_BYTES_MAX


def read_proof(raw: bytes) -> Proof:
    """Read a proof file.

    Raises:
        FormatError: if it is not one, or names neither or both of a use and a revocation.
    """
    inclusion = TlogProof.parse(raw)
    if inclusion.extra is None:
        raise FormatError("this proof carries no receipt")
    materials = read(read_json(inclusion.extra), Materials)
    if write_json(write(materials)) != inclusion.extra:
        raise FormatError("the materials of a proof are written in one way only")
    verify_public_key(materials.partner_key)
    if (materials.use is None) == (materials.revocation is None):
        raise FormatError("a receipt answers a use or a revocation")
    return Proof(materials, inclusion)
