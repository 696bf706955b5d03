"""One exchange with the vault: tried again while that is safe, read within limits, or refused by name.

The same bytes go out at every try. That is safe for all routes of docs/spec/http.md:
records are idempotent by their hash, top-ups by their key, and the rest changes nothing.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from secrets import randbelow, token_hex
from typing import Any
from urllib.parse import urlencode

from anchor.records.shape import write_json
from planetvault.answers import Fields, read_answer
from planetvault.errors import BrokenAnswer, Unreachable, VaultRefused, refused
from planetvault.steps import ANSWER_BYTES_MAX, Answer, Lost, Pause, Request, Steps, TooLong

VERSION = "2026-11-22"
"""The interface this client was written for (docs/spec/http.md)."""
PAUSES = (0.25, 0.5, 1.0, 2.0)
"""Seconds to wait before the second, third … try; each is stretched by up to half."""
RETRY_AFTER_MAX = 60.0
"""A vault that asks for more patience than this is unreachable for now."""
SMALL_BYTES_MAX = 1 << 20
PROBLEM_BYTES_MAX = 65_536
PAGE = 100
PAGES_MAX = 10_000
"""A million rows: no list of one owner or one grant is longer."""

Clock = Callable[[], datetime]
Credential = Callable[[str, str, bytes | None], Mapping[str, str]]
"""Headers that say who is asking, for (method, target, body). Made anew for every try."""


def system_clock() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)


def nobody(_method: str, _target: str, _body: bytes | None) -> Mapping[str, str]:
    """The credential of a request that needs none."""
    return {}


def get(target: str, *, who: Credential = nobody, most: int = SMALL_BYTES_MAX) -> Steps[Fields]:
    """Fetch one JSON object."""
    answer = yield from exchange(Request("GET", target, most=most), who)
    return read_answer(answer.body)


def send(
    method: str,
    target: str,
    body: Mapping[str, Any],
    *,
    who: Credential = nobody,
    most: int = SMALL_BYTES_MAX,
    headers: Mapping[str, str] | None = None,
) -> Steps[Fields]:
    """Send one JSON object, and read the one that answers; a 204 answers with an empty one."""
    json = {"content-type": "application/json", **(headers or {})}
    answer = yield from exchange(Request(method, target, write_json(body), json, most), who)
    return Fields({}) if not answer.body else read_answer(answer.body)


def listed(target: str, *, who: Credential = nobody, most: int = ANSWER_BYTES_MAX) -> Steps[list[Fields]]:
    """Every row of a list, page by page.

    Raises:
        BrokenAnswer: for more than PAGES_MAX pages, or a cursor that comes twice.
    """
    rows: list[Fields] = []
    after: str | None = None
    seen: set[str] = set()
    for _ in range(PAGES_MAX):
        query = {"limit": str(PAGE), **({"after": after} if after else {})}
        page = yield from get(f"{target}?{urlencode(query)}", who=who, most=most)
        rows += page.objects("data")
        after = page.maybe_text("next")
        if after is None:
            return rows
        if after in seen:
            break
        seen.add(after)
    raise BrokenAnswer("the list does not end")


def exchange(request: Request, who: Credential = nobody) -> Steps[Answer]:
    """Send a request until there is an answer that stays.

    Raises:
        VaultRefused: by its subclass, for an answer of 400 and above that will not change.
        Unreachable: if no such answer came after all tries, or the last one speaks of itself alone.
        BrokenAnswer: if it is longer than ``request.most``, or a redirection.
    """
    request_id, lost = token_hex(8), False
    for pause in (*PAUSES, None):
        answer = yield from _once(request, who, request_id)
        if answer is not None and answer.status < 300:  # noqa: PLR2004 - RFC 9110 §15.3: success
            return answer
        wait = _wait(answer, pause)
        if wait is None:
            raise _refusal(answer, lost)
        lost = lost or answer is None or answer.status >= 500  # noqa: PLR2004 - RFC 9110 §15.6
        yield Pause(wait)
    raise AssertionError("the last try has no pause")


def _once(request: Request, who: Credential, request_id: str) -> Steps[Answer | None]:
    signed = who(request.method, request.target, request.body)
    headers = {"x-request-id": request_id, "vault-version": VERSION, **request.headers, **signed}
    try:
        answer: Answer = yield Request(request.method, request.target, request.body, headers, request.most)
    except Lost:
        return None
    except TooLong as error:
        raise BrokenAnswer(str(error)) from error
    return answer


def _wait(answer: Answer | None, pause: float | None) -> float | None:
    """Seconds until the next try; None if there shall be none."""
    if pause is None or not (answer is None or answer.status == 429 or answer.status >= 500):  # noqa: PLR2004 - RFC 9110 §15
        return None
    asked = _retry_after(answer) if answer else 0.0
    if asked > RETRY_AFTER_MAX:
        return None
    return max(asked, pause * (1 + randbelow(1000) / 2000))


def _retry_after(answer: Answer) -> float:
    """RFC 9110 §10.2.3: seconds, or a date."""
    text = answer.headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:6])
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return 0.0
    date = answer.headers.get("date")
    now = parsedate_to_datetime(date) if date else system_clock()
    return max(0.0, (moment - now).total_seconds())


def _refusal(answer: Answer | None, lost: bool) -> Unreachable | VaultRefused | BrokenAnswer:
    """``lost`` says that an earlier try had no answer, or a failure: what was asked may have been done."""
    if answer is None:
        return Unreachable("the vault did not answer")
    if answer.status == 429 and lost:  # noqa: PLR2004 - RFC 6585 §4: nobody looked at what was asked
        return Unreachable("the vault lost an answer, and now lets nobody ask so fast")
    if answer.status < 400:  # noqa: PLR2004 - RFC 9110 §15.4: redirection
        return BrokenAnswer("the vault points elsewhere: this client follows nobody")
    if len(answer.body) > PROBLEM_BYTES_MAX:
        return BrokenAnswer("the problem is longer than any problem")
    return _problem(answer)


def _problem(answer: Answer) -> VaultRefused:
    try:
        problem = read_answer(answer.body)
    except BrokenAnswer:
        problem = Fields({})
    return problem_of(problem, answer.status)


def problem_of(problem: Fields, status: int = 0) -> VaultRefused:
    """The error that a problem (RFC 9457) stands for."""
    return refused(
        problem.text_or("code", "unknown"),
        detail=problem.text_or("detail", "the vault refused without saying why"),
        status=problem.integer_or("status", status),
        request_id=problem.text_or("request_id", ""),
    )
