"""The second half of an audit: what became of earnings, from pending to paid, out of records again.

pending   a receipt's share, until its release or the decision of its dispute
payable   released, decided, or come back
leaving   claimed or redeemed
paid      settled or fulfilled
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256

from anchor.encoding import to_base64url
from anchor.errors import SignatureError
from anchor.keys import kid_of
from anchor.records.disputes import Decision, Dispute
from anchor.records.payouts import Claim, Payout
from anchor.records.rewards import Fulfilment, Reward, verify_redemption
from anchor.records.signed import Signed, unverified, verify
from anchor.records.trust import Trust
from planetvault.errors import PlanetVaultError
from planetvault.receipts import vault_key

Move = Callable[[str, bytes, str, str, int], None]
"""Kind, source, debit, credit, micros."""


class BooksDisagree(PlanetVaultError):
    """A record is not what it must be, or the books say something else than the records."""


@dataclass(frozen=True, slots=True)
class Earning:
    """What one receipt brought an owner, who she is, and to whom it can go back; micros."""

    account: bytes
    owner_key: bytes
    partner: str
    share: int
    fee: int


@dataclass(frozen=True, slots=True)
class Release:
    """The receipts of an account at log indexes from ``since`` up to ``size`` became payable."""

    account: bytes
    since: int
    size: int
    root: bytes


@dataclass(frozen=True, slots=True)
class Outflow:
    """What an audit reads beside grants and receipts; signed bytes, but for places in the log.

    ``indexes`` are those of receipts, by hash. ``lockers`` are the keys that may sign claims, by
    account, and ``partners`` the keys of partners, by domain. ``unfulfilled`` are redemptions that lapsed.
    """

    releases: Iterable[Release] = ()
    indexes: Mapping[bytes, int] = field(default_factory=dict)
    disputes: Iterable[tuple[bytes, bytes | None]] = ()
    claims: Iterable[bytes] = ()
    payouts: Iterable[bytes] = ()
    rewards: Iterable[bytes] = ()
    redemptions: Iterable[bytes] = ()
    fulfilments: Iterable[bytes] = ()
    unfulfilled: Iterable[bytes] = ()
    lockers: Mapping[bytes, Iterable[bytes]] = field(default_factory=dict)
    partners: Mapping[str, Iterable[bytes]] = field(default_factory=dict)


def balance(name: str, account: bytes) -> str:
    """One of an owner's accounts: ``pending``, ``payable``, ``leaving`` or ``paid``."""
    return f"{name}/{to_base64url(account)}"


def follow(
    move: Move, earnings: Mapping[bytes, Earning], owners: Mapping[bytes, bytes], out: Outflow, trust: Trust
) -> None:
    """Count every movement of money that was earned.

    Raises:
        BooksDisagree: if a record goes against another one.
        AnchorError: if one is not signed by whom it should be.
    """
    disputed = _decide(move, earnings, out, trust)
    _release(move, earnings, out, disputed)
    _pay_claims(move, out, trust)
    _redeem(move, owners, out)


def _decide(move: Move, earnings: Mapping[bytes, Earning], out: Outflow, trust: Trust) -> set[bytes]:
    """Count what decisions moved; the receipts that were ever disputed."""
    disputed: set[bytes] = set()
    for raw, decided in out.disputes:
        about = unverified(raw, Dispute).receipt
        if about not in earnings or about in disputed:
            raise BooksDisagree("a dispute is about no receipt that is here, or about one that was disputed")
        disputed.add(about)
        earning = earnings[about]
        sides = [earning.owner_key, *out.partners.get(earning.partner, ())]
        dispute = verify(raw, Dispute, _one_of(sides))
        if decided is not None:
            _count_decision(move, earning, dispute, verify(decided, Decision, vault_key(trust)))
    return disputed


def _count_decision(
    move: Move, earning: Earning, dispute: Signed[Dispute], decision: Signed[Decision]
) -> None:
    said = decision.record
    if (said.dispute, said.receipt) != (dispute.hash, dispute.record.receipt):
        raise BooksDisagree("a decision is about another dispute")
    if said.share > earning.share or said.fee > earning.fee:
        raise BooksDisagree("a decision gives back more than the receipt brought")
    pending, funding = balance("pending", earning.account), f"funding/{earning.partner}"
    move("refund", decision.hash, pending, funding, said.share)
    move("fee-refund", decision.hash, "fee", funding, said.fee)
    move("upheld", decision.hash, pending, balance("payable", earning.account), earning.share - said.share)


def _release(move: Move, earnings: Mapping[bytes, Earning], out: Outflow, disputed: set[bytes]) -> None:
    places: dict[bytes, list[tuple[int, int]]] = {}
    for receipt, index in out.indexes.items():
        if receipt in earnings and receipt not in disputed:
            places.setdefault(earnings[receipt].account, []).append((index, earnings[receipt].share))
    reached: dict[bytes, int] = {}
    for step in sorted(out.releases, key=lambda one: one.size):
        if not reached.get(step.account, 0) <= step.since < step.size:
            raise BooksDisagree("receipts were released twice")
        reached[step.account] = step.size
        amount = sum(
            share for index, share in places.get(step.account, ()) if step.since <= index < step.size
        )
        place = step.size.to_bytes(8, "big") + step.root + step.account
        source = sha256(b"planetvault/release/v1\0" + place).digest()
        move("release", source, balance("pending", step.account), balance("payable", step.account), amount)


_AFTER = {"settled": "leaving", "failed": "leaving", "returned": "settled"}
_ROUTE = {"settled": ("leaving", "paid"), "failed": ("leaving", "payable"), "returned": ("paid", "payable")}


def _pay_claims(move: Move, out: Outflow, trust: Trust) -> None:
    claims: dict[bytes, Signed[Claim]] = {}
    for raw in out.claims:
        keys = out.lockers.get(unverified(raw, Claim).account, ())
        claim = verify(raw, Claim, _one_of(keys))
        claims[claim.hash] = claim
        account, amount = claim.record.account, claim.record.amount
        move("claim", claim.hash, balance("payable", account), balance("leaving", account), amount)
    states = dict.fromkeys(claims, "leaving")
    for raw in out.payouts:
        payout = verify(raw, Payout, vault_key(trust))
        said = payout.record
        if said.claim not in claims or said.amount != claims[said.claim].record.amount:
            raise BooksDisagree("a payout is for no claim that is here, or for another amount")
        if states[said.claim] != _AFTER[said.outcome]:
            raise BooksDisagree("what became of a claim was told in two ways")
        states[said.claim] = said.outcome
        start, end = (balance(name, claims[said.claim].record.account) for name in _ROUTE[said.outcome])
        move(said.outcome, payout.hash, start, end, said.amount)


def _redeem(move: Move, owners: Mapping[bytes, bytes], out: Outflow) -> None:
    rewards = {one.hash: one.record for one in (_reward(raw, out) for raw in out.rewards)}
    redeemed: dict[bytes, tuple[bytes, Reward]] = {}
    for raw in out.redemptions:
        one = verify_redemption(raw)
        reward = rewards.get(one.record.reward)
        if reward is None or one.record.owner_key not in owners or one.record.price != reward.price:
            raise BooksDisagree(
                "a redemption is of no reward that is here, by nobody here, or at another price"
            )
        account = owners[one.record.owner_key]
        redeemed[one.hash] = account, reward
        move("redeem", one.hash, balance("payable", account), balance("leaving", account), reward.price)
    for raw in out.fulfilments:
        name = unverified(raw, Fulfilment).redemption
        if name not in redeemed:
            raise BooksDisagree("a fulfilment is of no redemption that is here, or the second one")
        account, reward = redeemed.pop(name)
        keys = out.partners.get(reward.partner, ())
        done = verify(raw, Fulfilment, _one_of(keys))
        move("fulfilled", done.hash, balance("leaving", account), balance("paid", account), reward.price)
        move("redeemed", done.hash, "outside", f"funding/{reward.partner}", reward.price)
    for name in out.unfulfilled:
        if name not in redeemed:
            raise BooksDisagree("a redemption lapsed that is not here, or was fulfilled")
        account, reward = redeemed.pop(name)
        move("unfulfilled", name, balance("leaving", account), balance("payable", account), reward.price)


def _reward(raw: bytes, out: Outflow) -> Signed[Reward]:
    keys = out.partners.get(unverified(raw, Reward).partner, ())
    return verify(raw, Reward, _one_of(keys))


def _one_of(keys: Iterable[bytes]) -> Callable[[bytes, object], bytes]:
    """For ``verify``: the signer must be one of these keys."""
    known = {kid_of(key): key for key in keys}

    def key_of(kid: bytes, _record: object) -> bytes:
        if kid not in known:
            raise SignatureError("this was signed with a key of nobody who should have signed it")
        return known[kid]

    return key_of
