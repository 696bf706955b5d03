"""After the use: demands with a deadline, what partners answer, and what stands on their record."""

from datetime import timedelta
from typing import Any

import pytest

from anchor.encoding import to_base64url
from anchor.records.afterwards import Demand
from anchor.records.consent import Grant
from anchor.records.signed import Signed
from tests.vault.world import World, settle
from vault.afterwards.flow import REPORTS_MAX


def ended(world: World) -> tuple[Signed[Grant], bytes]:
    """A grant that was used once and taken back, and the receipt of that use."""
    item = world.write_item()
    grant = world.granted([item])
    receipt = world.receipt(world.send(world.use(grant, [item])).json()["receipt"])
    world.revoke(grant).raise_for_status()
    return grant, receipt.hash


def put(world: World, demand: Signed[Demand]) -> Any:
    return world.post("/v1/demands", {"demand": demand.text})


def attest(world: World, demand: Signed[Demand], **terms: Any) -> Any:
    body = {"attestation": world.attestation(demand.hash, **terms).text}
    return world.http.post("/v1/attestations", json=body)


def states(world: World) -> list[str]:
    world.log_in()
    hers, theirs = world.get("/v1/demands").json(), world.signed("GET", "/v1/demands").json()
    assert hers == theirs
    return [one["state"] for one in hers["data"]]


def record(world: World) -> Any:
    """The partner's public record, as it is now."""
    world.clock.pass_by(seconds=10)
    return world.http.get(f"/v1/partners/{world.domain}/record").json()


def test_a_demand_is_answered_in_time_and_stands_on_the_record(world: World) -> None:
    grant, _ = ended(world)
    demand = world.demand(grant)
    assert [put(world, demand).status_code for _ in range(2)] == [201, 201]
    assert states(world) == ["open"]
    assert attest(world, demand).status_code == 201
    assert states(world) == ["attested"]
    told = record(world)
    assert (told["demanded"], told["attested"], told["late"], told["overdue"]) == (1, 1, 0, 0)
    assert (told["uses"], told["revoked"], told["grants"]) == (1, 1, 1)


def test_silence_after_the_deadline_stands_on_the_record_and_a_late_answer_stays_late(world: World) -> None:
    grant, _ = ended(world)
    demand = world.demand(grant)
    put(world, demand)
    world.clock.pass_by(days=14)
    assert (states(world), record(world)["overdue"]) == (["overdue"], 1)
    world.clock.pass_by(seconds=1)
    assert attest(world, demand).status_code == 201
    told = record(world)
    assert (states(world), told["late"], told["overdue"], told["attested"]) == (["late"], 1, 0, 0)


def test_a_demand_is_made_for_a_grant_that_has_ended(world: World) -> None:
    item = world.write_item()
    grant = world.granted([item])
    world.send(world.use(grant, [item])).raise_for_status()
    assert put(world, world.demand(grant)).status_code == 409
    world.clock.pass_by(days=90)
    world.log_in()
    assert put(world, world.demand(grant)).status_code == 201


@pytest.mark.parametrize(
    ("terms", "status"),
    [
        ({"uses": 2}, 409),
        ({"deadline": timedelta(hours=23)}, 400),
        ({"deadline": timedelta(days=367)}, 400),
        ({"deadline": timedelta(0)}, 409),
    ],
    ids=["another number of uses", "too soon", "too late", "over already"],
)
def test_a_demand_names_all_uses_and_a_deadline_that_can_be_kept(
    world: World, terms: dict[str, Any], status: int
) -> None:
    grant, _ = ended(world)
    if "deadline" in terms:
        terms = {"deadline": world.clock() + terms["deadline"]}
    assert put(world, world.demand(grant, **terms)).status_code == status


def test_there_is_one_demand_for_a_grant_and_one_answer(world: World) -> None:
    grant, _ = ended(world)
    demand = world.demand(grant)
    put(world, demand)
    assert put(world, world.demand(grant)).status_code == 409
    assert attest(world, demand, uses=2).status_code == 201
    assert attest(world, demand, uses=3).status_code == 409


def test_nobody_demands_or_attests_for_somebody_else(world: World) -> None:
    grant, receipt = ended(world)
    demand = world.demand(grant)
    other = settle(world.newcomer())
    assert put(other, demand).status_code == 404
    put(world, demand)
    assert attest(other, demand).status_code == 404
    stolen = {"report": other.report(receipt).text}
    assert other.http.post("/v1/reports", json=stolen).status_code == 404
    assert states(other) == []


def test_a_report_reaches_the_owner_and_names_a_purpose_she_allowed(world: World) -> None:
    _, receipt = ended(world)
    report = world.report(receipt, recipient="concerts.example")
    assert world.http.post("/v1/reports", json={"report": report.text}).status_code == 201
    assert world.get("/v1/reports").json()["data"] == [
        {"hash": to_base64url(report.hash), "report": report.text}
    ]
    wrong = {"report": world.report(receipt, purpose="dpv:Marketing").text}
    assert world.http.post("/v1/reports", json=wrong).status_code == 409
    assert record(world)["reports"] == 1


def test_a_report_may_be_sent_again_also_when_no_other_is_taken(world: World) -> None:
    _, receipt = ended(world)
    reports = [world.report(receipt) for _ in range(REPORTS_MAX + 1)]
    sent = [
        world.http.post("/v1/reports", json={"report": one.text}).status_code
        for one in [*reports, reports[0]]
    ]
    assert sent == [201] * REPORTS_MAX + [409, 201]


def test_a_record_is_counted_once_in_ten_seconds(world: World) -> None:
    _, receipt = ended(world)
    before = record(world)
    world.http.post("/v1/reports", json={"report": world.report(receipt).text}).raise_for_status()
    assert world.http.get(f"/v1/partners/{world.domain}/record").json() == before
    assert record(world)["reports"] == 1


def test_who_is_no_partner_has_no_record(world: World) -> None:
    assert world.http.get("/v1/partners/nobody.example/record").status_code == 404
