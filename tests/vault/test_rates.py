"""How fast one caller may ask, who is charged, and what every answer says about it."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from anchor.records.signed import sign
from tests.vault.test_arrivals import Moving
from tests.vault.world import OPERATOR, Clock, World, client_of, settle
from vault.errors import TooManyRequests
from vault.keyring import make_keys
from vault.pace import address_of
from vault.rates import BUCKETS_MAX, Buckets
from vault.settings import Settings


class Seconds:
    """A clock of seconds that stands still."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def buckets(quota: int = 60) -> tuple[Buckets, Seconds]:
    clock = Seconds()
    return Buckets("partner", quota, clock), clock


def test_a_minutes_worth_may_come_at_once_and_then_no_more() -> None:
    bucket, clock = buckets()
    for _ in range(60):
        bucket.verify("a")
        bucket.take("a", 1)
    with pytest.raises(TooManyRequests) as refused:
        bucket.verify("a")
    assert refused.value.retry_after == 1
    bucket.verify("b")
    clock.now += 1
    bucket.verify("a")


def test_what_is_left_is_told_with_the_seconds_until_all_of_it_is_back() -> None:
    bucket, _ = buckets()
    assert bucket.take("a", 10) == [
        (b"ratelimit-policy", b'"partner";q=60;w=60'),
        (b"ratelimit", b'"partner";r=50;t=10'),
    ]


def test_a_batch_may_go_into_debt_which_is_waited_for() -> None:
    bucket, clock = buckets()
    assert bucket.take("a", 100)[1] == (b"ratelimit", b'"partner";r=0;t=100')
    with pytest.raises(TooManyRequests) as refused:
        bucket.verify("a")
    clock.now += refused.value.retry_after
    bucket.verify("a")


def test_without_a_quota_nothing_is_counted_and_nothing_told() -> None:
    bucket, _ = buckets(0)
    assert bucket.take("a", 10**9) == []
    bucket.verify("a")


def test_callers_without_end_are_forgotten_oldest_first() -> None:
    bucket, _ = buckets()
    for caller in range(BUCKETS_MAX + 1):
        bucket.take(caller, 1)
    assert (bucket.left(0), bucket.left(1)) == (60, 59)


@given(st.lists(st.tuples(st.floats(0, 30), st.integers(1, 40)), max_size=60))
def test_nobody_gets_more_than_a_full_bucket_and_what_flowed_in(asked: list[tuple[float, int]]) -> None:
    bucket, clock = buckets()
    begun, most, granted = clock.now, 0, 0
    for pause, weight in asked:
        clock.now += pause
        most = max(most, weight)
        if bucket.left("a") < 1:
            with pytest.raises(TooManyRequests):
                bucket.verify("a")
            continue
        bucket.verify("a")
        bucket.take("a", weight)
        granted += weight
    assert granted <= 60 + (clock.now - begun) + most


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("192.0.2.1", "192.0.2.2", False),
        ("2001:db8:0:1::1", "2001:db8:0:1:ffff::9", True),
        ("2001:db8:0:1::1", "2001:db8:0:2::1", False),
        ("fe80::1%eth0", "fe80::2%eth0", True),
        ("testclient", "testclient", True),
        ("a:b", "a:b", True),
    ],
)
def test_an_address_is_one_of_ipv4_or_a_network_of_ipv6(one: str, other: str, same: bool) -> None:
    assert (address_of({"client": (one, 1)}) == address_of({"client": (other, 2)})) is same
    assert address_of({"client": None}) == ""


# ── over HTTP ────────────────────────────────────────────────────────────────────────────

QUOTAS = {"rate_address": 40, "rate_owner": 30, "rate_partner": 20}


@pytest.fixture
def world(tmp_path: Path, empty_sqlite: Path) -> Iterator[World]:
    """A vault that allows little, with an owner and a partner who know each other; no time passes."""
    make_keys(tmp_path)
    url = f"sqlite:///{shutil.copy(empty_sqlite, tmp_path / 'vault.sqlite3')}"
    settings = Settings(folder=tmp_path, database=url, operator_token=SecretStr(OPERATOR), **QUOTAS)  # type: ignore[arg-type]  # whole numbers
    with client_of(settings, Clock()) as http:
        running = World(http, Clock(), settings)
        for kind in (
            running.service.rates.address,
            running.service.rates.owner,
            running.service.rates.partner,
        ):
            kind._clock = Seconds()
        yield settle(running)


def left(answer: Any) -> tuple[str, int]:
    name, remaining, _ = answer.headers["ratelimit"].split(";")
    return name.strip('"'), int(remaining.removeprefix("r="))


def test_every_answer_says_who_was_charged(world: World) -> None:
    grant = world.granted([item := world.write_item()])
    assert left(world.http.get("/v1/vault"))[0] == "address"
    assert left(world.get("/v1/account"))[0] == "owner"
    assert left(world.signed("GET", "/v1/balance"))[0] == "partner"
    assert left(world.send(world.use(grant, [item])))[0] == "partner"
    assert "ratelimit" not in world.http.get("/livez").headers


def test_whoever_brings_a_chain_pays_for_each_of_its_signatures_even_if_it_is_refused(world: World) -> None:
    moving = Moving(world)
    for vault in (moving.world.origin, "other.example"):
        before = left(world.http.get("/v1/vault"))
        assert left(moving.send(vault=vault)) == ("address", before[1] - len(moving.chain))


def test_who_asks_too_fast_is_told_when_to_come_back(world: World) -> None:
    for _ in range(25):
        answer = world.signed("GET", "/v1/balance")
    assert (answer.status_code, answer.json()["code"]) == (429, "too-many-requests")
    assert answer.headers["retry-after"] == "3"
    assert answer.headers["content-type"] == "application/problem+json"
    assert world.get("/v1/account").status_code == 200


def test_nobody_spends_what_is_anothers_by_naming_it(world: World) -> None:
    """Requests that name the partner's key and are not signed by it are charged to where they come from."""
    before = left(world.signed("GET", "/v1/balance"))[1]
    headers = world.signed_headers("GET", "/v1/grants")
    for _ in range(5):
        answer = world.http.get("/v1/balance", headers=headers)
        assert (answer.status_code, left(answer)[0]) == (401, "address")
    forged = world.use(world.granted([]), [world.write_item()])
    raw = forged.raw[:-8] + b"AAAAAAAA"
    answer = world.http.post("/v1/uses", content=raw, headers={"Content-Type": "application/jose"})
    assert (answer.status_code, left(answer)[0]) == (401, "address")
    assert left(world.signed("GET", "/v1/balance"))[1] == before - 1


def test_a_batch_costs_one_for_each_use(world: World) -> None:
    grant = world.granted([item := world.write_item()])
    before = left(world.signed("GET", "/v1/balance"))[1]
    batch = {"uses": [world.use(grant, [item]).text for _ in range(5)]}
    assert left(world.http.post("/v1/uses", json=batch)) == ("partner", before - 5)


def test_a_use_that_comes_too_soon_opens_and_costs_nothing(world: World) -> None:
    grant = world.granted([item := world.write_item()])
    for _ in range(25):
        answer = world.send(world.use(grant, [item]))
    assert answer.status_code == 429
    with world.database() as connection:
        receipts = connection.one("SELECT COUNT(*) FROM receipts")
        connection.rollback()
    assert receipts == (20,)
    world.verify_books()


def test_whoever_proves_nothing_is_charged_by_address(world: World) -> None:
    answers = [world.http.get("/v1/partners/nobody.example").status_code for _ in range(45)]
    assert set(answers) == {404, 429}
    assert world.http.get("/readyz").status_code == 200


def test_a_partner_whose_key_signs_for_it_is_not_held_up_by_its_address(world: World) -> None:
    grant = world.granted([item := world.write_item()])
    use = world.use(grant, [item])
    assert world.send(sign(use.record, world.partner)).status_code == 200


def test_another_version_of_the_interface_is_refused_and_ours_is_told(world: World) -> None:
    here = world.http.get("/v1/vault")
    assert here.headers["vault-version"] == "2026-11-22"
    assert world.http.get("/v1/vault", headers={"Vault-Version": "2026-11-22"}).status_code == 200
    other = world.http.get("/v1/vault", headers={"Vault-Version": "2031-01-01"})
    assert (other.status_code, other.json()["code"]) == (400, "unknown-version")
