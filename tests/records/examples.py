"""One short story in fixed bytes: a record of every kind, each naming those before it.

Alice lets Acme read two months of her plays, Acme reads them once, and Alice ends it.
The pages of docs/spec show these records, and the vectors are made from them. Every
key and every random value comes from a name, so anyone can make them again.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256
from typing import Any, TypeVar

from planetvault.sealing.hseal import OpeningKey

from anchor.keys import SigningKey
from anchor.merkle import leaf_hash, root
from anchor.note import NoteKey
from anchor.records.account import AccountEntry, Login, Manifest
from anchor.records.afterwards import Attestation, Demand, Report
from anchor.records.anchored import Anchor
from anchor.records.arrival import Arrival
from anchor.records.consent import Ask, Denial, Grant, Revocation, fee_of
from anchor.records.disputes import Decision, Dispute
from anchor.records.erasure import Deletion, Erasure
from anchor.records.evidence import Evidence, LogHead, Membership
from anchor.records.offers import Counter, Offer, Withdrawal
from anchor.records.opening import Opening, Veto
from anchor.records.parties import Pairing, Partner
from anchor.records.payouts import Claim, Payout
from anchor.records.pools import Division
from anchor.records.rewards import Fulfilment, Redemption, Reward
from anchor.records.shape import Holder, OpenedItem, SealedField
from anchor.records.signed import Record, Signed, sign
from anchor.records.usage import OwnerLink, Receipt, Statement, Use, owner_link_of, sealed_hash

R = TypeVar("R", bound=Record)

VAULT = "vault.example"
ACME = "acme.example"


def seed(name: str) -> bytes:
    """32 bytes that belong to a name."""
    return sha256(b"planetvault test seed\0" + name.encode()).digest()


@cache
def key(name: str) -> SigningKey:
    """The Ed25519 key that belongs to a name."""
    return SigningKey(seed(name))


@cache
def sealing_key(name: str) -> bytes:
    """The X-Wing public key that belongs to a name."""
    return OpeningKey(seed(name)).public


def identifier(name: str) -> bytes:
    """16 bytes that belong to a name."""
    return seed(name)[:16]


def at(day: int, hour: int = 12) -> datetime:
    """An hour of a day in March 2027, UTC."""
    return datetime(2027, 3, day, hour, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Example:
    """A signed record, and whose key signed it."""

    signed: Signed[Any]
    signer: str


_ALICE = identifier("alice")
_FIELDS = {identifier(f"field {n}"): seed(f"ciphertext {n}") for n in range(3)}
_ITEMS = tuple(sorted(identifier(month) for month in ("2027-01", "2027-02")))
FIRST_LINK = OwnerLink(seq=1, prev=None, blind=seed("blind 1"))
_PRICE, _FEE = 50_000, 1_000


def _partner() -> Partner:
    return Partner(
        partner=ACME,
        name="Acme Audio",
        sign_key=key("acme").public,
        sealing_key=sealing_key("acme"),
        seq=1,
        prev=None,
        time=at(1),
        salt=seed("salt partner"),
    )


def _pairing() -> Pairing:
    return Pairing(
        account=_ALICE,
        partner=ACME,
        owner_key=key("alice for acme").public,
        time=at(2),
        salt=seed("salt pairing"),
    )


def _ask() -> Ask:
    return Ask(
        vault=VAULT,
        id=identifier("ask"),
        partner=ACME,
        owner=key("alice for acme").kid,
        counter=None,
        clusters=("music.play/what", "music.play/when"),
        purposes=("dpv:Personalisation",),
        reason="To suggest concerts near you that you would like.",
        price=_PRICE,
        budget=20 * _PRICE,
        currency="EUR",
        max_uses=20,
        period_days=7,
        period_uses=5,
        paid_by_period=False,
        look_back_days=90,
        future_items=True,
        duration_days=30,
        retention_days=7,
        expires=at(9),
        time=at(2),
        salt=seed("salt ask"),
    )


def _grant(ask: Signed[Ask]) -> Grant:
    return Grant(
        vault=VAULT,
        id=identifier("grant"),
        version=1,
        prev=None,
        ask=ask.hash,
        owner_key=key("alice for acme").public,
        partner=ACME,
        partner_key=key("acme").kid,
        sealing_key=sha256(sealing_key("acme")).digest(),
        clusters=ask.record.clusters,
        purposes=ask.record.purposes,
        price=_PRICE,
        fee=_FEE,
        budget=ask.record.budget,
        currency="EUR",
        max_uses=20,
        period_days=7,
        period_uses=5,
        paid_by_period=False,
        look_back_days=90,
        future_items=False,
        not_before=at(3),
        expires=at(31),
        retention_days=7,
        text=sha256(b"The text that Alice read.").digest(),
        language="en",
        key_commitment=seed("commitment to the grant key"),
        holders=(Holder(VAULT, seed("commitment to share 0")), Holder("steward.example", seed("share 1"))),
        time=at(3),
        salt=seed("salt grant"),
    )


def _denial(ask: Signed[Ask]) -> Denial:
    return Denial(ask=ask.hash, owner_key=key("alice for acme").public, time=at(3), salt=seed("salt denial"))


def _offer() -> Offer:
    return Offer(
        vault=VAULT,
        id=identifier("offer"),
        partner=ACME,
        clusters=("music.play/what", "music.play/when"),
        purposes=("dpv:Personalisation",),
        reason="To find out which concerts a town would go to.",
        price=_PRICE,
        budget=4 * _PRICE,
        campaign=400 * _PRICE,
        pool=10_000_000,
        currency="EUR",
        max_uses=12,
        period_days=7,
        period_uses=3,
        paid_by_period=True,
        look_back_days=90,
        future_items=False,
        duration_days=28,
        retention_days=7,
        expires=at(31),
        time=at(1),
        salt=seed("salt offer"),
    )


def _withdrawal(offer: Signed[Offer]) -> Withdrawal:
    return Withdrawal(offer=offer.hash, time=at(20), salt=seed("salt withdrawal"))


def _counter(offer: Signed[Offer]) -> Counter:
    return Counter(
        vault=VAULT,
        ask=offer.hash,
        owner_key=key("alice for acme").public,
        partner=ACME,
        clusters=("music.play/what",),
        purposes=offer.record.purposes,
        price=2 * _PRICE,
        budget=4 * _PRICE,
        currency="EUR",
        max_uses=6,
        period_days=7,
        period_uses=3,
        paid_by_period=True,
        look_back_days=30,
        future_items=False,
        duration_days=14,
        retention_days=0,
        expires=at(16),
        time=at(2),
        salt=seed("salt counter"),
    )


def _use(grant: Signed[Grant]) -> Use:
    return Use(
        vault=VAULT,
        grant=grant.hash,
        purpose="dpv:Personalisation",
        items=_ITEMS,
        last=None,
        time=at(4, 9),
        salt=seed("salt use"),
    )


def _receipt(grant: Signed[Grant], use: Signed[Use]) -> Receipt:
    opened = tuple(OpenedItem(item, version, sealed_hash(_FIELDS)) for version, item in enumerate(_ITEMS, 1))
    return Receipt(
        vault=VAULT,
        grant=grant.hash,
        use=use.hash,
        revocation=None,
        partner=ACME,
        purpose=use.record.purpose,
        opened=opened,
        price=grant.record.price,
        fee=fee_of(grant.record),
        currency="EUR",
        seq=1,
        prev=None,
        owner_link=owner_link_of(FIRST_LINK),
        time=at(4, 9),
        salt=seed("salt receipt"),
    )


def _revocation(grant: Signed[Grant]) -> Revocation:
    return Revocation(grant=grant.hash, erase=True, uses=1, time=at(5), salt=seed("salt revocation"))


def _demand(grant: Signed[Grant]) -> Demand:
    return Demand(grant=grant.hash, uses=1, deadline=at(12), time=at(5), salt=seed("salt demand"))


def _attestation(demand: Signed[Demand]) -> Attestation:
    return Attestation(demand=demand.hash, partner=ACME, uses=1, time=at(6), salt=seed("salt attestation"))


def _report(receipt: Signed[Receipt]) -> Report:
    return Report(
        receipt=receipt.hash,
        partner=ACME,
        purpose="dpv:Personalisation",
        recipient=None,
        text="A list of eight concerts, shown once.",
        time=at(4, 10),
        salt=seed("salt report"),
    )


def _division(offer: Signed[Offer], grant: Signed[Grant]) -> Division:
    leaf = leaf_hash((0).to_bytes(8) + (1).to_bytes(8) + grant.hash)
    return Division(
        vault=VAULT,
        offer=offer.hash,
        pot=offer.record.pool,
        currency="EUR",
        points=1,
        grants=1,
        root=root([leaf]),
        time=at(31, 13),
        salt=seed("salt division"),
    )


def closing_receipt(revocation: Signed[Revocation], before: Signed[Receipt]) -> Receipt:
    """The receipt that closes the chain of the grant."""
    return Receipt(
        vault=VAULT,
        grant=revocation.record.grant,
        use=None,
        revocation=revocation.hash,
        partner=ACME,
        purpose=None,
        opened=(),
        price=0,
        fee=0,
        currency="EUR",
        seq=2,
        prev=before.hash,
        owner_link=owner_link_of(OwnerLink(2, before.hash, seed("blind 2"))),
        time=at(5),
        salt=seed("salt closing receipt"),
    )


def _statement(receipt: Signed[Receipt]) -> Statement:
    return Statement(
        vault=VAULT,
        account=_ALICE,
        log_size=4,
        receipts=1,
        head=receipt.hash,
        pending=45_000,
        payable=0,
        leaving=0,
        paid=0,
        currency="EUR",
        time=at(4, 10),
        salt=seed("salt statement"),
    )


def _erasure(receipt: Signed[Receipt]) -> Erasure:
    return Erasure(
        vault=VAULT,
        account=_ALICE,
        chain=signed_by("alice laptop", _account()).hash,
        manifests=1,
        journal=signed_by("alice laptop", _manifest()).hash,
        receipts=1,
        head=receipt.hash,
        time=at(30),
        salt=seed("salt erasure"),
    )


def _deletion() -> Deletion:
    return Deletion(
        vault=VAULT,
        account=_ALICE,
        collection=None,
        since=0,
        manifests=1,
        journal=signed_by("alice laptop", _manifest()).hash,
        time=at(29),
        salt=seed("salt deletion"),
    )


EVIDENCE_LOG = NoteKey(f"{VAULT}/evidence/acme", key("acme's evidence log"))


def _evidence() -> Evidence:
    return Evidence(
        log=EVIDENCE_LOG.name,
        partner="acme.example",
        digest=seed("a bill of lading"),
        label="bill of lading 7",
        time=at(4),
        salt=seed("salt evidence"),
    )


def _membership() -> Membership:
    return Membership(
        log=EVIDENCE_LOG.name,
        partner="carrier.example",
        admitted=True,
        time=at(4),
        salt=seed("salt membership"),
    )


def _head() -> LogHead:
    return LogHead(
        key=EVIDENCE_LOG.verifier.vkey,
        size=2,
        root=seed("the root over both"),
        time=at(4),
        salt=seed("salt head"),
    )


def _account() -> AccountEntry:
    return AccountEntry(
        account=_ALICE,
        seq=1,
        prev=None,
        action="create",
        kind="device",
        sign_key=key("alice laptop").public,
        sealing_key=sealing_key("alice laptop"),
        generation=0,
        root_commitment=seed("commitment to the account root key"),
        journal=None,
        time=at(1),
        salt=seed("salt account"),
    )


def _login() -> Login:
    return Login(
        vault=VAULT,
        account=_ALICE,
        nonce=seed("nonce"),
        expires=at(1, 13),
        salt=seed("salt login"),
    )


def _manifest() -> Manifest:
    return Manifest(
        account=_ALICE,
        seq=1,
        prev=None,
        chain=signed_by("alice laptop", _account()).hash,
        collection=identifier("music.play"),
        item=_ITEMS[0],
        version=1,
        key=seed("sealed item key"),
        fields=tuple(SealedField(name, _FIELDS[name]) for name in sorted(_FIELDS)),
        time=at(2),
        salt=seed("salt manifest"),
    )


def _arrival() -> Arrival:
    return Arrival(
        vault="other.example",
        origin=VAULT,
        account=_ALICE,
        chain=signed_by("alice laptop", _account()).hash,
        manifests=1,
        journal=signed_by("alice laptop", _manifest()).hash,
        time=at(29),
        salt=seed("salt arrival"),
    )


def _opening() -> Opening:
    return Opening(vault=VAULT, account=_ALICE, time=at(20), salt=seed("salt opening"))


def _veto(opening: Signed[Opening]) -> Veto:
    return Veto(account=_ALICE, opening=opening.hash, time=at(21), salt=seed("salt veto"))


def _anchor() -> Anchor:
    return Anchor(
        log=f"{VAULT}/log",
        size=4,
        root=seed("root"),
        chain_id=31_337,
        chain="A development chain on one machine",
        development=True,
        contract=seed("contract")[:20],
        transaction=seed("transaction"),
        block=17,
        block_hash=seed("block"),
        finality="none",
        time=at(4, 11),
        salt=seed("salt anchor"),
    )


def _claim() -> Claim:
    return Claim(
        vault=VAULT,
        account=_ALICE,
        way="manual",
        amount=40_000,
        currency="EUR",
        destination="DE89 3704 0044 0532 0130 00, Alice Example",
        time=at(19),
        salt=seed("salt claim"),
    )


def _payout(claim: Signed[Claim]) -> Payout:
    return Payout(
        vault=VAULT,
        claim=claim.hash,
        outcome="settled",
        amount=claim.record.amount,
        currency="EUR",
        reference="batch 2027-03-20, line 1",
        time=at(20),
        salt=seed("salt payout"),
    )


def _reward() -> Reward:
    return Reward(
        vault=VAULT,
        id=identifier("reward"),
        partner=ACME,
        kind="membership",
        title="One month of Acme Audio",
        details="Every album without advertising, for 30 days from the day you enter the code.",
        price=5_000,
        currency="EUR",
        stock=1_000,
        days=7,
        expires=at(31),
        time=at(18),
        salt=seed("salt reward"),
    )


def _redemption(reward: Signed[Reward]) -> Redemption:
    return Redemption(
        vault=VAULT,
        reward=reward.hash,
        owner_key=key("alice for acme").public,
        sealing_key=sealing_key("alice for this redemption"),
        price=reward.record.price,
        currency="EUR",
        time=at(21),
        salt=seed("salt redemption"),
    )


def _fulfilment(redemption: Signed[Redemption]) -> Fulfilment:
    return Fulfilment(
        vault=VAULT,
        redemption=redemption.hash,
        code=seed("sealed code"),
        time=at(22),
        salt=seed("salt fulfilment"),
    )


def _dispute(receipt: Signed[Receipt]) -> Dispute:
    return Dispute(
        vault=VAULT,
        receipt=receipt.hash,
        reason="Both months came empty.",
        time=at(6),
        salt=seed("salt dispute"),
    )


def _decision(dispute: Signed[Dispute], receipt: Signed[Receipt]) -> Decision:
    return Decision(
        vault=VAULT,
        dispute=dispute.hash,
        receipt=receipt.hash,
        share=20_000,
        fee=5_000,
        currency="EUR",
        reason="One of two months was empty: half of the share goes back, and our fee.",
        time=at(8),
        salt=seed("salt decision"),
    )


def signed_by(name: str, record: R) -> Signed[R]:
    """Sign with the key that belongs to a name."""
    return sign(record, key(name))


@cache
def examples() -> Mapping[str, Example]:
    """The story, by noun."""
    ask, offer = signed_by("acme", _ask()), signed_by("acme", _offer())
    grant = signed_by("alice for acme", _grant(ask))
    use = signed_by("acme", _use(grant))
    receipt = signed_by("vault", _receipt(grant, use))
    opening = signed_by("alice guardians", _opening())
    demand = signed_by("alice for acme", _demand(grant))
    claim, reward = signed_by("alice laptop", _claim()), signed_by("acme", _reward())
    redemption, dispute = (
        signed_by("alice for acme", _redemption(reward)),
        signed_by("acme", _dispute(receipt)),
    )
    return {
        "partner": Example(signed_by("acme", _partner()), "acme"),
        "pairing": Example(signed_by("alice for acme", _pairing()), "alice for acme"),
        "ask": Example(ask, "acme"),
        "grant": Example(grant, "alice for acme"),
        "denial": Example(signed_by("alice for acme", _denial(ask)), "alice for acme"),
        "revocation": Example(signed_by("alice for acme", _revocation(grant)), "alice for acme"),
        "offer": Example(offer, "acme"),
        "withdrawal": Example(signed_by("acme", _withdrawal(offer)), "acme"),
        "counter": Example(signed_by("alice for acme", _counter(offer)), "alice for acme"),
        "use": Example(use, "acme"),
        "receipt": Example(receipt, "vault"),
        "statement": Example(signed_by("vault", _statement(receipt)), "vault"),
        "division": Example(signed_by("vault", _division(offer, grant)), "vault"),
        "demand": Example(demand, "alice for acme"),
        "attestation": Example(signed_by("acme", _attestation(demand)), "acme"),
        "report": Example(signed_by("acme", _report(receipt)), "acme"),
        "erasure": Example(signed_by("vault", _erasure(receipt)), "vault"),
        "deletion": Example(signed_by("vault", _deletion()), "vault"),
        "evidence": Example(signed_by("acme", _evidence()), "acme"),
        "membership": Example(signed_by("acme", _membership()), "acme"),
        "head": Example(signed_by("vault", _head()), "vault"),
        "account": Example(signed_by("alice laptop", _account()), "alice laptop"),
        "login": Example(signed_by("alice laptop", _login()), "alice laptop"),
        "manifest": Example(signed_by("alice laptop", _manifest()), "alice laptop"),
        "arrival": Example(signed_by("alice laptop", _arrival()), "alice laptop"),
        "opening": Example(opening, "alice guardians"),
        "veto": Example(signed_by("alice laptop", _veto(opening)), "alice laptop"),
        "anchor": Example(signed_by("vault", _anchor()), "vault"),
        "claim": Example(claim, "alice laptop"),
        "payout": Example(signed_by("vault", _payout(claim)), "vault"),
        "reward": Example(reward, "acme"),
        "redemption": Example(redemption, "alice for acme"),
        "fulfilment": Example(signed_by("acme", _fulfilment(redemption)), "acme"),
        "dispute": Example(dispute, "acme"),
        "decision": Example(signed_by("vault", _decision(dispute, receipt)), "vault"),
    }
