"""The committed bytes are what the pinned compiler makes of the committed source."""

import json
import os
import shutil
from hashlib import sha256
from pathlib import Path

import pytest

from anchor.chain.evm_contract import artifact
from anchor.chain.keccak import keccak256
from anchor.contracts.compile import ARTIFACT, SOURCE, SOURCES, compile_contract
from tests.contracts.deployed import Deployed

ROOT = Path(__file__).parents[2]


def find_vyper() -> str | None:
    """The compiler named by ``VYPER``, in its own environment, or on the path."""
    own = ROOT / ".venv-vyper" / "bin" / "vyper"
    return os.environ.get("VYPER") or (str(own) if own.exists() else shutil.which("vyper"))


def test_compiling_again_gives_the_committed_bytes() -> None:
    vyper = find_vyper()
    if vyper is None:
        pytest.skip("no Vyper: `make setup` installs it into .venv-vyper, or set VYPER")
    for source in SOURCES:
        assert compile_contract(vyper, source) == source.with_suffix(".json").read_text()


def test_the_committed_bytes_name_the_committed_source() -> None:
    made = json.loads(ARTIFACT.read_text())
    assert made["source_sha256"] == sha256(SOURCE.read_bytes()).hexdigest()
    assert made["evm_version"] == "paris"


def test_the_code_hash_is_that_of_the_runtime_code() -> None:
    assert artifact().code_hash == keccak256(artifact().runtime)
    assert artifact().runtime in artifact().creation


def test_the_deployed_code_is_the_committed_code(deployed: Deployed) -> None:
    assert deployed.reader.identity().code_hash == artifact().code_hash
