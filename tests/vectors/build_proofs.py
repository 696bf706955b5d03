"""Write the vectors of proof files: ``python -m tests.vectors.build_proofs``.

One story (tests/records/examples.py) goes into a small log; each scenario then takes
its proof and spoils one thing. ``trust.json`` is what the reader brings, and
``expectations.json`` says what a verifier must answer to each file: ok, format,
signature or proof. ``trusts.json`` says which files have another reader.
"""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from eth_keys.datatypes import PrivateKey

from anchor.chain.header import read_header
from anchor.chain.port import log_id_of
from anchor.chain.rlp import write_rlp
from anchor.log import Log, MemoryLogStore
from anchor.merkle import TreeHead
from anchor.note import NoteKey
from anchor.records.chain_proof import ChainProof
from anchor.records.proof import Materials, read_proof, write_proof
from anchor.records.shape import write_json
from anchor.records.signed import Record, Signed
from anchor.records.tlog_proof import TlogProof
from anchor.records.trust import ChainTrust, RetiredKey, Trust
from anchor.records.usage import Receipt
from tests.anchor.chain.tries import SEALERS, VALIDATORS, State
from tests.records.examples import (
    VAULT,
    at,
    closing_receipt,
    examples,
    key,
    sealing_key,
    seed,
    signed_by,
)
from tests.vectors.folder import fill

FOLDER = Path(__file__).parent / "proofs"
LOG = NoteKey(f"{VAULT}/log", key("log"))
CHAIN = ChainTrust(
    id=31_337,
    name="A development chain on one machine",
    development=True,
    contract=seed("contract")[:20],
    code_hash=seed("code"),
)

PINNED, SEALED, BEFORE = 18, 19, 17
"""The numbers of three blocks; the anchor's is the first."""

_story = {noun: example.signed for noun, example in examples().items()}


def trust() -> Trust:
    """What the reader of a scenario believes, unless ``TRUSTS`` says otherwise."""
    return _trust_in(
        replace(CHAIN, blocks=(read_header(_state().header(PINNED)).hash,), validators=VALIDATORS)
    )


def trust_in_no_block() -> Trust:
    """The same, without a block or a validator."""
    return _trust_in(CHAIN)


def trust_after_a_change() -> Trust:
    """The same, after the log's key was changed at size 6."""
    newer = NoteKey(LOG.name, key("the log's second key"))
    return replace(trust(), log=newer.verifier.vkey, retired=(RetiredKey(log=LOG.verifier.vkey, size=6),))


def trust_after_an_early_change() -> Trust:
    """The same, but the change was at size 5."""
    return replace(trust_after_a_change(), retired=(RetiredKey(log=LOG.verifier.vkey, size=5),))


TRUSTS = dict.fromkeys(
    (
        "block_named_by_the_vault",
        "block_named_under_clique",
        "block_that_the_vault_does_not_name",
        "block_on_its_own",
    ),
    "trust_in_no_block.json",
) | {
    "use_under_the_key_before": "trust_after_a_change.json",
    "use_under_the_key_after": "trust_after_a_change.json",
    "use_by_a_key_given_up_before": "trust_after_an_early_change.json",
    "checkpoint_by_another_key_of_the_log": "trust_after_a_change.json",
}
"""Which scenarios have the other reader."""


def _trust_in(chain: ChainTrust) -> Trust:
    return Trust(
        vault=VAULT,
        keys=(key("vault").public,),
        log=LOG.verifier.vkey,
        quorum=0,
        witnesses=(),
        chain=chain,
    )


def _state(root: bytes | None = None, **changes: Any) -> State:
    """What the chain holds: the root of the story's log at its size, and that of another log."""
    kept = {
        (log_id_of(LOG.name), 6): root or _log(LOG, _story["receipt"])[1].root,
        (seed("other"), 6): seed("r"),
    }
    return State(**({"contract": CHAIN.contract, "code_hash": CHAIN.code_hash, "roots": kept} | changes))


def _block(header: bytes, state: State | None = None) -> ChainProof:
    return (state or _state()).prove(log_id_of(LOG.name), 6, header)


def _altered(kind: str, signer: str, **changes: Any) -> Signed[Any]:
    return signed_by(signer, replace(_story[kind].record, **changes))


def _follow_up(use: Signed[Any], grant: Signed[Any] = _story["grant"], **changes: Any) -> Signed[Receipt]:
    """The story's receipt, made to fit another use or grant."""
    fitting: dict[str, Any] = {"use": use.hash, "grant": grant.hash}
    return _altered("receipt", "vault", **(fitting | changes))


def _proof(
    receipt: Signed[Receipt] = _story["receipt"],
    *,
    grant: Signed[Any] = _story["grant"],
    use: Signed[Any] | None = _story["use"],
    revocation: Signed[Any] | None = None,
    partner: tuple[Signed[Any], ...] = (),
    signer: str = "acme",
    anchored: dict[str, Any] | None = None,
    logged: Signed[Any] | None = None,
    log_key: NoteKey = LOG,
    block: ChainProof | None = None,
) -> bytes:
    """The proof of ``receipt`` as the fourth of six entries; ``logged`` is what stands there instead."""
    log, head = _log(log_key, logged or receipt)
    anchor = _anchor({"size": head.size, "root": head.root} | anchored) if anchored is not None else None
    materials = Materials(
        receipt=receipt.text,
        grant=grant.text,
        use=use.text if use else None,
        revocation=revocation.text if revocation else None,
        partner_key=key(signer).public,
        partner=tuple(one.text for one in partner),
        anchor=anchor.text if anchor else None,
        chain=block,
    )
    return bytes(
        write_proof(
            materials,
            index=3,
            path=log.inclusion(3, head.size),
            checkpoint=log.checkpoint(head.size, log_key),
        )
    )


def _log(key: NoteKey, logged: Signed[Any]) -> tuple[Log, TreeHead]:
    log = Log(key.name, MemoryLogStore())
    others = [_story[noun].entry for noun in ("partner", "grant", "statement", "revocation")]
    return log, log.append([*others[:3], logged.entry, *others[3:], bytes(33)])


def _second_entry() -> Signed[Any]:
    """Acme's directory entry after it changed its keys for the first time."""
    return _altered(
        "partner",
        "acme",
        sign_key=key("acme's second key").public,
        sealing_key=sealing_key("acme's second key"),
        seq=2,
        prev=_story["partner"].hash,
    )


def _spoiled(proof: bytes, materials: Materials) -> bytes:
    """The same file around other materials."""
    inclusion = TlogProof.parse(proof)
    return bytes(
        write_proof(materials, index=inclusion.index, path=inclusion.path, checkpoint=inclusion.checkpoint)
    )


def _rewritten(proof: bytes, field: str, value: Any) -> bytes:
    """The same file with a field of its block written as no writer here would."""
    inclusion = TlogProof.parse(proof)
    extra = json.loads(inclusion.extra or b"")
    extra["chain"][field] = value
    return bytes(replace(inclusion, extra=write_json(extra)))


def _anchor(changes: dict[str, Any]) -> Signed[Record]:
    fitting = {"log": LOG.name, "contract": CHAIN.contract}
    signer = changes.pop("signer", "vault")
    return _altered("anchor", signer, **(fitting | changes))


def _good() -> Iterator[tuple[str, bytes]]:
    closing = signed_by("vault", closing_receipt(_story["revocation"], _story["receipt"]))
    first = _story["partner"]
    rotated = _second_entry()
    third = signed_by(
        "acme's second key",
        replace(rotated.record, sign_key=key("acme's third key").public, seq=3, prev=rotated.hash),
    )
    late = _altered("use", "acme's second key")
    pinning = _altered("grant", "alice for acme", partner_key=key("acme's second key").kid)
    latest = _altered("use", "acme's third key", grant=pinning.hash)
    yield "use", _proof()
    yield "use_anchored", _proof(anchored={})
    yield "use_under_the_key_before", _proof()
    yield "use_under_the_key_after", _proof(log_key=NoteKey(LOG.name, key("the log's second key")))
    yield "first_use_of_a_period", _paid_by_period()
    yield "second_use_of_a_period", _paid_by_period(seq=2, prev=_story["receipt"].hash, price=0, fee=0)
    yield "closing", _proof(closing, use=None, revocation=_story["revocation"])
    yield (
        "partner_rotated_its_key",
        _proof(_follow_up(late), use=late, partner=(first, rotated), signer="acme's second key"),
    )
    yield (
        "partner_rotated_before_the_grant_and_after",
        _proof(
            _follow_up(latest, pinning),
            grant=pinning,
            use=latest,
            partner=(rotated, third),
            signer="acme's third key",
        ),
    )

    yield "block_pinned", _proof(block=_block(_state().header(PINNED)))
    yield "block_pinned_and_anchored", _proof(anchored={}, block=_block(_state().header(PINNED)))
    yield "block_sealed", _proof(anchored={}, block=_block(_state().sealed(SEALED, SEALERS)))
    yield "block_sealed_by_three_of_four", _proof(block=_block(_state().sealed(SEALED, SEALERS[1:], 0)))
    yield "block_named_by_the_vault", _named(_state().header(BEFORE))
    yield "block_named_under_clique", _named(_state().sealed_under_clique(BEFORE, SEALERS[0]))


def _named(header: bytes) -> bytes:
    """A proof that names the block of this header as the anchor's, and shows it."""
    anchored = {"block": BEFORE, "block_hash": read_header(header).hash}
    return _proof(anchored=anchored, block=_block(header))


def _paid_by_period(**changes: Any) -> bytes:
    """A use under a grant that is paid by the week, a day after it began."""
    grant = _altered("grant", "alice for acme", paid_by_period=True)
    use = _altered("use", "acme", grant=grant.hash)
    return _proof(_follow_up(use, grant, **changes), grant=grant, use=use)


def _format() -> Iterator[tuple[str, bytes]]:
    plain = _proof()
    weak = replace(read_proof(plain).materials, partner_key=b"\x01" + bytes(31))
    yield "partner_key_of_small_order", _spoiled(plain, weak)
    head, _, rest = plain.partition(b"\n")
    yield "no_extra", head + b"\n" + rest.partition(b"\n")[2]
    yield "use_and_revocation", _proof(revocation=_story["revocation"])
    yield "neither_use_nor_revocation", _proof(use=None)
    header = _state().header(PINNED)
    yield "block_header_followed_by_a_byte", _proof(block=_block(header + b"\0"))
    yield "block_header_of_fourteen_fields", _proof(block=_block(write_rlp([bytes(32)] * 14)))
    yield "block_header_with_a_seal_too_short", _proof(block=_block(_state().header(PINNED, bytes(96))))
    path = _block(header)
    yield "block_without_a_path", _rewritten(_proof(block=path), "storage", [])
    yield "block_with_an_empty_node", _rewritten(_proof(block=path), "storage", [""])
    yield "trailing_line", plain + b"\n"
    yield "index_beyond_every_log", plain.replace(b"index 3", b"index 9223372036854775807")
    yield "index_with_leading_zero", plain.replace(b"index 3", b"index 03")


def _signature() -> Iterator[tuple[str, bytes]]:
    yield "receipt_by_another_vault_key", _proof(_altered("receipt", "not the vault"))
    yield "checkpoint_by_another_log_key", _proof(log_key=NoteKey(LOG.name, key("not the log")))
    yield "use_by_a_key_given_up_before", _proof()
    yield "checkpoint_by_another_key_of_the_log", _proof(log_key=NoteKey(LOG.name, key("not the log")))
    yield "checkpoint_of_another_log", _proof(log_key=NoteKey("other.example/log", key("log")))
    yield (
        "use_by_a_key_the_grant_does_not_pin",
        _proof(_follow_up(stolen := _altered("use", "not acme")), use=stolen, signer="not acme"),
    )
    yield (
        "grant_not_by_the_owner_key_it_carries",
        _proof(_follow_up(_story["use"], forged := _altered("grant", "not alice")), grant=forged),
    )
    spoiled = (5).to_bytes(32) + (1).to_bytes(32) + b"\0"
    yield (
        "block_with_a_seal_that_no_key_made",
        _proof(block=_block(_state().sealed(SEALED, SEALERS, spoil=spoiled))),
    )
    yield "anchor_by_another_key", _proof(anchored={"signer": "not the vault"})
    yield (
        "revocation_not_by_the_owner",
        _proof(
            signed_by(
                "vault", closing_receipt(forged := _altered("revocation", "not alice"), _story["receipt"])
            ),
            use=None,
            revocation=forged,
        ),
    )


def _contradiction() -> Iterator[tuple[str, bytes]]:
    grant, use = _story["grant"], _story["use"]
    other_grant = _altered("grant", "alice for acme", salt=seed("another salt"))
    yield "directory_entries_that_nobody_needs", _proof(partner=(_story["partner"], _second_entry()))
    yield "another_entry_stands_there", _proof(logged=_story["statement"])
    yield "index_of_a_neighbour", _proof().replace(b"index 3", b"index 2")
    yield "another_grant", _proof(grant=other_grant)
    yield "another_use", _proof(use=_altered("use", "acme", salt=seed("another salt")))
    yield (
        "use_of_another_grant",
        _proof(_follow_up(other := _altered("use", "acme", grant=other_grant.hash)), use=other),
    )
    yield (
        "use_for_another_vault",
        _proof(_follow_up(other := _altered("use", "acme", vault="other.example")), use=other),
    )
    yield "price_not_granted", _proof(_follow_up(use, price=grant.record.price + 1))
    yield "free_although_paid_by_use", _proof(_follow_up(use, seq=2, prev=bytes(32), price=0, fee=0))
    yield "first_use_of_all_that_costs_nothing", _paid_by_period(price=0, fee=0)
    yield "fee_without_a_price", _paid_by_period(seq=2, prev=bytes(32), price=0)
    yield "fee_not_granted", _proof(_follow_up(use, fee=0))
    yield "currency_not_granted", _proof(_follow_up(use, currency="USD"))
    yield (
        "purpose_not_granted",
        _proof(
            _follow_up(
                other := _altered("use", "acme", purpose="dpv:Advertising"), purpose="dpv:Advertising"
            ),
            use=other,
        ),
    )
    yield "purpose_not_of_the_use", _proof(_follow_up(use, purpose="dpv:Advertising"))
    yield (
        "an_item_more_than_asked",
        _proof(_follow_up(other := _altered("use", "acme", items=use.record.items[:1])), use=other),
    )
    yield "use_beyond_the_last", _proof(_follow_up(use, seq=21, prev=bytes(32)))
    yield "first_receipt_that_follows_another", _proof(_follow_up(use, prev=bytes(32)))
    yield "before_the_grant_began", _proof(_follow_up(use, time=at(2)))
    yield "after_the_grant_ended", _proof(_follow_up(use, time=at(31)))
    yield "receipt_of_another_partner", _proof(_follow_up(use, partner="other.example"))
    yield "receipt_of_another_vault", _proof(_follow_up(use, vault="other.example"))
    yield (
        "closing_that_costs",
        _proof(
            signed_by("vault", replace(closing_receipt(_story["revocation"], _story["receipt"]), price=1)),
            use=None,
            revocation=_story["revocation"],
        ),
    )
    yield (
        "closing_for_another_revocation",
        _proof(
            signed_by("vault", closing_receipt(_story["revocation"], _story["receipt"])),
            use=None,
            revocation=_altered("revocation", "alice for acme", uses=0),
        ),
    )
    yield from _blocks()
    yield "anchor_of_another_size", _proof(anchored={"size": 5})
    yield "anchor_of_another_root", _proof(anchored={"root": bytes(32)})
    yield "anchor_on_another_chain", _proof(anchored={"chain_id": 1})
    yield "anchor_in_another_contract", _proof(anchored={"contract": bytes(20)})
    yield "anchor_that_hides_a_development_chain", _proof(anchored={"development": False})


def _blocks() -> Iterator[tuple[str, bytes]]:
    pinned, state = _state().header(PINNED), _state()
    whole = _block(pinned)
    yield "block_of_nobody", _proof(block=_block(state.header(PINNED + 1)))
    yield "block_sealed_by_two_of_four", _proof(block=_block(state.sealed(SEALED, SEALERS[:2])))
    yield "block_sealed_by_one_three_times", _proof(block=_block(state.sealed(SEALED, SEALERS[:1] * 3)))
    yield (
        "block_under_clique_with_its_one_seal",
        _proof(block=_block(state.sealed_under_clique(SEALED, SEALERS[0]))),
    )
    strangers = tuple(PrivateKey(seed(f"stranger {number}")) for number in range(4))
    yield "block_sealed_by_strangers", _proof(block=_block(state.sealed(SEALED, strangers)))
    named = state.header(BEFORE)
    yield "block_that_the_vault_does_not_name", _proof(anchored={"block": BEFORE}, block=_block(named))
    yield "block_on_its_own", _proof(block=_block(named))
    other = _state(seed("another root"))
    yield "block_that_holds_another_root", _proof(block=_block(other.sealed(SEALED, SEALERS), other))
    code = _state(code_hash=seed("other code"))
    yield "block_whose_contract_has_other_code", _proof(block=_block(code.sealed(SEALED, SEALERS), code))
    yield "block_of_another_state", _proof(block=replace(whole, account=_block(b"", other).account))
    yield "block_with_a_node_missing", _proof(block=replace(whole, account=whole.account[:-1]))
    yield (
        "block_with_a_node_too_many",
        _proof(block=replace(whole, storage=(*whole.storage, whole.storage[-1]))),
    )
    size = replace(whole, storage=state.prove(seed("other"), 6, pinned).storage)
    yield "block_that_shows_another_log", _proof(block=size)


def build() -> dict[str, bytes]:
    """Every file, by name."""
    kinds = {"ok": _good, "format": _format, "signature": _signature, "proof": _contradiction}
    answers = {name: (answer, file) for answer, scenarios in kinds.items() for name, file in scenarios()}
    files = {f"{name}.tlog-proof": file for name, (_, file) in answers.items()}
    expected = {name: answer for name, (answer, _) in sorted(answers.items())}
    files["expectations.json"] = (json.dumps(expected, indent=2) + "\n").encode()
    files["trusts.json"] = (json.dumps(TRUSTS, indent=2) + "\n").encode()
    files["trust.json"] = bytes(trust())
    files["trust_in_no_block.json"] = bytes(trust_in_no_block())
    files["trust_after_a_change.json"] = bytes(trust_after_a_change())
    files["trust_after_an_early_change.json"] = bytes(trust_after_an_early_change())
    return files


if __name__ == "__main__":
    fill(FOLDER, build())
