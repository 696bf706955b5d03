"""What a receipt costs on a chain: in a batch whose root one transaction anchors, and in one of its own."""

import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from planetvault.demo.anvil import AnvilMissingError, find_anvil

from tests.anchor.chain.laboratories import LOG_ID, AnvilLaboratory, root_of
from tests.bench.figure import Figure

BATCHES = (1, 1_000, 1_000_000)


def figures() -> Iterator[Figure]:
    """Gas of an anchor after the log's first, on a real EVM; it is the same whatever the anchor covers."""
    try:
        find_anvil()
    except AnvilMissingError as missing:
        sys.stdout.write(f"gas: not measured: {missing}\n")
        return
    with TemporaryDirectory() as folder:
        used = _used(Path(folder))
    for batch in BATCHES:
        name = f"gas of a receipt, {batch:,} in an anchor"
        yield Figure(name, used / batch, "gas", used, "a transaction for each")


def _used(folder: Path) -> int:
    laboratory = AnvilLaboratory.start(folder)
    try:
        return [_anchor(laboratory, size) for size in (100, 200)][-1]
    finally:
        laboratory.close()


def _anchor(laboratory: AnvilLaboratory, size: int) -> int:
    chain = laboratory.chain
    signed = chain.prepare(LOG_ID, size, root_of(size), nonce=chain.next_nonce(), fees=chain.quote())
    chain.send(signed.raw)
    laboratory.mine()
    inclusion = chain.inclusion(signed.tx_hash)
    if inclusion is None or not inclusion.succeeded:
        raise RuntimeError("the anchor was not mined")
    return inclusion.gas_used
