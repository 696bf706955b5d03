"""The file that proves evidence.

It is a ``c2sp.org/tlog-proof@v1`` of the tenant's log whose extra line holds JSON::

    {"v":1,"evidence":"<JWS>","partner_key":"<Ed25519 public key>","head":"<JWS>",
     "cover":{"index":7,"path":["…"],"checkpoint":"<signed note>"},"anchor":"<JWS>","chain":null}

The file's own path leads from the evidence to the root of the tenant's log; ``cover`` leads from that
log's head to the root of the vault's.
"""

from dataclasses import dataclass
from typing import Annotated

from anchor.errors import FormatError
from anchor.keys import verify_public_key
from anchor.merkle import PATH_MAX
from anchor.note import NOTE_BYTES_MAX
from anchor.records.chain_proof import ChainProof
from anchor.records.proof import Jws, MaybeJws
from anchor.records.shape import (
    Count,
    PublicKey,
    binary,
    blob,
    integer,
    many,
    nested,
    nullable,
    read,
    read_json,
    write,
    write_json,
)
from anchor.records.tlog_proof import EXTRA_BYTES_MAX, TlogProof


@dataclass(frozen=True, slots=True, kw_only=True)
class Cover:
    """The way of a head into the vault's log, and the signed checkpoint there."""

    index: Count
    path: Annotated[tuple[bytes, ...], many(binary(32), 0, PATH_MAX)]
    checkpoint: Annotated[bytes, blob(NOTE_BYTES_MAX)]

    @property
    def inclusion(self) -> TlogProof:
        """The same, to be verified."""
        return TlogProof(index=self.index, path=self.path, checkpoint=self.checkpoint)


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceMaterials:
    """The records a piece of evidence rests on, as they were signed."""

    v: Annotated[int, integer(1, 1)] = 1
    evidence: Jws
    partner_key: PublicKey
    head: Jws
    cover: Annotated[Cover, nested(Cover)]
    anchor: MaybeJws
    chain: Annotated[ChainProof | None, nullable(nested(ChainProof))] = None


@dataclass(frozen=True, slots=True)
class EvidenceProof:
    """A proof file in its two parts. Nothing in it is trusted before ``anchor.evidence``."""

    materials: EvidenceMaterials
    inclusion: TlogProof

    def __bytes__(self) -> bytes:
        return bytes(self.inclusion)


def write_evidence_proof(
    materials: EvidenceMaterials, *, index: int, path: tuple[bytes, ...], checkpoint: bytes
) -> EvidenceProof:
    """Put the parts into one file; a chain proof it has no room for is left out."""
    extra = write_json(write(materials))
    if len(extra) > EXTRA_BYTES_MAX and materials.chain is not None:
        materials = EvidenceMaterials(
            **{name: getattr(materials, name) for name in materials.__slots__} | {"chain": None}
        )
        extra = write_json(write(materials))
    return EvidenceProof(materials, TlogProof(index=index, path=path, checkpoint=checkpoint, extra=extra))


def read_evidence_proof(raw: bytes) -> EvidenceProof:
    """Read a proof file.

    Raises:
        FormatError: if it is not one.
    """
    inclusion = TlogProof.parse(raw)
    if inclusion.extra is None:
        raise FormatError("this proof carries no evidence")
    materials = read(read_json(inclusion.extra), EvidenceMaterials)
    if write_json(write(materials)) != inclusion.extra:
        raise FormatError("the materials of a proof are written in one way only")
    verify_public_key(materials.partner_key)
    return EvidenceProof(materials, inclusion)


def holds_evidence(raw: bytes) -> bool:
    """Whether a proof file is one of these, rather than that of a receipt.

    Raises:
        FormatError: if it is no proof file at all.
    """
    extra = TlogProof.parse(raw).extra
    return extra is not None and extra.startswith(b'{"v":1,"evidence":')
