"""How an event is signed, when a delivery is tried again, and when it is given up. Pure.

Standard Webhooks 1.0 (standardwebhooks.com), by docs/spec/webhook.md.
"""

import hmac
import json
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

ASK_GRANTED, ASK_DENIED, ASK_COUNTERED = "ask.granted", "ask.denied", "ask.countered"
GRANT_GIVEN, GRANT_REVOKED, GRANT_EXPIRED = "grant.given", "grant.revoked", "grant.expired"
RECEIPTS_COMMITTED, BALANCE_LOW = "receipts.committed", "balance.low"
ERASURE_DEMANDED, PING = "erasure.demanded", "webhook.ping"
TOPUP_BOOKED, REWARD_REDEEMED = "topup.booked", "reward.redeemed"
DISPUTE_OPENED, DISPUTE_DECIDED = "dispute.opened", "dispute.decided"
KINDS = (
    ASK_GRANTED,
    ASK_DENIED,
    ASK_COUNTERED,
    GRANT_GIVEN,
    GRANT_REVOKED,
    GRANT_EXPIRED,
    RECEIPTS_COMMITTED,
    BALANCE_LOW,
    ERASURE_DEMANDED,
    TOPUP_BOOKED,
    REWARD_REDEEMED,
    DISPUTE_OPENED,
    DISPUTE_DECIDED,
    PING,
)

MINUTE, HOUR, DAY = 60, 3600, 86_400
PAUSES = (5, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, DAY)
"""Seconds before the second, third … try, as Standard Webhooks proposes: ten tries in three days."""
JITTER = 0.2
"""Each pause is stretched by chance, up to this part of it, so that what failed together comes apart."""
FAILING_SECONDS = 5 * DAY
"""An endpoint that took nothing for so long is asked no more, until its partner puts it back."""
OVERLAP_SECONDS = DAY
"""How long the secret before the newest signs too."""
KEPT_SECONDS = 30 * DAY
"""How long events and their deliveries are kept, and can be sent again."""
SUCCESS, GONE, TOO_MANY, UNAVAILABLE = range(200, 300), 410, 429, 503


@dataclass(frozen=True, slots=True)
class Attempt:
    """What came of one try: the HTTP status or why there was none, and the pause it asked for."""

    status: int | None
    error: str = ""
    retry_after: int = 0

    @property
    def arrived(self) -> bool:
        """Whether the partner took it."""
        return self.status in SUCCESS


def next_try(attempts: int, attempt: Attempt, now: int, chance: float) -> int | None:
    """When to try again after so many attempts, in seconds; None if it is given up.

    ``chance`` is from 0 to 1. A partner that asks for a pause (RFC 9110 §10.2.3) gets it, up to a day.
    """
    if attempt.status == GONE or attempts > len(PAUSES):
        return None
    pause = PAUSES[attempts - 1] * (1 + JITTER * chance)
    if attempt.status in {TOO_MANY, UNAVAILABLE}:
        pause = max(pause, min(attempt.retry_after, DAY))
    return now + int(pause)


def is_given_up(failing_since: int | None, attempt: Attempt, now: int) -> bool:
    """Whether an endpoint is left alone from here on: it says it is gone, or took nothing for days."""
    if attempt.arrived:
        return False
    return attempt.status == GONE or (failing_since is not None and now - failing_since >= FAILING_SECONDS)


def secret(root: bytes, webhook: bytes, generation: int, domain: str) -> bytes:
    """The 32 bytes that sign for one endpoint: derived, so that no database holds them.

    Of one partner: who takes a name that another one gave up does not get what signed there.
    """
    named = webhook + generation.to_bytes(8, "big") + domain.encode("ascii")
    return hmac.digest(root, b"planetvault/webhook/v1" + named, sha256)


def shown_secret(value: bytes) -> str:
    """A secret as partners configure it."""
    return "whsec_" + b64encode(value).decode("ascii")


def generations(generation: int, rotated: int | None, now: int) -> list[int]:
    """Which secrets sign now, the newest first."""
    overlaps = generation > 1 and rotated is not None and now - rotated < OVERLAP_SECONDS
    return [generation, generation - 1] if overlaps else [generation]


def headers(name: str, body: bytes, secrets: list[bytes], now: int) -> dict[str, str]:
    """The headers of one delivery: its name, the time of this try, and a signature by each secret."""
    message = f"{name}.{now}.".encode() + body
    signatures = [b64encode(hmac.digest(one, message, sha256)).decode("ascii") for one in secrets]
    return {
        "content-type": "application/json",
        "user-agent": "planetvault-webhooks/1",
        "webhook-id": name,
        "webhook-timestamp": str(now),
        "webhook-signature": " ".join(f"v1,{one}" for one in signatures),
    }


def payload(kind: str, time: str, mode: str, data: Mapping[str, Any]) -> bytes:
    """The body of an event: names of things, never the things; whoever may know fetches them."""
    event = {"type": kind, "timestamp": time, "mode": mode, "data": data}
    return json.dumps(event, separators=(",", ":")).encode()
