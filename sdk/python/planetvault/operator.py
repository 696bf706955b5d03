"""The operator's side of money: what waits to be paid, decided or answered, and the files a bank takes.

::

    with Operator("https://vault.example", token) as operator:
        due = operator.due()
        Path("payments.csv").write_text(payment_file(due))      # pay these, then:
        operator.report(due[0].hash, "settled", "batch 17, line 1")

What nobody knows is not reported: a claim stays on its way for as long as it takes.
"""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import httpx2

from anchor.chain.distribution import ADDRESS_BYTES
from anchor.encoding import to_base64url
from anchor.records.disputes import Dispute
from anchor.records.payouts import Claim
from anchor.records.signed import unverified
from planetvault.answers import Fields, read_hex
from planetvault.drivers import Blocking, BlockingDriver, blocking
from planetvault.http import listed, send
from planetvault.memory import RamMemory
from planetvault.steps import Steps

MICROS = 1_000_000


@dataclass(frozen=True, slots=True)
class Due:
    """A claim that waits to be paid. ``amount`` in micros of ``currency``."""

    hash: bytes
    way: str
    amount: int
    currency: str
    destination: str
    time: datetime


@dataclass(frozen=True, slots=True)
class OpenDispute:
    """A dispute that waits; ``share`` and ``fee`` are what its receipt brought, in micros."""

    hash: bytes
    side: str
    partner: str
    reason: str
    share: int
    fee: int


@dataclass(frozen=True, slots=True)
class OpenAppeal:
    """An appeal that waits for an answer."""

    number: int
    account: bytes
    brake: str
    words: str


@dataclass(frozen=True, slots=True)
class OperatedDistribution:
    """A root over all that was ever claimed by the contract; ``total`` in micros."""

    root: bytes
    total: int
    contract: bytes
    chain_id: int


@dataclass(frozen=True, slots=True)
class ListedDistribution(OperatedDistribution):
    """One made before; ``waiting`` claims that are new in it were not published yet."""

    time: datetime
    waiting: int


class OperatorSteps:
    """What an operator does, as steps."""

    def __init__(self, token: str) -> None:
        self._token = token

    def _who(self, _method: str, _target: str, _body: bytes | None) -> Mapping[str, str]:
        return {"authorization": f"Bearer {self._token}"}

    def due(self) -> Steps[list[Due]]:
        """Every claim that waits to be paid, oldest first."""
        return [_due(row) for row in (yield from listed("/v1/claims/due", who=self._who))]

    def report(self, claim: bytes, outcome: str, reference: str) -> Steps[bytes]:
        """Say that a claim was ``settled``, ``failed`` or ``returned``; the signed payout."""
        body = {"claim": to_base64url(claim), "outcome": outcome, "reference": reference}
        return (yield from send("POST", "/v1/payouts", body, who=self._who)).record("payout")

    def distribute(self) -> Steps[OperatedDistribution]:
        """Put all claims by the contract under one root: they can't fail from now on. It is not told here."""
        made = yield from send("POST", "/v1/distributions", {}, who=self._who)
        return OperatedDistribution(*_root(made))

    def distributions(self) -> Steps[list[ListedDistribution]]:
        """Every distribution that was made, oldest first."""
        rows = yield from listed("/v1/distributions", who=self._who)
        return [ListedDistribution(*_root(row), row.time("time"), row.integer("waiting")) for row in rows]

    def publish(self, root: bytes, reference: str) -> Steps[int]:
        """Say that the contract was told a root, by this transaction: how many claims it settled."""
        path, settled = f"/v1/distributions/{to_base64url(root)}/published", 0
        while True:
            answer = yield from send("POST", path, {"reference": reference}, who=self._who)
            if not answer.integer("settled"):
                return settled
            settled += answer.integer("settled")

    def disputes(self) -> Steps[list[OpenDispute]]:
        """Every dispute that waits for a decision, oldest first."""
        return [_dispute(row) for row in (yield from listed("/v1/disputes/open", who=self._who))]

    def decide(self, dispute: bytes, *, share: int, fee: int, reason: str) -> Steps[bytes]:
        """End a dispute: micros of the owner's share and of the fee that go back; the signed decision."""
        body = {"dispute": to_base64url(dispute), "share": share, "fee": fee, "reason": reason}
        return (yield from send("POST", "/v1/decisions", body, who=self._who)).record("decision")

    def appeals(self) -> Steps[list[OpenAppeal]]:
        """Every appeal that waits for an answer, oldest first."""
        rows = yield from listed("/v1/appeals/open", who=self._who)
        return [
            OpenAppeal(r.integer("number"), r.identifier("account"), r.text("brake"), r.text("words"))
            for r in rows
        ]

    def answer(self, number: int, words: str, *, lift: bool) -> Steps[None]:
        """Answer an appeal."""
        body = {"lift": lift, "words": words}
        yield from send("POST", f"/v1/appeals/{number}/answer", body, who=self._who)

    def person(self, account: bytes, person: bytes) -> Steps[None]:
        """Book which person an account belongs to, as a verifier found; 16 and 32 bytes."""
        body = {"account": to_base64url(account), "person": to_base64url(person)}
        yield from send("POST", "/v1/persons", body, who=self._who)


def _due(row: Fields) -> Due:
    claim = unverified(row.record("claim"), Claim)
    said = row.text("way"), row.integer("amount"), row.text("currency"), row.text("destination")
    return Due(row.hash("hash"), *said, claim.time)


def _root(row: Fields) -> tuple[bytes, int, bytes, int]:
    contract = read_hex(row.text("contract"), ADDRESS_BYTES)
    return row.hash("name"), row.integer("total"), contract, row.integer("chain_id")


def _dispute(row: Fields) -> OpenDispute:
    reason = unverified(row.record("dispute"), Dispute).reason
    said = row.text("side"), row.text("partner"), reason, row.integer("share"), row.integer("fee")
    return OpenDispute(row.hash("hash"), *said)


class Operator(Blocking[OperatorSteps]):
    """An operator whose calls return when they are done."""

    def __init__(self, url: str, token: str, *, transport: httpx2.BaseTransport | None = None) -> None:
        super().__init__(OperatorSteps(token), BlockingDriver(url, RamMemory(), transport))

    due = blocking(OperatorSteps.due)
    report = blocking(OperatorSteps.report)
    distribute = blocking(OperatorSteps.distribute)
    distributions = blocking(OperatorSteps.distributions)
    publish = blocking(OperatorSteps.publish)
    disputes = blocking(OperatorSteps.disputes)
    decide = blocking(OperatorSteps.decide)
    appeals = blocking(OperatorSteps.appeals)
    answer = blocking(OperatorSteps.answer)
    person = blocking(OperatorSteps.person)


def in_units(micros: int) -> str:
    """An amount as banks write it: ``0.5`` is ``0.50``, and nothing is rounded."""
    whole, part = divmod(abs(micros), MICROS)
    digits = f"{part:06}".rstrip("0").ljust(2, "0")
    return f"{'-' if micros < 0 else ''}{whole}.{digits}"


def payment_file(due: Sequence[Due]) -> str:
    """The manual payments among these as CSV (RFC 4180), with the claim as the reference of each.

    A destination that begins like a formula is written with a quote before it, since spreadsheets
    run what begins so.
    """
    written = io.StringIO()
    rows = csv.writer(written)
    rows.writerow(["reference", "amount", "currency", "destination", "claimed"])
    for one in due:
        if one.way == "manual":
            safe = "'" * one.destination.startswith(("=", "+", "-", "@")) + one.destination
            claimed = f"{one.time:%Y-%m-%d}"
            rows.writerow([to_base64url(one.hash), in_units(one.amount), one.currency, safe, claimed])
    return written.getvalue()
