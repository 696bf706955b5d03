"""A process that is told to end says so first, answers what still comes, and then ends."""

import os
import signal
import time
from pathlib import Path

import httpx2
import pytest

from tests.vault.processes import serving
from tests.vault.world import settings_with_tables


def test_a_service_drains_before_it_ends(tmp_path: Path, vault_url: str) -> None:
    settings_with_tables(tmp_path, vault_url)
    with serving(tmp_path, vault_url, drain_seconds="1.5") as process:
        process.running.send_signal(signal.SIGTERM)
        told = wait_for_unready(process.url)
        assert told["code"] == "unavailable"
        assert "ends" in told["detail"]
        assert httpx2.get(f"{process.url}/livez", trust_env=False).status_code == 200
        assert process.running.wait(20) in {0, -signal.SIGTERM}


def wait_for_unready(url: str) -> dict[str, str]:
    for _ in range(100):
        answer = httpx2.get(f"{url}/readyz", trust_env=False)
        if answer.status_code == 503:
            told: dict[str, str] = answer.json()
            return told
        time.sleep(0.01)
    raise AssertionError("it goes on saying that it is ready")


def test_a_second_signal_ends_it_at_once(tmp_path: Path, vault_url: str) -> None:
    settings_with_tables(tmp_path, vault_url)
    with serving(tmp_path, vault_url, drain_seconds="100") as process:
        process.running.send_signal(signal.SIGTERM)
        wait_for_unready(process.url)
        os.kill(process.running.pid, signal.SIGTERM)
        assert process.running.wait(20) in {0, -signal.SIGTERM}


@pytest.mark.parametrize("vault_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("proxies", "shared"), [("127.0.0.0/8", 0), ("", 1)])
def test_only_a_proxy_is_believed_about_where_a_request_came_from(
    tmp_path: Path, vault_url: str, proxies: str, shared: int
) -> None:
    """Two callers behind somebody: each has a quota of its own, or they share one."""
    with serving(tmp_path, vault_url, proxies=proxies, rate_address="60") as process:
        one, other = (left_to(process.url, address) for address in ("203.0.113.7", "203.0.113.8"))
    assert one - other == shared


def left_to(url: str, address: str) -> int:
    answer = httpx2.get(f"{url}/v1/vault", headers={"X-Forwarded-For": address}, trust_env=False)
    return int(answer.headers["RateLimit"].split("r=")[1].split(";")[0])
