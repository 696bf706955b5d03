"""Keep, beside the vault's word for an anchor, what shows offline that its block holds the root.

A node keeps the state of old blocks for a while only, so the proof is fetched as soon as the word is
given. It is checked before it is kept. A chain that has none to give (FISCO BCOS) is not asked twice.
"""

from dataclasses import dataclass

from anchor.chain.port import log_id_of
from anchor.chain.proven import verify_chain_proof
from anchor.errors import AnchorError, ChainUnreachable
from anchor.keys import SigningKey
from anchor.records.anchored import Anchor
from anchor.records.chain_proof import ChainProof
from anchor.records.checkpoint import Checkpoint
from anchor.records.shape import read, read_json, write, write_json
from anchor.records.signed import by, verify
from anchor.records.trust import ChainTrust
from vault.db import Connection, reading, writing
from vault.log.destination import Destination
from vault.log.leases import Lease, verify_lease

AT_ONCE = 4
NONE = b""
"""What is kept of a proof that the chain could not give."""


@dataclass(frozen=True, slots=True)
class _Said:
    size: int
    raw: bytes


def fetch_chain_proofs(connection: Connection, to: Destination, key: SigningKey, lease: Lease) -> list[int]:
    """Fetch what is missing, the newest first; the sizes whose proofs are kept now.

    Raises:
        ChainUnreachable: nobody answered. LeaseLost: another worker took over.
    """
    with reading(connection) as transaction:
        rows = transaction.all(
            """
            SELECT size, raw FROM anchor_records WHERE target = :target AND chain_proof IS NULL
            ORDER BY size DESC LIMIT :count
            """,
            {"target": to.target, "count": AT_ONCE},
        )
    kept = []
    for said in (_Said(*row) for row in rows):
        proof = _proof(to, verify(said.raw, Anchor, by(key.public)).record)
        with writing(connection) as transaction:
            verify_lease(transaction, lease)
            transaction.run(
                "UPDATE anchor_records SET chain_proof = :proof WHERE target = :target AND raw = :raw",
                {"proof": proof, "target": to.target, "raw": said.raw},
            )
        kept += [said.size] if proof else []
    return kept


def stored_proof(kept: bytes | None) -> ChainProof | None:
    """Read what ``fetch_chain_proofs`` kept."""
    return read(read_json(kept), ChainProof) if kept else None


def _proof(to: Destination, anchor: Anchor) -> bytes:
    try:
        found = to.chain.prove(log_id_of(anchor.log), anchor.size, anchor.block)
        if found is not None:
            checkpoint = Checkpoint(anchor.log, anchor.size, anchor.root)
            verify_chain_proof(found, checkpoint, _trusted(to), anchor)
    except ChainUnreachable:
        raise
    except AnchorError:
        return NONE
    return write_json(write(found)) if found else NONE


def _trusted(to: Destination) -> ChainTrust:
    return ChainTrust(
        id=to.identity.chain_id,
        name=to.name,
        development=to.development,
        contract=to.identity.contract,
        code_hash=to.identity.code_hash,
    )
