"""What the routes answer, as docs/spec/http.md tells it; a use answers for itself (vault/uses/api.py).

A route that shows a field which is not here fails in the tests, instead of showing it.
"""

from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

T = TypeVar("T")

JWS = "eyJhbGciOi….eyJ2Ijox….c2lnbmVk"
ID = "AAAAAAAAAAAAAAAAAAAAAA"
HASH = "A" * 43

Signed = Annotated[str, Field(description="a signed record, compact JWS", examples=[JWS])]
Sealed = Annotated[str, Field(description="sealed bytes, base64url without padding", examples=["AQAB"])]
Id = Annotated[str, Field(description="16 bytes, base64url without padding", examples=[ID])]
Hash = Annotated[str, Field(description="32 bytes, base64url without padding", examples=[HASH])]
Time = Annotated[str, Field(description="UTC, whole seconds", examples=["2027-03-14T09:26:53Z"])]
Domain = Annotated[str, Field(examples=["music.example"])]
Micros = Annotated[int, Field(description="whole micros", examples=[120_000])]
Count = Annotated[int, Field(ge=0, examples=[3])]
Currency = Annotated[str, Field(examples=["USD"])]
Parameters = Annotated[dict[str, str | int], Field(examples=[{"salt": "AQAB"}])]
Secrets = Annotated[dict[str, Sealed], Field(examples=[{"directory": "AQAB"}])]
Fields = Annotated[dict[str, Sealed], Field(description="by field id", examples=[{ID: "AQAB"}])]
AskState = Annotated[Literal["open", "granted", "denied", "expired"], Field(examples=["open"])]
GrantState = Annotated[Literal["standing", "revoked", "superseded", "expired"], Field(examples=["standing"])]
EntryState = Annotated[str, Field(description="how far the log has brought it", examples=["committed"])]


class Shown(BaseModel):
    """An answer: every field named, none besides."""

    model_config = ConfigDict(extra="forbid")


class Listing(Shown, Generic[T]):
    """One page of a list. ``next`` goes into ``after`` for the next one, null at the end."""

    data: list[T]
    next: Annotated[str | None, Field(examples=["AAAAAAAAAAM"])]


class Whole(Shown, Generic[T]):
    """A list that is short enough for one answer."""

    data: list[T]


class Problem(Shown):
    """What went wrong (RFC 9457). ``code`` is stable; nothing of the request is repeated."""

    type: Annotated[str, Field(examples=["https://planetvault.example/problems/not-found"])]
    title: Annotated[str, Field(examples=["Not Found"])]
    status: Annotated[int, Field(examples=[404])]
    detail: Annotated[str, Field(examples=["no such item"])]
    code: Annotated[str, Field(examples=["not-found"])]
    request_id: Annotated[str, Field(examples=["Zr0SLQmL5vTqk1u3x8Gz0w"])]


# ── the vault ────────────────────────────────────────────────────────────────────────────


class Vault(Shown):
    """The terms that all grants of a vault have in common; ``fee`` in basis points."""

    vault: Annotated[str, Field(examples=["vault.example"])]
    currency: Currency
    fee: Annotated[int, Field(examples=[1000])]
    log: Annotated[str, Field(examples=["vault.example/log"])]
    mode: Annotated[Literal["live", "test"], Field(examples=["live"])]


class Live(Shown):
    """The process answers."""

    live: Literal[True]


class Ready(Shown):
    """The process can do its work."""

    ready: Literal[True]


# ── accounts ─────────────────────────────────────────────────────────────────────────────


class AccountName(Shown):
    """Which account it is."""

    account: Id


class EntryNumber(Shown):
    """How many entries the account chain has."""

    seq: Count


class Found(Shown):
    """Where a recovery phrase leads."""

    account: Id
    kind: Annotated[str, Field(examples=["recovery"])]
    parameters: Parameters


class Challenge(Shown):
    """What the locker signs to log in."""

    account: Id
    nonce: Hash
    expires: Time
    parameters: Parameters


class Session(Shown):
    """A session, to be sent as ``Authorization: Bearer``."""

    session: Annotated[str, Field(examples=[HASH])]
    expires: Time


class Erasure(Shown):
    """The signed record of an account's end."""

    erasure: Signed


OpeningState = Annotated[Literal["waiting", "open", "vetoed", "lapsed"], Field(examples=["waiting"])]


class Opening(Shown):
    """How far the guardians' locker is: ``half`` comes when the waiting period is over."""

    opening: Hash
    state: OpeningState
    opens: Time
    half: Hash | None
    veto: Signed | None


class Notice(Shown):
    """Somebody asks to open the account with the secret of its guardians."""

    opening: Signed
    hash: Hash
    locker: Hash
    state: OpeningState
    opens: Time
    veto: Signed | None


class Locker(Shown):
    """One way to open the account."""

    kid: Hash
    kind: Annotated[str, Field(examples=["device"])]
    sealed_root: Sealed
    root_mac: Sealed
    parameters: Parameters
    finder: Hash | None


class Journal(Shown):
    """Where the journal of manifests stands."""

    seq: Count
    head: Annotated[str | None, Field(examples=[HASH])]


class Balances(Shown):
    """What an owner earned, by how near it is to her."""

    estimated: Micros
    pending: Micros
    payable: Micros
    leaving: Micros
    paid: Micros


class Account(Shown):
    """Everything a device needs to open its owner's vault."""

    account: Id
    chain: list[Signed]
    lockers: list[Locker]
    secrets: Secrets
    journal: Journal
    balances: Balances
    currency: Currency
    paused: Annotated[bool, Field(examples=[False])]


class PairingName(Shown):
    """The key that the partner knows the owner by."""

    kid: Hash


class Pairing(Shown):
    """One partner, and the key it knows the owner by."""

    partner: Domain
    kid: Hash
    pairing: Signed


# ── items ────────────────────────────────────────────────────────────────────────────────


class CollectionName(Shown):
    """Which collection it is."""

    collection: Id


class Collection(Shown):
    """A collection with its sealed key."""

    collection: Id
    sealed: Sealed


class Manifest(Shown):
    """One entry of the journal."""

    manifest: Signed


class ListedItem(Shown):
    """An item without its fields."""

    manifest: Signed
    key: Sealed


class Item(Shown):
    """An item with all its fields."""

    manifest: Signed
    key: Sealed
    fields: Fields


# ── asks and grants ──────────────────────────────────────────────────────────────────────


class RecordName(Shown):
    """The hash by which a record is known."""

    hash: Hash


class Ask(Shown):
    """An ask with the directory entries of who asks."""

    ask: Signed
    hash: Hash
    state: AskState
    partner: list[Signed]


class Offer(Shown):
    """An offer with the directory entries of who offers; ``left`` is what is left of its campaign."""

    offer: Signed
    hash: Hash
    state: Annotated[Literal["open", "withdrawn", "ended"], Field(examples=["open"])]
    left: Micros
    partner: list[Signed]


class Counter(Shown):
    """A counter-offer and what became of it; ``ask`` is the one that accepted it."""

    counter: Signed
    hash: Hash
    state: Annotated[Literal["open", "accepted", "refused", "expired"], Field(examples=["open"])]
    ask: Hash | None


class Division(Shown):
    """How a pool was divided."""

    division: Signed


class PoolShare(Shown):
    """One grant's share of a pool, with the path of its leaf to the root; ``amount`` is in micros."""

    offer: Signed
    division: Signed
    grant: Hash
    index: Count
    before: Count
    points: Count
    amount: Micros
    path: list[Hash]


class Demand(Shown):
    """A demand to erase and what became of it; it is ``late`` if it was attested after its deadline."""

    demand: Signed
    hash: Hash
    grant: Hash
    state: Annotated[Literal["open", "attested", "late", "overdue"], Field(examples=["open"])]
    attestation: Annotated[str | None, Field(examples=[None])]


class Report(Shown):
    """What a partner says it did with what a use opened."""

    hash: Hash
    report: Signed


class PartnerRecord(Shown):
    """How a partner has behaved, counted: ``late`` and ``overdue`` are of the demands to erase."""

    partner: Domain
    grants: Count
    revoked: Count
    uses: Count
    disputes: Count
    reports: Count
    demanded: Count
    attested: Count
    late: Count
    overdue: Count


class AskAnswer(Shown):
    """What became of an ask."""

    state: AskState
    grant: Annotated[str | None, Field(examples=[HASH])]


class DeniedAsk(Shown):
    """Which ask was denied."""

    ask: Hash


class Grant(Shown):
    """A grant and where it stands; ``escrow`` is what is left of its budget."""

    grant: Signed
    hash: Hash
    state: GrantState
    uses: Count
    escrow: Micros


class OpenItem(Shown):
    """An item that a grant opens."""

    item: Id
    version: Count


class AnsweredUse(Shown):
    """A receipt with the use it answers, or with the revocation for which it closes the chain."""

    receipt: Signed
    use: Annotated[str | None, Field(examples=[JWS])]
    revocation: Annotated[str | None, Field(examples=[None])]


# ── receipts and money ───────────────────────────────────────────────────────────────────


class ReceiptOnly(Shown):
    """One receipt."""

    receipt: Signed


class Link(Shown):
    """A receipt's place in its owner's chain, which the receipt hides from everybody else."""

    seq: Count
    prev: Annotated[str | None, Field(examples=[HASH])]
    blind: Hash


class Entry(Shown):
    """A place in the log."""

    index: Count


class Receipt(Shown):
    """A receipt as its owner gets it."""

    receipt: Signed
    use: Annotated[str | None, Field(examples=[JWS])]
    revocation: Annotated[str | None, Field(examples=[None])]
    grant: Hash
    link: Link
    entry: Entry | None
    state: EntryState


class Statement(Shown):
    """An owner's chain and balances at a size of the log."""

    statement: Signed


class Refused(Shown):
    """Uses that a grant did not allow, in one hour, for one reason."""

    partner: Domain
    grant: Hash
    code: Annotated[str, Field(examples=["purpose-not-granted"])]
    count: Count
    time: Time


class Transfer(Shown):
    """One amount from one account to another, because of the record ``source``."""

    kind: Annotated[str, Field(examples=["share"])]
    source: Hash
    debit: Annotated[str, Field(examples=["escrow/" + HASH])]
    credit: Annotated[str, Field(examples=["pending/" + ID])]
    amount: Micros
    time: Time


class Release(Shown):
    """The receipts at log indexes from ``since`` up to ``size``, whose root is ``root``, became payable."""

    size: Count
    since: Count
    root: Hash


class Funding(Shown):
    """A partner's money that no grant has reserved."""

    funding: Micros


class Balance(Shown):
    """A partner's money: free, and reserved."""

    funding: Micros
    escrow: Micros
    currency: Currency


class PartnerEntries(Shown):
    """A partner's entries in the directory, oldest first."""

    entries: list[Signed]


# ── blobs ────────────────────────────────────────────────────────────────────────────────


class BlobPart(Shown):
    """A part as it is kept."""

    part: Count
    size: Count
    hash: Hash


class Blob(Shown):
    """A blob: ``size`` is 0 and ``finished`` null while parts may come."""

    blob: Id
    size: Count
    finished: Annotated[str | None, Field(examples=["2027-03-14T09:26:53Z"])]
    part_bytes: Annotated[int, Field(description="bytes of every part but the last", examples=[8_388_608])]


class BlobParts(Blob):
    """A blob and its parts."""

    parts: list[BlobPart]


# ── webhooks ─────────────────────────────────────────────────────────────────────────────

WebhookState = Annotated[Literal["active", "disabled"], Field(examples=["active"])]
DeliveryState = Annotated[Literal["pending", "delivered", "dead"], Field(examples=["delivered"])]
EventId = Annotated[str, Field(examples=["evt_" + ID])]
EventKind = Annotated[str, Field(examples=["grant.revoked"])]


class Webhook(Shown):
    """Where a partner listens, and since when nothing arrived there. No ``kinds`` means all."""

    webhook: Id
    url: Annotated[str, Field(examples=["https://music.example/planetvault"])]
    kinds: list[EventKind]
    low_balance: Micros
    generation: Count
    state: WebhookState
    failing: Annotated[str | None, Field(examples=[None])]


class NewWebhook(Webhook):
    """An endpoint with the secret that signs for it."""

    secret: Annotated[str, Field(examples=["whsec_" + "A" * 43 + "="])]


class EventName(Shown):
    """An event, as its ``webhook-id`` calls it."""

    event: EventId


class Event(Shown):
    """What happened, as it is sent."""

    event: EventId
    type: EventKind
    timestamp: Time
    data: Annotated[dict[str, Any], Field(examples=[{"grant": HASH}])]


class Delivery(Shown):
    """One event on its way to one endpoint."""

    event: EventId
    type: EventKind
    state: DeliveryState
    attempts: Count
    status: Annotated[int | None, Field(examples=[204])]
    error: Annotated[str, Field(examples=[""])]
    tried: Annotated[str | None, Field(examples=["2027-03-14T09:26:53Z"])]
    next: Annotated[str | None, Field(examples=[None])]


class Replayed(Shown):
    """How many events are on their way again."""

    events: Count


# ── the directory ────────────────────────────────────────────────────────────────────────


class DomainProof(Shown):
    """Whether the partner's domain shows its newest key, by docs/spec/domain-proof.md."""

    state: Annotated[Literal["proved", "lost", "unproved"], Field(examples=["proved"])]
    seen: Annotated[str | None, Field(examples=["2027-03-14T09:26:53Z"])]
    checked: Annotated[str | None, Field(examples=["2027-03-14T09:26:53Z"])]
    error: Annotated[str, Field(examples=[""])]


class Partner(Shown):
    """A partner's entries in the directory, oldest first, and the proof of its domain."""

    entries: list[Signed]
    proof: DomainProof


# ── test mode ────────────────────────────────────────────────────────────────────────────


class TestClock(Shown):
    """The time of a test vault, and how many seconds it is ahead."""

    time: Time
    ahead: Count


class TestOwner(Shown):
    """A test owner, and what she does when she is asked."""

    kid: Hash
    behaviour: Annotated[str, Field(examples=["grants"])]


class PartnerName(Shown):
    """A partner."""

    partner: Domain


# ── evidence ─────────────────────────────────────────────────────────────────────────────


class EvidenceLog(Shown):
    """A log of a business's own; ``key`` is the vkey that signs its checkpoints."""

    name: Annotated[str, Field(examples=["harbour"])]
    log: Annotated[str, Field(examples=["vault.example/evidence/harbour"])]
    key: Annotated[str, Field(examples=["vault.example/evidence/harbour+73f1c702+AYGi…"])]
    tenant: Domain
    size: Count


class EvidenceLogPage(EvidenceLog):
    """The same, with its members, its newest checkpoint, the vault's record of that, and how far it came."""

    members: list[Domain]
    checkpoint: Annotated[str | None, Field(description="a C2SP signed note", examples=[None])]
    head: Annotated[Signed | None, Field(examples=[JWS])]
    state: Annotated[Literal["recorded", "committed", "anchored"], Field(examples=["anchored"])]


class EvidenceEntry(Shown):
    """An entry of an evidence log; what it says stands in the record, which its author has."""

    index: Count
    kind: Annotated[Literal["evidence", "membership"], Field(examples=["evidence"])]
    partner: Domain
    record: Hash
    time: Time


def as_it_is(kind: str, example: Any) -> dict[int | str, dict[str, Any]]:
    """The page of a route that answers with bytes of a format that is specified elsewhere."""
    schema = {"type": "object"} if kind == "application/json" else {"type": "string"}
    return {200: {"content": {kind: {"schema": schema, "example": example}}}}
