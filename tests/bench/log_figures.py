"""Figures of the log: ``python -m tests.bench.log_figures``.

How fast it grows, how large a proof is and how long its check takes, and what a receipt costs
on a chain in batches of 1, 1,000 and 1,000,000, beside a transaction for each.
"""

import statistics
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

from planetvault.demo.anvil import AnvilMissingError, find_anvil

from anchor.keys import SigningKey
from anchor.log import Log, MemoryLogStore
from anchor.note import NoteKey, Policy, WitnessKey, add_signatures
from anchor.records.checkpoint import Checkpoint
from anchor.records.tlog_proof import TlogProof
from tests.anchor.chain.laboratories import LOG_ID, AnvilLaboratory, root_of

SIZES = (10_000, 100_000, 1_000_000)
BATCH = 1000
PROOFS = 200
KEY = NoteKey("vault.example/log", SigningKey(b"l" * 32))
WITNESSES = [WitnessKey(f"witness.example/w{n}", SigningKey(bytes([n]) * 32)) for n in range(1, 4)]
POLICY = Policy(KEY.verifier, tuple(key.verifier for key in WITNESSES), 3)


def entry(number: int) -> bytes:
    """An entry, never the same."""
    return b"\x04" + sha256(b"%d" % number).digest()


def growth(log: Log) -> Iterator[str]:
    """Append in batches to each size, and tell the rate of that stretch."""
    start = 0
    for size in SIZES:
        batches = [[entry(n) for n in range(at, at + BATCH)] for at in range(start, size, BATCH)]
        begun = time.perf_counter()
        for batch in batches:
            log.append(batch)
        rate = (size - start) / (time.perf_counter() - begun)
        yield f"append and build tiles to {size:>9,} entries: {rate:>9,.0f} entries/s in batches of {BATCH:,}"
        start = size


def proofs(log: Log) -> Iterator[str]:
    """Make proofs with three cosignatures at the largest size, and check them."""
    head = log.head()
    text = Checkpoint(KEY.name, *head).text
    now = datetime.now(UTC)
    note = add_signatures(log.checkpoint(head.size, KEY), [key.cosign(text, time=now) for key in WITNESSES])
    tree, seconds, size = log.at(head.size), [], 0
    for number in range(PROOFS):
        index = number * (head.size // PROOFS)
        file = bytes(TlogProof(index=index, path=tree.inclusion(index), checkpoint=note))
        begun = time.perf_counter()
        TlogProof.parse(file).verify(entry(index), POLICY)
        seconds.append(time.perf_counter() - begun)
        size = max(size, len(file))
    yield f"proof at {head.size:,} entries with 3 cosignatures: {size:,} bytes, and its records"
    yield f"checked in {statistics.median(seconds) * 1000:.2f} ms (median of {PROOFS})"


def gas() -> Iterator[str]:
    """What an anchor costs after the first, whatever its size, on a real EVM."""
    try:
        find_anvil()
    except AnvilMissingError as missing:
        yield f"gas: not measured: {missing}"
        return
    with TemporaryDirectory() as folder:
        laboratory = AnvilLaboratory.start(Path(folder))
        try:
            used = [_anchor(laboratory, size) for size in (100, 200)][-1]
        finally:
            laboratory.close()
    yield f"gas of an anchor after the log's first, or of one transaction for each receipt: {used:,}"
    for batch in (1, 1_000, 1_000_000):
        yield f"gas per receipt in batches of {batch:>9,}: {used / batch:>10,.4f}"


def _anchor(laboratory: AnvilLaboratory, size: int) -> int:
    chain = laboratory.chain
    signed = chain.prepare(LOG_ID, size, root_of(size), nonce=chain.next_nonce(), fees=chain.quote())
    chain.send(signed.raw)
    laboratory.mine()
    inclusion = chain.inclusion(signed.tx_hash)
    if inclusion is None or not inclusion.succeeded:
        raise RuntimeError("the anchor was not mined")
    return inclusion.gas_used


def main() -> None:
    """Print every figure as it is found."""
    log = Log(KEY.name, MemoryLogStore())
    for part in (growth(log), proofs(log), gas()):
        for line in part:
            sys.stdout.write(f"{line}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
