"""The closed loop: what an owner earned pays for what a partner gives, who spends it on data again."""

from datetime import datetime
from hashlib import sha256

from anchor.encoding import to_base64url
from anchor.errors import SignatureError
from anchor.records.rewards import Fulfilment, Reward
from anchor.records.rewards import verify_redemption as verify_signed
from anchor.records.signed import by, named_kid, unverified, verify
from vault.db import Transaction
from vault.errors import Conflict, Forbidden, NotFound
from vault.issuer import Issuer
from vault.pairings.store import Pairings
from vault.partners.store import PartnerKey, Partners
from vault.payments import ledger
from vault.payments.store import Ledger
from vault.payouts.brakes import let_go
from vault.payouts.rules import House
from vault.rewards import rules
from vault.rewards.store import Rewards
from vault.webhooks.rules import REWARD_REDEEMED
from vault.webhooks.store import Outbox

OFFERED_MAX = 1000
"""Rewards of one partner that can be redeemed at one time."""
LAPSES_MAX = 500


def _key(transaction: Transaction, raw: bytes, kind: type[Reward | Fulfilment]) -> PartnerKey:
    key = Partners(transaction).key(named_kid(raw, kind))
    if key is None:
        raise SignatureError("the directory knows no partner with this key")
    return key


def offer(transaction: Transaction, raw: bytes, issuer: Issuer, now: datetime) -> bytes:
    """Put a reward into the catalogue; its hash.

    Raises:
        SignatureError: if it is not signed by its partner's newest key.
        Malformed: if this vault can't offer it. Conflict: if the partner offers too many.
    """
    rewards, key = Rewards(transaction), _key(transaction, raw, Reward)
    reward = verify(raw, Reward, by(key.public))
    rules.verify_reward(
        reward.record, vault=issuer.origin, currency=issuer.currency, partner=key.domain, now=now
    )
    if rewards.raw(reward.hash) is None and rewards.offered_by(key.domain, _seconds(now)) >= OFFERED_MAX:
        raise Conflict(f"a partner offers at most {OFFERED_MAX} rewards at a time")
    rewards.offer(reward)
    return reward.hash


def redeem(transaction: Transaction, account: bytes, raw: bytes, house: House, now: datetime) -> bytes:
    """Take a reward for an owner, and let its price leave her balance; the redemption's hash.

    The same redemption again changes nothing.

    Raises:
        NotFound: if there is no such reward. Conflict: if it is sold out or has expired.
        Forbidden: if the partner does not know the owner by this key. PayoutHeld: while a brake holds.
        InsufficientFunds: if that much is not payable.
    """
    rewards, redemption = Rewards(transaction), verify_signed(raw)
    offered = rewards.raw(redemption.record.reward)
    if offered is None:
        raise NotFound("no such reward")
    reward = unverified(offered, Reward)
    if Pairings(transaction).behind(redemption.kid) != (account, reward.partner):
        raise Forbidden("a redemption is signed with the key that the partner knows the owner by")
    if rewards.exists(redemption.hash):
        return redemption.hash
    rules.verify_redemption(redemption.record, reward, now)
    let_go(transaction, account, reward.price, house, now)
    if not rewards.take_one(redemption.record.reward):
        raise Conflict("this reward is sold out")
    rewards.redeem(redemption, account, reward.partner, rules.due(reward.days, now))
    moved = ledger.of_redemption(redemption=redemption.hash, account=account, price=reward.price)
    Ledger(transaction).move([moved], _seconds(now))
    told = {"redemption": to_base64url(redemption.hash)}
    Outbox(transaction).announce(reward.partner, REWARD_REDEEMED, told, _seconds(now))
    return redemption.hash


def fulfil(
    transaction: Transaction, raw: bytes, sealed: bytes | None, issuer: Issuer, now: datetime
) -> bytes:
    """Hand over what was redeemed, once; the fulfilment's hash. The same one again changes nothing.

    Raises:
        SignatureError: if the partner's newest key did not sign.
        NotFound: if the partner has no such redemption. Conflict: if it was fulfilled otherwise, or too late.
    """
    rewards, key = Rewards(transaction), _key(transaction, raw, Fulfilment)
    fulfilment = verify(raw, Fulfilment, by(key.public))
    standing = rewards.lock(fulfilment.record.redemption)
    if standing is None or standing.partner != key.domain or fulfilment.record.vault != issuer.origin:
        raise NotFound("no such redemption")
    if standing.fulfilment == raw:
        return fulfilment.hash
    digest = None if sealed is None else sha256(sealed).digest()
    rules.verify_fulfilment(fulfilment.record, standing.state, sealed, digest)
    rewards.fulfil(fulfilment, sealed)
    moved = ledger.of_fulfilment(
        fulfilment=fulfilment.hash, account=standing.account, partner=standing.partner, price=standing.price
    )
    Ledger(transaction).move(moved, _seconds(now))
    return fulfilment.hash


def lapse(transaction: Transaction, now: datetime) -> int:
    """Give back what was redeemed and not fulfilled in time, some of it; how many there were."""
    rewards = Rewards(transaction)
    over = rewards.overdue(_seconds(now), LAPSES_MAX)
    for name in over:
        standing = rewards.lock(name)
        if standing is None or standing.state != rules.LEAVING:
            continue  # fulfilled in this moment
        rewards.end(name, rules.UNFULFILLED)
        rewards.put_back(name)
        moved = ledger.of_lapsed_redemption(redemption=name, account=standing.account, price=standing.price)
        Ledger(transaction).move([moved], _seconds(now))
    return len(over)


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp())
