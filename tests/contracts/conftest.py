"""One real node for all contract tests; each test uses a log of its own on it."""

import json
from collections.abc import Iterator

import pytest
from planetvault.demo.anvil import AnvilMissingError, run_anvil

from anchor.contracts.compile import compile_contract
from tests.contracts.deployed import ADMIN, STRANGER, WRITER, Deployed
from tests.contracts.test_compiled import ROOT, find_vyper


@pytest.fixture(scope="package")
def deployed() -> Iterator[Deployed]:
    """The contract on a node; skips where the node's binary is not installed."""
    try:
        with run_anvil() as node:
            for actor in (ADMIN, WRITER, STRANGER):
                node.fund(actor.address)
            contract = Deployed.on(node.url)
            yield contract
            contract.rpc.close()
    except AnvilMissingError as missing:
        pytest.skip(str(missing))


@pytest.fixture(scope="package")
def sample_token() -> bytes:
    """Creation code of the least token there is."""
    vyper = find_vyper()
    if vyper is None:
        pytest.skip("no Vyper: `make setup` installs it")
    made = json.loads(compile_contract(vyper, ROOT / "tests" / "contracts" / "SampleToken.vy"))
    return bytes.fromhex(made["creation_bytecode"][2:])
