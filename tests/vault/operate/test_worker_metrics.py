"""What the worker tells Prometheus."""

import httpx2
from prometheus_client.parser import text_string_to_metric_families

from tests.postgres import free_port
from vault.worker.metrics import DutyMetrics, watched


def told(port: int) -> dict[tuple[str, tuple[str, ...]], float]:
    text = httpx2.get(f"http://127.0.0.1:{port}/metrics", trust_env=False).raise_for_status().text
    families = text_string_to_metric_families(text)
    return {
        (one.name, tuple(one.labels.values())): one.value for family in families for one in family.samples
    }


def test_duties_are_counted_by_how_they_ended() -> None:
    metrics = DutyMetrics()
    metrics.done("anchor", 0.3)
    metrics.done("anchor", 0.1)
    metrics.failed("anchor", "failed")
    metrics.failed("sequence", "elsewhere")
    with watched(metrics, "127.0.0.1", free_port()) as port:
        found = told(port)
    assert found["planetvault_duty_seconds_count", ("anchor",)] == 2
    assert found["planetvault_duty_failures_total", ("anchor", "failed")] == 1
    assert found["planetvault_duty_failures_total", ("sequence", "elsewhere")] == 1
    assert found["planetvault_duty_done_timestamp_seconds", ("anchor",)] > 1_700_000_000


def test_without_a_port_nobody_is_answered() -> None:
    with watched(DutyMetrics(), "127.0.0.1", 0) as port:
        assert port == 0
