"""One exchange: tried again while that helps, for as long as the vault asks, within every limit."""

import gzip
from typing import Any

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from planetvault.answers import Fields, read_answer
from planetvault.drivers import BlockingDriver
from planetvault.errors import BrokenAnswer, NotYet, PlanetVaultError, Unreachable, VaultRefused
from planetvault.http import PAUSES, exchange, get, listed
from planetvault.memory import RamMemory
from planetvault.steps import Keep, Lost, Pause, Request, Steps, Turn, Work

from tests.sdk.client.scene import Hurried

URL = "https://vault.example"
SIZE = 1000


def answering(*answers: httpx2.Response | Exception) -> Hurried:
    """A driver whose vault gives these answers in turn, and the last one for ever."""
    left, last = iter(answers), answers[-1]

    def answer(_request: httpx2.Request) -> httpx2.Response:
        one = next(left, last)
        if isinstance(one, Exception):
            raise one
        return one

    return Hurried(URL, RamMemory(), httpx2.MockTransport(answer))


def problem(status: int, code: str = "unavailable", **headers: str) -> httpx2.Response:
    return httpx2.Response(status, json={"code": code, "detail": "no", "status": status}, headers=headers)


GOOD = httpx2.Response(200, json={"good": 1})
ASK = Request("GET", "/v1/vault", most=SIZE)


def test_an_answer_at_the_first_try_waits_for_nothing() -> None:
    driver = answering(GOOD)
    assert driver.run(exchange(ASK)).status == 200
    assert driver.pauses == []


@pytest.mark.parametrize(
    "failure",
    [httpx2.ConnectError("down"), httpx2.ReadTimeout("slow"), problem(503), problem(500), problem(429)],
    ids=str,
)
def test_what_may_pass_is_tried_again(failure: httpx2.Response | Exception) -> None:
    driver = answering(failure, failure, GOOD)
    assert driver.run(exchange(ASK)).status == 200
    assert len(driver.pauses) == 2


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 409, 410, 413, 422])
def test_a_clear_no_is_not_asked_twice(status: int) -> None:
    driver = answering(problem(status))
    with pytest.raises(VaultRefused) as refusal:
        driver.run(exchange(ASK))
    assert refusal.value.status == status
    assert driver.pauses == []


@pytest.mark.parametrize("failure", [httpx2.ReadTimeout("slow"), problem(503)], ids=str)
def test_to_be_too_fast_after_a_lost_answer_is_no_no(failure: httpx2.Response | Exception) -> None:
    """The first try may have been done: a use, say, that was paid."""
    driver = answering(failure, problem(429, **{"retry-after": "3600"}))
    with pytest.raises(Unreachable):
        driver.run(exchange(ASK))


def test_to_be_too_fast_from_the_first_is_a_no() -> None:
    driver = answering(problem(429, **{"retry-after": "3600"}))
    with pytest.raises(VaultRefused):
        driver.run(exchange(ASK))


def test_pauses_grow_and_are_never_shorter_than_planned() -> None:
    driver = answering(httpx2.ConnectError("down"))
    with pytest.raises(Unreachable):
        driver.run(exchange(ASK))
    assert len(driver.pauses) == len(PAUSES)
    assert all(
        planned <= waited <= 1.5 * planned for planned, waited in zip(PAUSES, driver.pauses, strict=True)
    )


def test_retry_after_in_seconds_is_kept() -> None:
    driver = answering(problem(503, **{"retry-after": "9"}), GOOD)
    driver.run(exchange(ASK))
    assert driver.pauses == [9.0]


def test_retry_after_as_a_date_counts_from_the_vaults_own_clock() -> None:
    headers = {"retry-after": "Sun, 14 Mar 2027 09:27:08 GMT", "date": "Sun, 14 Mar 2027 09:26:53 GMT"}
    driver = answering(problem(429, **headers), GOOD)
    driver.run(exchange(ASK))
    assert driver.pauses == [15.0]


@pytest.mark.parametrize("text", ["soon", "", "-5", "1e9", "Sun, 99 Mar 2027 09:27:08 GMT"])
def test_a_retry_after_that_says_nothing_is_passed_over(text: str) -> None:
    driver = answering(problem(503, **{"retry-after": text}), GOOD)
    driver.run(exchange(ASK))
    assert PAUSES[0] <= driver.pauses[0] <= 1.5 * PAUSES[0]


def test_a_vault_that_asks_for_an_hour_is_left_alone() -> None:
    driver = answering(problem(503, **{"retry-after": "3600"}))
    with pytest.raises(VaultRefused):
        driver.run(exchange(ASK))
    assert driver.pauses == []


def test_an_answer_may_be_as_long_as_its_limit_and_no_longer() -> None:
    assert len(answering(httpx2.Response(200, content=b"x" * SIZE)).run(exchange(ASK)).body) == SIZE
    with pytest.raises(BrokenAnswer, match="at most"):
        answering(httpx2.Response(200, content=b"x" * (SIZE + 1))).run(exchange(ASK))


def test_a_packed_answer_is_not_unpacked() -> None:
    packed = gzip.compress(b"{}" + b" " * 10**6)
    bomb = httpx2.Response(200, headers={"content-encoding": "gzip"}, content=packed)
    with pytest.raises(BrokenAnswer, match="packed"):
        answering(bomb).run(exchange(ASK))


def test_nobody_is_followed_elsewhere() -> None:
    elsewhere = httpx2.Response(302, headers={"location": "https://elsewhere.example/"})
    with pytest.raises(BrokenAnswer, match="elsewhere"):
        answering(elsewhere).run(exchange(ASK))


def test_a_problem_is_known_by_its_code_alone() -> None:
    with pytest.raises(NotYet) as refusal:
        answering(problem(404, "not-yet")).run(exchange(ASK))
    assert refusal.value.code == "not-yet"


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"code":7}', b"\xff\xfe"])
def test_a_refusal_that_is_no_problem_is_still_a_refusal(body: bytes) -> None:
    with pytest.raises(VaultRefused) as refusal:
        answering(httpx2.Response(404, content=body)).run(exchange(ASK))
    assert (refusal.value.code, refusal.value.status) == ("unknown", 404)


def test_every_try_carries_one_request_id() -> None:
    seen: list[str] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        seen.append(request.headers["x-request-id"])
        return problem(503) if len(seen) < 3 else GOOD

    Hurried(URL, RamMemory(), httpx2.MockTransport(answer)).run(exchange(ASK))
    assert len(seen) == 3
    assert len(set(seen)) == 1


def test_a_list_is_fetched_to_its_end() -> None:
    def answer(request: httpx2.Request) -> httpx2.Response:
        page = int(request.url.params.get("after", "0"))
        following = str(page + 1) if page < 4 else None
        return httpx2.Response(200, json={"data": [{"page": page}], "next": following})

    driver = Hurried(URL, RamMemory(), httpx2.MockTransport(answer))
    assert [row.integer("page") for row in driver.run(listed("/v1/receipts"))] == [0, 1, 2, 3, 4]


def test_a_list_that_goes_in_a_circle_is_left() -> None:
    circle = httpx2.Response(200, json={"data": [], "next": "here"})
    with pytest.raises(BrokenAnswer, match="does not end"):
        answering(circle).run(listed("/v1/receipts"))


@given(st.binary(max_size=200))
def test_hostile_bytes_end_in_a_typed_error_or_in_an_object(body: bytes) -> None:
    try:
        fields = read_answer(body)
    except PlanetVaultError:
        return
    assert isinstance(fields, Fields)


@pytest.mark.parametrize(
    "body", [b"[" * 10**6, b'{"a":' * 10**5, b'{"a":1e9}', b'{"a":NaN}', b"{}{}", b"\xef\xbb\xbf{}"]
)
def test_deep_fractional_and_doubled_json_is_no_answer(body: bytes) -> None:
    with pytest.raises(BrokenAnswer):
        read_answer(body)


JSON: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@given(JSON)
def test_every_getter_gives_its_type_or_a_typed_error(value: Any) -> None:
    fields = Fields({"it": value})
    getters = [
        name
        for name in dir(fields)
        if not name.startswith("_") and not name.endswith("_or") and name != "names"
    ]
    for getter in getters:
        try:
            getattr(fields, getter)("it")
        except BrokenAnswer:
            continue


def test_steps_that_fail_give_back_their_turn() -> None:
    def failing() -> Steps[None]:
        yield Turn("grant")
        raise ValueError

    def taking() -> Steps[str]:
        yield Turn("grant")
        yield Turn("grant")
        return "mine"

    driver = answering(GOOD)
    with pytest.raises(ValueError, match=r"^$"):
        driver.run(failing())
    assert driver.run(taking()) == "mine"


def test_steps_remember_work_and_wait_through_their_driver() -> None:
    def steps() -> Steps[int]:
        yield Keep({"a": b"1"})
        worked: int = yield Work(lambda: 41)
        yield Pause(0)
        return worked + 1

    memory = RamMemory()
    assert BlockingDriver(URL, memory, httpx2.MockTransport(lambda _: GOOD)).run(steps()) == 42
    assert memory.get("a") == b"1"


def test_a_lost_answer_is_told_to_the_steps() -> None:
    def steps() -> Steps[str]:
        try:
            yield ASK
        except Lost as lost:
            return str(lost)
        return "answered"

    assert answering(httpx2.ConnectError("down")).run(steps()) == "ConnectError"


def test_the_smallest_get_reads_an_object() -> None:
    assert answering(GOOD).run(get("/v1/vault")).integer("good") == 1
