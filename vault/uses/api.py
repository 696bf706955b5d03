"""Uses over HTTP: the one hot route. The body is the credential, so nothing else is asked for."""

from collections import Counter
from collections.abc import Sequence
from itertools import count
from typing import Any

from fastapi import APIRouter, Request, Response

from anchor.encoding import to_base64url
from anchor.errors import AnchorError, SignatureError
from anchor.records.shape import read_json, write_json
from anchor.records.signed import named_kid
from anchor.records.usage import Use
from vault import shown
from vault.errors import Malformed, VaultError
from vault.http import problem, service_of
from vault.service import Service
from vault.uses.flow import Answer, Opened, Sent

router = APIRouter(prefix="/v1", tags=["uses"])

USES_MAX = 1000
_numbers = count(1)
"""Uses that came in one request are known by its number: they share the room of one answer."""
_RECORD = {"schema": {"type": "string"}, "example": "eyJhbGciOi….eyJ2Ijox….c2lnbmVk"}
_BATCH = {
    "schema": {
        "type": "object",
        "required": ["uses"],
        "additionalProperties": False,
        "properties": {
            "uses": {"type": "array", "minItems": 1, "maxItems": USES_MAX, "items": {"type": "string"}}
        },
    },
    "example": {"uses": ["eyJhbGciOi….eyJ2Ijox….c2lnbmVk"]},
}


class OpenedItem(shown.Shown):
    """An item as its partner gets it: the sealed keys of its granted fields, and those fields."""

    item: shown.Id
    version: shown.Count
    envelope: shown.Sealed
    fields: shown.Fields


class UseAnswer(shown.Shown):
    """The receipt, the sealed shares of the grant's key, and what was opened."""

    receipt: shown.Signed
    keys: list[shown.Sealed]
    items: list[OpenedItem]


class RefusedUse(shown.Shown):
    """Why one use of a batch was refused, as an answer of its own would say it."""

    problem: shown.Problem


class UseAnswers(shown.Shown):
    """An answer or a problem for each use, in their order."""

    answers: list[UseAnswer | RefusedUse]


@router.post(
    "/uses",
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"application/jose": _RECORD, "application/json": _BATCH},
        }
    },
    responses={200: {"model": UseAnswer | UseAnswers}},
)
async def use_items(request: Request) -> Response:
    """Open items under grants: one use, or up to 1,000, each with a receipt or a refusal of its own."""
    service, body = service_of(request), await request.body()
    if request.headers.get("content-type", "").startswith("application/json"):
        return await _many(_uses_in(body), service, request)
    sent = await _sent(body.strip(), service, next(_numbers))
    (answer,) = answers = await service.use([sent])
    _charge([sent], answers, service, request)
    if isinstance(answer, Exception):
        raise answer
    return _respond(_answer(answer))


def _uses_in(body: bytes) -> list[str]:
    value = read_json(body)
    uses = value.get("uses") if type(value) is dict and value.keys() == {"uses"} else None
    if type(uses) is not list or not 0 < len(uses) <= USES_MAX or not all(type(one) is str for one in uses):
        raise Malformed(f"send a list of 1 to {USES_MAX} uses")
    return uses


async def _many(uses: list[str], service: Service, request: Request) -> Response:
    number = next(_numbers)
    sent = [await _try(one.encode("utf-8", "replace"), service, number) for one in uses]
    known = [one for one in sent if isinstance(one, Sent)]
    answered = await service.use(known) if known else []
    _charge(known, answered, service, request)
    answers = iter(answered)
    results = [next(answers) if isinstance(one, Sent) else one for one in sent]
    request_id = request.state.request_id
    return _respond({"answers": [_answer_or_problem(result, request_id) for result in results]})


def _charge(sent: list[Sent], answers: Sequence[object], service: Service, request: Request) -> None:
    """Charge uses to the partners that signed them; a request without any, as all others, to its address."""
    pairs = zip(sent, answers, strict=True)
    signed = Counter(one.key.domain for one, answer in pairs if not isinstance(answer, AnchorError))
    for number, (domain, uses) in enumerate(signed.items()):
        if number:
            service.rates.partner.take(domain, uses)
        else:
            request.state.charge.to(service.rates.partner, domain, uses)


async def _try(raw: bytes, service: Service, number: int) -> Sent | VaultError | AnchorError:
    try:
        return await _sent(raw, service, number)
    except (VaultError, AnchorError) as error:
        return error


async def _sent(raw: bytes, service: Service, number: int) -> Sent:
    key = await service.partner_key(named_kid(raw, Use))
    if key is None:
        raise SignatureError("the directory knows no partner with this key")
    service.rates.partner.verify(key.domain)
    return Sent(raw, key, number)


def _answer_or_problem(result: Answer | Exception, request_id: str) -> dict[str, Any]:
    if isinstance(result, Exception):
        return {"problem": problem(result, request_id)}
    return _answer(result)


def _answer(answer: Answer) -> dict[str, Any]:
    return {
        "receipt": answer.receipt.decode("ascii"),
        "keys": [to_base64url(key) for key in answer.keys],
        "items": [_item(opened) for opened in answer.items],
    }


def _item(opened: Opened) -> dict[str, Any]:
    return {
        "item": to_base64url(opened.envelope.item),
        "version": opened.envelope.version,
        "envelope": to_base64url(opened.envelope.sealed),
        "fields": {to_base64url(name): to_base64url(field.sealed) for name, field in opened.fields},
    }


def _respond(value: dict[str, Any]) -> Response:
    return Response(write_json(value), media_type="application/json")
