"""What a verified proof says, in plain words and as JSON: no more than was proved.

It names what is not proved as well, and calls a development chain one.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from anchor.chain.proven import Proven
from anchor.chain.standing import Standing
from anchor.encoding import to_base64url
from anchor.note import TIME_MAX, Cosignature
from anchor.records.anchored import Anchor
from anchor.records.shape import write_time
from anchor.records.signed import Signed
from anchor.records.trust import TEST_ORIGIN, ChainTrust, Trust
from anchor.records.usage import Receipt
from anchor.verify import Verified

NOT_PROVED = (
    "that the data is true, or the owner's own",
    "what the partner did with it afterwards",
    "that no other use happened: for that, see the owner's chain of receipts",
)
DEVELOPMENT = "this is a DEVELOPMENT chain: it proves nothing to anybody but its operator"
MICROS = 1_000_000


def in_words(verified: Verified, trust: Trust) -> str:
    """The verdict as a person reads it, several lines."""
    lines = ["PROVED", *_happened(verified.receipt.record), *_logged(verified, trust)]
    if is_test(verified.receipt.record.vault):
        lines.insert(1, "  in a TEST vault: its owners are invented, and its money is worth nothing")
    lines += anchored_in_words(verified.anchor, verified.chain, trust)
    lines += ["not proved:", *(f"  - {fact}" for fact in NOT_PROVED)]
    return "\n".join(lines)


def is_test(vault: str) -> bool:
    """Whether this vault is one to try things with: its name says so, and no other has such a name."""
    return vault.startswith(TEST_ORIGIN)


def _happened(receipt: Receipt) -> list[str]:
    when = f"at {write_time(receipt.time)}, by the clock of {receipt.vault}"
    if receipt.use is None:
        return [
            f"  {receipt.partner}'s grant was revoked by its owner, {when}:",
            f"  no key was to be released under it after this, its receipt number {receipt.seq}",
        ]
    items = f"{len(receipt.opened)} item{'s' * (len(receipt.opened) != 1)}"
    price, fee = _money(receipt.price, receipt.currency), _money(receipt.fee, receipt.currency)
    return [
        f"  {receipt.partner} was given the keys to {items} for {receipt.purpose}, {when}",
        "  under a grant its owner had signed; the partner asked for it, and both sides signed that",
        f"  price {price}, of which {fee} fee; receipt number {receipt.seq} of the grant",
    ]


def _money(micros: int, currency: str) -> str:
    whole, part = divmod(micros, MICROS)
    return f"{whole}.{part:06d}".rstrip("0").rstrip(".") + f" {currency}"


def _logged(verified: Verified, trust: Trust) -> list[str]:
    checkpoint = verified.checkpoint
    place = f"entry {verified.index} of the log {checkpoint.origin}"
    lines = [f"  {place}, in its checkpoint of size {checkpoint.size}"]
    return lines + cosigned_in_words(verified.cosignatures, trust)


def cosigned_in_words(cosigned: Sequence[Cosignature], trust: Trust) -> list[str]:
    """Who saw the checkpoint, one line."""
    if cosigned:
        names = ", ".join(f"{one.witness.name} at {write_time(one.time)}" for one in cosigned)
        return [f"  cosigned by {names}"]
    asked = "the trust file asks for none" if trust.quorum == 0 else "none"
    return [f"  cosigned by no witness ({asked}): only the vault's word that there is one log"]


def anchored_in_words(signed: Signed[Anchor] | None, chain: Proven | None, trust: Trust) -> list[str]:
    """What is known of the chain, some lines."""
    if chain is not None and trust.chain is not None:
        return _proven(chain, trust.chain)
    if signed is None or trust.chain is None:
        return ["  not anchored on a chain"]
    anchor = signed.record
    place = (
        f"block {anchor.block} of {trust.chain.name} (chain {anchor.chain_id}), finality {anchor.finality}"
    )
    lines = [f"  the vault says: anchored in {place}, transaction 0x{anchor.transaction.hex()}"]
    if anchor.development:
        return [*lines, f"  {DEVELOPMENT}"]
    return [*lines, "  ask a node of that chain if you do not want to take the vault's word for it"]


def _proven(found: Proven, trusted: ChainTrust) -> list[str]:
    chain = f"{trusted.name} (chain {trusted.id})"
    lines = [
        f"  block {found.number} of {chain} holds this root: computed, nobody was asked",
        f"  the block's hash is 0x{found.hash.hex()}",
    ]
    lines += {
        "pinned": ["  your trust file names this very block"],
        "sealed": [
            f"  sealed by {found.seals} of the {len(set(trusted.validators))} validators of your trust file"
        ],
        "named": [
            "  that this block is part of the chain is the vault's word alone:",
            "  compare its hash with a source you believe, or name it with --block",
        ],
    }[found.basis]
    if trusted.development:
        return [*lines, f"  {DEVELOPMENT}"]
    return [*lines, f"  by the clock of that chain the root existed at {_clock(found.time)}"]


def _clock(seconds: int) -> str:
    return write_time(datetime.fromtimestamp(min(seconds, TIME_MAX), UTC))


def standing_in_words(standing: Standing) -> str:
    """What the chain itself said, two lines."""
    final = "final" if standing.final else "NOT final"
    return "\n".join(
        (
            f"the node of {standing.chain} says: the contract holds this root at this size,",
            f"  since block {standing.block.number}, {final} by your rule; one node's word, so ask another",
        )
    )


def as_json(verified: Verified, trust: Trust) -> dict[str, Any]:
    """The verdict for a program: names as in the records, hashes as base64url, times as RFC 3339."""
    receipt, checkpoint = verified.receipt.record, verified.checkpoint
    return {
        "vault": receipt.vault,
        "test": is_test(receipt.vault),
        "receipt": to_base64url(verified.receipt.hash),
        "grant": to_base64url(verified.grant.hash),
        "use": None if verified.use is None else to_base64url(verified.use.hash),
        "revocation": None if verified.revocation is None else to_base64url(verified.revocation.hash),
        "partner": receipt.partner,
        "purpose": receipt.purpose,
        "items": len(receipt.opened),
        "price": receipt.price,
        "fee": receipt.fee,
        "currency": receipt.currency,
        "seq": receipt.seq,
        "time": write_time(receipt.time),
        "log": {"origin": checkpoint.origin, "index": verified.index, "size": checkpoint.size},
        "witnesses": [one.witness.name for one in verified.cosignatures],
        "quorum": trust.quorum,
        **anchored_json(verified.anchor, verified.chain),
        "not_proved": list(NOT_PROVED),
    }


def anchored_json(signed: Signed[Anchor] | None, chain: Proven | None) -> dict[str, Any]:
    """What is known of the chain, for a program."""
    return {
        "anchor": None if signed is None else _anchor_json(signed.record),
        "block": None if chain is None else _block_json(chain),
    }


def _block_json(found: Proven) -> dict[str, Any]:
    return {
        "number": found.number,
        "hash": f"0x{found.hash.hex()}",
        "time": _clock(found.time),
        "basis": found.basis,
        "seals": found.seals,
    }


def _anchor_json(anchor: Anchor) -> dict[str, Any]:
    return {
        "chain_id": anchor.chain_id,
        "chain": anchor.chain,
        "development": anchor.development,
        "contract": f"0x{anchor.contract.hex()}",
        "transaction": f"0x{anchor.transaction.hex()}",
        "block": anchor.block,
        "finality": anchor.finality,
        "time": write_time(anchor.time),
        "said_by": "vault",
    }
