"""Alarms and board ask for figures that there are, and every alarm says what to do."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client import generate_latest

from vault.metrics import Metrics
from vault.worker.metrics import DutyMetrics

DEPLOY = Path(__file__).parents[3] / "deploy"
GUIDE = DEPLOY.parent / "docs/guides/operate.md"
RULES: list[dict[str, Any]] = yaml.safe_load((DEPLOY / "prometheus/alerts.yaml").read_text())["groups"][0][
    "rules"
]
BOARD: dict[str, Any] = json.loads((DEPLOY / "grafana/planetvault.json").read_text())
SUFFIX = re.compile(r"_(bucket|count|sum)$")


def told() -> set[str]:
    """The names of all figures, as they are scraped, without a histogram's endings."""
    metrics, duties = Metrics(), DutyMetrics()
    metrics.request("GET", "/livez", 200, 0.1)
    text = (generate_latest(metrics.registry) + generate_latest(duties.registry)).decode()
    names = re.findall(r"^# TYPE (\w+) (\w+)$", text, re.MULTILINE)
    return {name for name, _ in names}


def asked(expression: str) -> set[str]:
    return {SUFFIX.sub("", name) for name in re.findall(r"\bplanetvault_\w+", expression)}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_an_alarm_asks_for_what_is_told_and_names_a_paragraph_of_the_guide(rule: dict[str, Any]) -> None:
    assert asked(rule["expr"]) <= told()
    anchors = {
        line[3:].lower().replace(" ", "-") for line in GUIDE.read_text().splitlines() if line[:3] == "## "
    }
    assert rule["annotations"]["runbook"] in anchors
    assert f"`{rule['alert']}`" in GUIDE.read_text()
    assert rule["labels"]["severity"] in {"page", "ticket"}


def test_every_panel_of_the_board_asks_for_what_is_told() -> None:
    expressions = [target["expr"] for panel in BOARD["panels"] for target in panel.get("targets", [])]
    wanted = set().union(*map(asked, expressions))
    assert wanted <= told()
    assert len(expressions) >= 12


@pytest.mark.skipif(
    not shutil.which("promtool"), reason="no promtool here (Debian: apt-get install prometheus)"
)
def test_each_alarm_rings_on_the_history_that_deserves_it() -> None:
    answer = subprocess.run(
        ["promtool", "test", "rules", str(DEPLOY / "prometheus/alerts.test.yaml")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr
