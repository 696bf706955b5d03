"""What two devices tell each other, and the six digits that both show."""

from collections.abc import Iterator
from hashlib import sha256

from planetvault.owner.joining import ANSWER, COMMITTED, COMPARED, DIGITS, OFFER, REVEAL
from planetvault.sealing.lockers import device_locker

from anchor.encoding import to_base64url
from tests.sdk.sealing.twin.fixed_sealer import FixedSealer
from tests.vectors.sealing_scenarios.scenario import Scenario

FRESH = FixedSealer("sealing joining")


def joining() -> Iterator[Scenario]:
    """Every scenario of this theme."""
    locker, nonce = device_locker(FRESH.random(32)), FRESH.random(32)
    sign_key, sealing_key = locker.signing.public, locker.opening.public
    keys = sign_key + sealing_key
    offer = keys + sha256(COMMITTED + nonce + keys).digest()
    answer = FRESH.random(16 + 32 + 32 + 32)
    compared = int.from_bytes(sha256(COMPARED + offer + answer + nonce).digest())
    inputs = {
        "offer": OFFER + to_base64url(offer),
        "answer": ANSWER + to_base64url(answer),
        "reveal": REVEAL + to_base64url(nonce),
    }
    outputs = {
        "digits": str(compared % 10**DIGITS).zfill(DIGITS),
        "sign_key": sign_key,
        "sealing_key": sealing_key,
    }
    yield Scenario("joining", "A new device and one that is in.", "join", inputs, outputs)
    other = {**inputs, "reveal": REVEAL + to_base64url(FRESH.random(32))}
    yield Scenario("joining_other_nonce", "Not the one it committed to.", "join", other)
