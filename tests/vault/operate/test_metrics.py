"""What Prometheus is told: figures that are true, and nothing about anybody."""

import time

from prometheus_client.parser import text_string_to_metric_families

from anchor.encoding import to_base64url
from tests.vault.world import OPERATOR, World
from vault.metrics import Metrics, books_difference

TOKEN = {"Authorization": f"Bearer {OPERATOR}"}


def scraped(world: World) -> dict[tuple[str, tuple[str, ...]], float]:
    answer = world.http.get("/metrics", headers=TOKEN)
    assert answer.status_code == 200
    families = text_string_to_metric_families(answer.text)
    return {
        (one.name, tuple(one.labels.values())): one.value for family in families for one in family.samples
    }


def test_uses_requests_and_the_queue_are_counted(world: World) -> None:
    item = world.write_item()
    grant = world.granted([item])
    assert world.send(world.use(grant, [item])).status_code == 200
    assert world.send(world.use(grant, [item], purpose="dpv:Advertising")).status_code == 403
    found = scraped(world)
    assert found["planetvault_uses_total", ("allowed",)] == 1
    refused = {labels[0]: n for (name, labels), n in found.items() if name == "planetvault_uses_total"}
    assert refused == {"allowed": 1, "purpose-not-granted": 1}
    assert found["planetvault_request_seconds_count", ("POST", "/v1/uses", "200")] == 1
    assert found["planetvault_request_seconds_count", ("POST", "/v1/uses", "403")] == 1
    assert found["planetvault_queue_entries", ()] == 3  # the partner, the grant, the receipt
    assert found["planetvault_books_difference_micros", ()] == 0


def test_a_book_that_was_changed_shows(world: World) -> None:
    world.granted([world.write_item()])
    with world.database() as transaction:
        assert books_difference(transaction) == 0
        transaction.run("UPDATE balances SET amount = amount + 5 WHERE account = 'funding/music.example'")
        assert books_difference(transaction) == 5


def test_nothing_about_anybody_is_told_and_only_to_the_operator(world: World) -> None:
    item = world.write_item()
    grant = world.granted([item])
    world.http.get(f"/v1/{world.domain}/{to_base64url(world.account)}")
    world.http.request("ODD" + world.domain, "/v1/vault")
    text = world.http.get("/metrics", headers=TOKEN).text
    for secret in (world.domain, to_base64url(world.account), to_base64url(grant.hash), world.session):
        assert secret not in text
    assert world.http.get("/metrics").status_code == 401
    assert world.http.get("/metrics", headers=world.as_owner).status_code == 403


def test_counting_costs_microseconds() -> None:
    metrics = Metrics()
    began = time.process_time()
    for _ in range(1000):
        metrics.request("POST", "/v1/uses", 200, 0.01)
        metrics.uses([object()])
    assert time.process_time() - began < 0.1, "more than a tenth of a millisecond of a use"
    print((time.process_time() - began) * 1000, "us each")  # noqa: T201 - shown with -s
