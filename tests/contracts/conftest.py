"""One real node for all contract tests; each test uses a log of its own on it."""

from collections.abc import Iterator

import pytest
from planetvault.demo.anvil import AnvilMissingError, run_anvil

from tests.contracts.deployed import ADMIN, STRANGER, WRITER, Deployed


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
