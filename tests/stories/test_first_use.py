"""The guide to the first use, command by command, by somebody who has nothing but the page."""

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from planetvault.demo.processes import _free_port

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "guides" / "first-use.md").read_text()
COMMANDS = re.findall(r"^```sh\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)[0].splitlines()
COMMANDS_MAX = 10
START_SECONDS = 60
INSTALLED = ["python3 -m venv .venv", ".venv/bin/pip install './planetvault[cli,server]'"]
"""Done already for every test; to do it again would need the network."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """As the page begins: the repository is in the folder planetvault, and its environment is there."""
    (tmp_path / "planetvault").symlink_to(ROOT)
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    for name, line in {"python": '"$@"', "planetvault": '-m planetvault "$@"'}.items():
        program = tmp_path / ".venv" / "bin" / name
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" {line}\n')
        program.chmod(0o755)
    return tmp_path


@pytest.fixture
def sandbox(folder: Path) -> Iterator[str]:
    """The sandbox, as the page starts it, on a port of its own."""
    (command,) = [line.removesuffix(" &") for line in COMMANDS if line.endswith(" &")]
    port = _free_port()
    with (folder / "words").open("wb") as words:
        process = subprocess.Popen(
            ["/bin/sh", "-c", f"exec {command} --port {port}"], cwd=folder, stdout=words, stderr=words
        )
        try:
            deadline = time.monotonic() + START_SECONDS
            while "sandbox: a test vault" not in (folder / "words").read_text():
                assert process.poll() is None, (folder / "words").read_text()
                assert time.monotonic() < deadline
                time.sleep(0.1)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(20)


def run(command: str, folder: Path) -> str:
    done = subprocess.run(
        ["/bin/sh", "-c", command], cwd=folder, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_a_stranger_gets_to_a_paid_and_verified_use(folder: Path, sandbox: str) -> None:
    assert len(COMMANDS) <= COMMANDS_MAX
    assert COMMANDS[:2] == INSTALLED
    said = ""
    for command in COMMANDS[2:]:
        if not command.endswith(" &"):
            said += run(command + (f" {sandbox}" if command.endswith("first_use.py") else ""), folder)
    assert "paid 0.05 USD, 450 cents left" in said
    assert "PROVED" in said
    assert "in a TEST vault" in said
    assert heard(folder, sandbox) == "webhook.ping"
    (program,) = re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    (folder / "later.py").write_text(program.replace("http://127.0.0.1:8000", sandbox))
    assert run(".venv/bin/python later.py", folder).startswith("20")


def heard(folder: Path, sandbox: str) -> str:
    """The first event that the listener of the examples prints."""
    listener = ".venv/bin/python -u planetvault/sdk/examples/webhook_listener.py"
    command = f"exec {listener} {sandbox} partner.memory {_free_port()}"
    with subprocess.Popen(
        ["/bin/sh", "-c", command], cwd=folder, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        try:
            return process.stdout.readline().split()[1]
        finally:
            process.terminate()
