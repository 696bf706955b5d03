"""The stranger's check: one file, offline, against the keys the reader brought.

``verify`` walks through numbered steps and either returns what was proved or raises
the first reason why not. It loads the standard library and PyNaCl, nothing else.

A verified receipt proves that this partner, for this purpose, was given the keys to
these items under a grant the owner signed, that both sides signed it, and that it
stood in the log no later than the checkpoint. It does not prove that the data is true,
what the partner did with it afterwards, or that no other use happened: for that, see
the owner's chain (docs/spec/statement.md).
"""

from dataclasses import dataclass

from anchor.chain.proven import Proven, verify_chain_proof
from anchor.errors import ProofError, SignatureError
from anchor.keys import kid_of
from anchor.note import Cosignature
from anchor.records.anchored import Anchor
from anchor.records.chain_proof import ChainProof
from anchor.records.checkpoint import Checkpoint
from anchor.records.consent import Grant, Revocation, fee_of, period_at, verify_grant
from anchor.records.parties import verify_signer, verify_successors
from anchor.records.proof import Materials, read_proof
from anchor.records.signed import Signed, by
from anchor.records.signed import verify as verify_signed
from anchor.records.trust import Trust
from anchor.records.usage import Receipt, Use


@dataclass(frozen=True, slots=True)
class Verified:
    """What a proof file proves. ``use`` is None for the receipt that closes a chain."""

    receipt: Signed[Receipt]
    grant: Signed[Grant]
    use: Signed[Use] | None
    revocation: Signed[Revocation] | None
    index: int
    checkpoint: Checkpoint
    cosignatures: tuple[Cosignature, ...]
    anchor: Signed[Anchor] | None
    chain: Proven | None


def verify(raw: bytes, trust: Trust) -> Verified:
    """Check a proof file against a trust file.

    (1) The file has the form of a proof.
    (2) The vault signed the receipt, with a key the reader trusts.
    (3) The log, and enough witnesses, signed a checkpoint that includes the receipt.
    (4) The owner signed the grant that the receipt names.
    (5) The partner signed the use that the receipt names, with the key that the grant
        pins or one that followed it; or the owner signed the revocation.
    (6) The receipt keeps to the grant's terms and to what the use asked for.
    (7) The anchor, if there is one, is signed by the vault and is of this checkpoint.
    (8) The block, if there is one, is vouched for, and holds the checkpoint's root.

    Raises:
        FormatError: at (1), or for any record that is malformed.
        SignatureError: if somebody did not sign what was said.
        ProofError: if the parts do not fit together.
    """
    proof = read_proof(raw)  # (1)
    materials = proof.materials
    receipt = verify_signed(materials.receipt.encode(), Receipt, lambda kid, _: vault_key(trust, kid))  # (2)
    included = trust.verify_logged(proof.inclusion, receipt.entry)  # (3)
    grant = _grant(materials, receipt)  # (4)
    use = _use(materials, receipt, grant)  # (5)
    revocation = _revocation(materials, receipt, grant)
    verify_terms(receipt.record, grant.record, use.record if use else None, trust.vault)  # (6)
    anchor = verify_anchor(materials.anchor, included.checkpoint, trust)  # (7)
    chain = verify_chain(materials.chain, included.checkpoint, trust, anchor)  # (8)
    return Verified(
        receipt,
        grant,
        use,
        revocation,
        proof.inclusion.index,
        included.checkpoint,
        included.cosignatures,
        anchor,
        chain,
    )


def vault_key(trust: Trust, kid: bytes) -> bytes:
    """The vault's key of this name.

    Raises:
        SignatureError: if the trust file does not name it.
    """
    try:
        return trust.key_of(kid)
    except KeyError as error:
        raise SignatureError("the vault's key is not one the trust file names") from error


def _grant(materials: Materials, receipt: Signed[Receipt]) -> Signed[Grant]:
    grant = verify_grant(materials.grant.encode())
    if grant.hash != receipt.record.grant:
        raise ProofError("the receipt was given under another grant")
    return grant


def _use(materials: Materials, receipt: Signed[Receipt], grant: Signed[Grant]) -> Signed[Use] | None:
    if materials.use is None:
        return None
    use = verify_signed(materials.use.encode(), Use, by(_partner_key(materials, grant.record)))
    if use.hash != receipt.record.use:
        raise ProofError("the receipt answers another use")
    return use


def _partner_key(materials: Materials, grant: Grant) -> bytes:
    kid = kid_of(materials.partner_key)
    if not materials.partner:
        if kid != grant.partner_key:
            raise SignatureError("this is not the partner's key that the grant pins")
        return materials.partner_key
    entries = verify_successors([entry.encode() for entry in materials.partner], grant.partner_key)
    signer = verify_signer(entries, grant.partner_key, kid)
    if signer.record.partner != grant.partner:
        raise ProofError("the directory entries are of another partner")
    if kid == grant.partner_key or signer is not entries[-1]:
        raise ProofError("the proof carries more directory entries than it needs")
    return materials.partner_key


def _revocation(
    materials: Materials, receipt: Signed[Receipt], grant: Signed[Grant]
) -> Signed[Revocation] | None:
    if materials.revocation is None:
        return None
    if kid_of(materials.partner_key) != grant.record.partner_key or materials.partner:
        raise ProofError("a closing receipt names the partner's key as the grant does")
    revocation = verify_signed(materials.revocation.encode(), Revocation, by(grant.record.owner_key))
    if (revocation.hash, revocation.record.grant) != (receipt.record.revocation, grant.hash):
        raise ProofError("the receipt closes its chain for another revocation")
    return revocation


def verify_terms(receipt: Receipt, grant: Grant, use: Use | None, vault: str) -> Receipt:
    """Return the receipt if it keeps to its grant, and to the use it answers; without one, if it closes.

    Raises:
        ProofError: with the terms it goes against.
    """
    kept = {
        "vault": receipt.vault == grant.vault == vault,
        "partner": receipt.partner == grant.partner,
        "currency": receipt.currency == grant.currency,
    }
    kept |= _of_closing(receipt) if use is None else _of_use(receipt, grant, use)
    broken = [term for term, holds in kept.items() if not holds]
    if broken:
        raise ProofError(f"the receipt goes against its grant or its use: {', '.join(broken)}")
    return receipt


def _of_use(receipt: Receipt, grant: Grant, use: Use) -> dict[str, bool]:
    return {
        "grant of the use": use.grant == receipt.grant and use.vault == receipt.vault,
        "purpose": receipt.purpose == use.purpose and receipt.purpose in grant.purposes,
        "items": tuple(opened.item for opened in receipt.opened) == use.items,
        "price": _is_priced(receipt, grant),
        "number of uses": receipt.seq <= grant.max_uses and _paid_at_most(receipt, grant) <= grant.budget,
        "time": grant.not_before <= receipt.time < grant.expires,
        "place": (receipt.seq == 1) == (receipt.prev is None) and receipt.revocation is None,
    }


def _is_priced(receipt: Receipt, grant: Grant) -> bool:
    """One receipt by itself: whether it is the first of its period, only the chain can tell."""
    paid_before = grant.paid_by_period and receipt.seq > 1 and receipt.price == receipt.fee == 0
    return paid_before or (receipt.price, receipt.fee) == (grant.price, fee_of(grant))


def _paid_at_most(receipt: Receipt, grant: Grant) -> int:
    """What the chain can have cost up to this receipt, in micros."""
    times = receipt.seq
    if grant.paid_by_period:
        times = min(times, period_at(grant, receipt.time) + 1)
    return times * receipt.price


def _of_closing(receipt: Receipt) -> dict[str, bool]:
    return {
        "nothing opened": not receipt.opened and receipt.purpose is None and receipt.use is None,
        "nothing paid": receipt.price == receipt.fee == 0,
        "place": (receipt.seq == 1) == (receipt.prev is None),
    }


def verify_anchor(raw: str | None, checkpoint: Checkpoint, trust: Trust) -> Signed[Anchor] | None:
    """Return the vault's word that a checkpoint stands on the trusted chain, if a proof has one.

    Raises:
        FormatError, SignatureError, ProofError: as ``verify``.
    """
    if raw is None:
        return None
    anchor = verify_signed(raw.encode(), Anchor, lambda kid, _: vault_key(trust, kid))
    said, chain = anchor.record, trust.chain
    if (said.log, said.size, said.root) != (checkpoint.origin, checkpoint.size, checkpoint.root):
        raise ProofError("the anchor is of another checkpoint")
    if chain is None:
        raise ProofError("the trust file names no chain, the proof does")
    if (said.chain_id, said.contract, said.development) != (chain.id, chain.contract, chain.development):
        raise ProofError("the anchor stands on another chain or contract than the trust file names")
    return anchor


def verify_chain(
    proof: ChainProof | None, checkpoint: Checkpoint, trust: Trust, anchor: Signed[Anchor] | None
) -> Proven | None:
    """Return the block that holds the checkpoint's root, if a proof has one.

    Raises:
        FormatError, SignatureError, ProofError: as ``verify``.
    """
    if proof is None:
        return None
    if trust.chain is None:
        raise ProofError("the trust file names no chain, the proof does")
    return verify_chain_proof(proof, checkpoint, trust.chain, anchor.record if anchor else None)
