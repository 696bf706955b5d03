"""What may be offered, redeemed and fulfilled. Pure."""

from datetime import datetime, timedelta

from anchor.records.rewards import Fulfilment, Redemption, Reward
from vault.errors import Conflict, Malformed

LEAVING, FULFILLED, UNFULFILLED = "leaving", "fulfilled", "unfulfilled"
CLOCKS = timedelta(minutes=5)
"""How far an owner's clock may be off, either way."""


def verify_reward(reward: Reward, *, vault: str, currency: str, partner: str, now: datetime) -> Reward:
    """A reward that this vault can offer.

    Raises:
        Malformed: if it is for another vault or currency, of another partner, or over.
    """
    if (reward.vault, reward.currency, reward.partner) != (vault, currency, partner):
        raise Malformed("a reward names this vault, its currency, and the partner that signs it")
    if reward.expires <= now:
        raise Malformed("this reward has expired")
    return reward


def verify_redemption(redemption: Redemption, reward: Reward, now: datetime) -> Redemption:
    """A redemption on the terms of its reward, made now.

    Raises:
        Malformed: if the terms are others, or it was signed at another time.
        Conflict: if the reward has expired.
    """
    said = (redemption.vault, redemption.price, redemption.currency)
    if said != (reward.vault, reward.price, reward.currency):
        raise Malformed("a redemption names the vault, the price and the currency of its reward")
    if abs(now - redemption.time) > CLOCKS:
        raise Malformed(f"sign a redemption within {CLOCKS.seconds // 60} minutes of sending it")
    if reward.expires <= now:
        raise Conflict("this reward has expired")
    return redemption


def verify_fulfilment(fulfilment: Fulfilment, state: str, sealed: bytes | None, digest: bytes | None) -> None:
    """Return if a redemption in this state may be fulfilled so; ``digest`` is of the sealed code.

    Raises:
        Malformed: if the code is not the one named. Conflict: if it was fulfilled otherwise, or too late.
    """
    if fulfilment.code != (None if sealed is None else digest):
        raise Malformed("a fulfilment names the SHA-256 of the sealed code that comes with it")
    if state != LEAVING:
        raise Conflict(f"this redemption is {state} already")


def due(days: int, now: datetime) -> datetime:
    """Until when a redemption made now must be fulfilled: a day at least."""
    return now + timedelta(days=max(days, 1))
