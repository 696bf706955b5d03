"""What holds money back on its way out, and why. Pure: no clock, no row, no network.

A brake never takes money away: what it holds stays payable, it says what would let it go,
and the owner may appeal to a person.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from anchor.records.payouts import Claim
from vault.errors import Malformed

AGE, CAP, PERSON_UNKNOWN, PERSON_ELSEWHERE = "account-age", "cap", "person-unknown", "person-elsewhere"
BRAKES = (AGE, CAP, PERSON_UNKNOWN, PERSON_ELSEWHERE)
CAP_WINDOW = timedelta(days=30)
CLOCKS = timedelta(minutes=5)
"""How far an owner's clock may be off, either way."""
MANUAL, EVM = "manual", "evm"
_ADDRESS = re.compile(r"0x[0-9a-f]{40}", re.ASCII)
_NO_MINOR_UNIT = {"CLP", "ISK", "JPY", "KRW", "PYG", "RWF", "UGX", "VND", "XAF", "XOF", "XPF"}
"""Currencies without a smaller coin (ISO 4217). Where there is one, we pay in hundredths."""


@dataclass(frozen=True, slots=True)
class House:
    """The brakes of a vault: days of age, micros in 30 days or 0, and whether persons are told apart."""

    age_days: int
    cap: int
    persons: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of an account whose money wants to leave.

    ``left`` is what left it in the last 30 days, in micros; ``elsewhere`` says that its person's
    money leaves by another account; ``lifted`` are brakes that an appeal lifted.
    """

    opened: datetime
    left: int
    verified: bool
    elsewhere: bool
    lifted: Collection[str]


@dataclass(frozen=True, slots=True)
class Brake:
    """Why money is held, in words for the owner, and until when if time alone lets it go."""

    code: str
    words: str
    until: datetime | None = None


def brakes(amount: int, standing: Standing, house: House, now: datetime) -> list[Brake]:
    """Everything that holds this amount (micros) back now; nothing if it may leave."""
    return [brake for brake in _all(amount, standing, house, now) if brake.code not in standing.lifted]


def _all(amount: int, standing: Standing, house: House, now: datetime) -> list[Brake]:
    found = []
    old_enough = standing.opened + timedelta(days=house.age_days)
    if now < old_enough:
        words = f"money leaves an account that is {house.age_days} days old"
        found.append(Brake(AGE, words, old_enough))
    if house.cap and standing.left + amount > house.cap:
        room = max(house.cap - standing.left, 0)
        words = f"{house.cap} micros leave an account in {CAP_WINDOW.days} days; now {room} may"
        found.append(Brake(CAP, words))
    if house.persons and not standing.verified:
        found.append(Brake(PERSON_UNKNOWN, "nobody has verified yet that a person is behind this account"))
    if house.persons and standing.elsewhere:
        found.append(Brake(PERSON_ELSEWHERE, "your money leaves by another account of yours"))
    return found


def minor_unit(currency: str) -> int:
    """Micros in the smallest coin of a currency."""
    return 1_000_000 if currency in _NO_MINOR_UNIT else 10_000


def verify_claim(claim: Claim, *, vault: str, currency: str, evm: bool, now: datetime) -> Claim:
    """A claim that this vault can pay in the way it names.

    Raises:
        Malformed: if it can't.
    """
    if (claim.vault, claim.currency) != (vault, currency):
        raise Malformed("a claim names this vault and its currency")
    if abs(now - claim.time) > CLOCKS:
        raise Malformed(f"sign a claim within {CLOCKS.seconds // 60} minutes of sending it")
    if claim.way == MANUAL and claim.amount % minor_unit(currency):
        raise Malformed(f"payments are made in whole coins: name a multiple of {minor_unit(currency)} micros")
    if claim.way == EVM and not evm:
        raise Malformed("this vault has no payout contract")
    if claim.way == EVM and not _ADDRESS.fullmatch(claim.destination):
        raise Malformed("the destination is 0x and 40 hexadecimal digits in lower case")
    return claim


def verify_next(state: str, outcome: str, *, distributed: bool) -> str:
    """The outcome, if it can follow what is known of a claim.

    Raises:
        Malformed: if it can't: a claim settles or fails once, and comes back only after it settled.
    """
    if state != {"returned": "settled"}.get(outcome, "leaving"):
        raise Malformed(f"a claim that is {state} can't be {outcome}")
    if distributed and outcome != "settled":
        raise Malformed("the payout contract lets the owner withdraw this: it can't fail or come back")
    return outcome
