"""The guardians' locker, and the letters that carry shares."""

from collections.abc import Iterator

from planetvault.sealing.hseal import OpeningKey
from planetvault.sealing.letter import LETTER, Letter, number_of
from planetvault.sealing.lockers import asking_key, guardians_locker
from planetvault.sealing.shares import split

from anchor.encoding import to_base64url
from tests.sdk.sealing.twin.fixed_sealer import FixedSealer
from tests.vectors.sealing_scenarios.scenario import Scenario

FRESH = FixedSealer("sealing guardians")


def guardians() -> Iterator[Scenario]:
    """Every scenario of this theme."""
    account, root_kid = FRESH.random(16), FRESH.random(32)
    secret, half = FRESH.random(16), FRESH.random(32)
    locker = guardians_locker(secret, half, account)
    inputs = {"account_id": account, "root_kid": root_kid, "secret": secret, "half": half}
    outputs = {
        "secret": locker.secret(),
        "kid": locker.kid,
        "sign_public": locker.signing.public,
        "root_mac": locker.root_mac(account, root_kid),
        "asking_public": asking_key(secret).public,
    }
    what = "The locker of guardians, and the key that asks for the vault's half."
    yield Scenario("locker_guardians", what, "locker_guardians", inputs, outputs)
    short = {**inputs, "half": half[:16]}
    yield Scenario("locker_guardians_short_half", "A half has 32 bytes.", "locker_guardians", short)
    yield from _letters(account, secret)


def _letters(account: bytes, secret: bytes) -> Iterator[Scenario]:
    key = OpeningKey(FRESH.random(32))
    letter = Letter("vault.example", account, split(secret, threshold=2, shares=3, sealer=FRESH)[1])
    text = letter.sealed_to(key.public, FRESH)
    inputs = {"seed": key.seed(), "letter": text}
    outputs = {
        "vault": letter.vault,
        "account_id": account,
        "words": letter.words,
        "number": number_of(key.public),
    }
    yield Scenario("guardian_letter", "A share, sealed to a guardian.", "open_letter", inputs, outputs)
    other = {**inputs, "seed": FRESH.random(32)}
    yield Scenario("guardian_letter_other_key", "Sealed to another key.", "open_letter", other)
    words = {
        **inputs,
        "letter": Letter("vault.example", account, "twelve words").sealed_to(key.public, FRESH),
    }
    yield Scenario("guardian_letter_without_share", "It holds no share.", "open_letter", words)
    long = {**inputs, "letter": LETTER + to_base64url(bytes(4000))}
    yield Scenario("guardian_letter_too_long", "More than 4,096 characters.", "open_letter", long)
