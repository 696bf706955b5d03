"""Payouts over HTTP: owners claim and appeal, the operator pays, reports and answers."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from pydantic import Field

from anchor.encoding import to_base64url
from anchor.records.shape import INTEGER_MAX, write_time
from vault import shown, wire
from vault.accounts.store import Accounts
from vault.db import Row, Transaction
from vault.errors import Conflict
from vault.http import LIST_MAX, Operator, Owner, Running, cursor, listing
from vault.payments import ledger
from vault.payments.store import Ledger
from vault.payouts import flow
from vault.payouts.brakes import held, house_of
from vault.payouts.persons import KeptPersons
from vault.payouts.rules import Brake
from vault.payouts.store import Appeals, Claims

router = APIRouter(prefix="/v1", tags=["payouts"])

After = Annotated[str | None, Query(max_length=32)]
Limit = Annotated[int, Query(ge=1, le=LIST_MAX)]
State = Annotated[str, Field(description="leaving, settled, failed or returned", examples=["leaving"])]
BrakeCode = Annotated[str, Field(examples=["account-age"])]


class NewClaim(wire.Body):
    """A claim, signed by a locker of the account."""

    claim: wire.Signed


class NewPayout(wire.Body):
    """What the operator says became of a claim; ``reference`` is what the bank calls it."""

    claim: wire.Hash
    outcome: wire.Outcome
    reference: wire.Label


class NewAppeal(wire.Body):
    """Why a brake should let this owner's money go."""

    brake: wire.Label
    words: wire.Words


class NewAnswer(wire.Body):
    """The operator's answer to an appeal."""

    lift: bool
    words: wire.Words


class NewPerson(wire.Body):
    """Which person an account belongs to, by a name the verifier made."""

    account: wire.Id
    person: wire.Hash


class ShownClaim(shown.Shown):
    """A claim, where it stands, and what became of it."""

    hash: shown.Hash
    claim: shown.Signed
    state: State
    payouts: list[shown.Signed]


class DueClaim(shown.Shown):
    """A claim that waits to be paid."""

    hash: shown.Hash
    claim: shown.Signed
    way: Annotated[str, Field(examples=["manual"])]
    amount: shown.Micros
    currency: shown.Currency
    destination: Annotated[str, Field(examples=["DE89 3704 0044 0532 0130 00, Maya Example"])]


class ShownPayout(shown.Shown):
    """The signed payout."""

    payout: shown.Signed


class ShownBrake(shown.Shown):
    """Why money is held, and until when if time alone lets it go."""

    code: BrakeCode
    words: Annotated[str, Field(examples=["money leaves an account that is 14 days old"])]
    until: Annotated[str | None, Field(examples=["2027-03-28T09:26:53Z"])]


class AppealNumber(shown.Shown):
    """Which appeal it is."""

    number: shown.Count


class ShownAppeal(shown.Shown):
    """An owner's appeal; ``lifted`` and ``answer`` are null while it waits."""

    number: shown.Count
    brake: BrakeCode
    words: Annotated[str, Field(examples=["I am new here, and real."])]
    time: shown.Time
    lifted: Annotated[bool | None, Field(examples=[None])]
    answer: Annotated[str | None, Field(examples=[None])]


class OpenAppeal(shown.Shown):
    """An appeal that waits for the operator."""

    number: shown.Count
    account: shown.Id
    brake: BrakeCode
    words: Annotated[str, Field(examples=["I am new here, and real."])]
    time: shown.Time


@router.post("/claims", status_code=201, response_model=shown.RecordName)
async def make_claim(body: NewClaim, session: Owner, service: Running) -> dict[str, str]:
    """Claim part of what is payable. There is no least amount."""
    settings, now = service.settings, service.clock()
    house, evm = house_of(settings), bool(settings.payout_contract)
    name = await service.write(
        lambda t: flow.take(t, session.account, body.claim, house, service.issuer, now, evm=evm)
    )
    return {"hash": to_base64url(name)}


@router.get("/claims", response_model=shown.Listing[ShownClaim])
async def list_claims(
    session: Owner, service: Running, after: After = None, limit: Limit = 50
) -> dict[str, Any]:
    """The owner's claims, oldest first, each with what became of it."""
    start = cursor(after)

    def show(transaction: Transaction) -> dict[str, Any]:
        claims = Claims(transaction)
        rows = claims.of_owner(session.account, start, limit + 1)
        payouts = claims.payouts_of(tuple(row[1] for row in rows))
        return listing([(row[0], _claim(row, payouts[row[1]])) for row in rows], limit)

    return await service.read(show)


def _claim(row: Row, payouts: list[bytes]) -> dict[str, Any]:
    _, name, raw, state = row
    said = {"hash": to_base64url(name), "claim": raw.decode("ascii"), "state": state}
    return {**said, "payouts": wire.texts(payouts)}


@router.get("/claims/due", dependencies=[Operator], response_model=shown.Listing[DueClaim])
async def list_due_claims(service: Running, after: After = None, limit: Limit = 50) -> dict[str, Any]:
    """What waits to be paid, oldest first."""
    start = cursor(after)
    rows = await service.read(lambda t: Claims(t).due(start, limit + 1))
    return listing([(row[0], _due(row, service.settings.currency)) for row in rows], limit)


def _due(row: Row, currency: str) -> dict[str, Any]:
    _, name, raw, way, amount, destination = row
    said = {"hash": to_base64url(name), "claim": raw.decode("ascii"), "way": way, "amount": amount}
    return {**said, "currency": currency, "destination": destination}


@router.post("/payouts", status_code=201, dependencies=[Operator], response_model=ShownPayout)
async def report_payout(body: NewPayout, service: Running) -> dict[str, str]:
    """Say what became of a claim. While nobody knows, nothing is said."""
    said = flow.Report(body.claim, body.outcome, body.reference)
    raw = await service.write(lambda t: flow.report(t, said, service.issuer, service.clock()))
    return {"payout": raw.decode("ascii")}


@router.get("/brakes", response_model=shown.Whole[ShownBrake])
async def list_brakes(session: Owner, service: Running) -> dict[str, Any]:
    """What holds the owner's payable balance back now, and why."""
    house, now = house_of(service.settings), service.clock()

    def look(transaction: Transaction) -> list[Brake]:
        payable = Ledger(transaction).balance(ledger.payable(session.account))
        return held(transaction, session.account, payable, house, now)

    return {"data": [_brake(one) for one in await service.read(look)]}


def _brake(brake: Brake) -> dict[str, Any]:
    until = None if brake.until is None else write_time(brake.until)
    return {"code": brake.code, "words": brake.words, "until": until}


@router.post("/appeals", status_code=201, response_model=AppealNumber)
async def make_appeal(body: NewAppeal, session: Owner, service: Running) -> dict[str, int]:
    """Ask a person to lift a brake for this account."""
    now = service.clock()
    number = await service.write(lambda t: flow.appeal(t, session.account, body.brake, body.words, now))
    return {"number": number}


@router.get("/appeals", response_model=shown.Listing[ShownAppeal])
async def list_appeals(
    session: Owner, service: Running, after: After = None, limit: Limit = 50
) -> dict[str, Any]:
    """The owner's appeals, oldest first, with their answers."""
    start = cursor(after)
    rows = await service.read(lambda t: Appeals(t).of_owner(session.account, start, limit + 1))
    return listing([(row[0], _appeal(*row)) for row in rows], limit)


def _appeal(
    number: int, brake: str, words: str, time: int, lifted: int | None, answer: str | None
) -> dict[str, Any]:
    said = {"number": number, "brake": brake, "words": words, "time": wire.moment(time)}
    return {**said, "lifted": None if lifted is None else bool(lifted), "answer": answer}


@router.get("/appeals/open", dependencies=[Operator], response_model=shown.Listing[OpenAppeal])
async def list_open_appeals(service: Running, after: After = None, limit: Limit = 50) -> dict[str, Any]:
    """What waits for the operator's answer, oldest first."""
    start = cursor(after)
    rows = await service.read(lambda t: Appeals(t).open(start, limit + 1))
    return listing([(row[0], _open(*row)) for row in rows], limit)


def _open(number: int, account: bytes, brake: str, words: str, time: int) -> dict[str, Any]:
    said = {"number": number, "account": to_base64url(account), "brake": brake, "words": words}
    return {**said, "time": wire.moment(time)}


@router.post("/appeals/{number}/answer", status_code=204, dependencies=[Operator])
async def answer_appeal(
    number: Annotated[int, Path(ge=1, le=INTEGER_MAX)], body: NewAnswer, service: Running
) -> None:
    """Answer an appeal, once."""

    def answer(transaction: Transaction) -> None:
        if not Appeals(transaction).answer(number, body.words, lift=body.lift):
            raise Conflict("no such appeal waits")

    await service.write(answer)


@router.post("/persons", status_code=204, dependencies=[Operator])
async def book_person(body: NewPerson, service: Running) -> None:
    """Book which person an account belongs to, as a verifier found."""

    def book(transaction: Transaction) -> None:
        Accounts(transaction).lock_chain(body.account)
        KeptPersons(transaction).book(body.account, body.person)

    await service.write(book)
