"""Kill a part of a deployment under load, and start it again, a thousand times: ``make faults ROUNDS=1000``.

Two services, a worker, PostgreSQL and the wires to it and to the chain: one of them dies
in each round, by SIGKILL, while partners use on. Nothing is taken back in between. At the
end everything that was acknowledged is held against everything that is kept.
"""

import os
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, cast

import httpx2

from anchor.chain.evm_transaction import account_of, address_of
from anchor.records.trust import read_trust
from tests.faults.audit import Audited, verify_deployment
from tests.faults.deployment import CHAIN_KEY, Deployment, deployed
from tests.faults.traffic import Traffic
from tests.postgres import PostgresMissing
from tests.vault.processes import RealClock
from tests.vault.world import World, settle
from vault.db import Connection, connect, reading
from vault.settings import Settings

PAUSE_SECONDS = (0.05, 0.5)
"""Between a part's return and the next death: long enough for something to happen."""
SETTLE_SECONDS = 180
"""Until the log has everything and the newest anchors are final: leases of the dead run out first."""
TELL_EVERY = 50
FUNDS = 10**12
TERMS: dict[str, Any] = {"price": 10, "budget": 10**10, "max_uses": 10**9}


def play(rounds: int, dice: random.Random, tell: Callable[[str], object]) -> tuple[Counter[str], Audited]:
    """Kill so many times; who died how often, and what agreed in the end.

    Raises:
        AssertionError, BooksDisagree: something that was acknowledged is not true any more.
        PostgresMissing: no database server can run here.
    """
    deaths: Counter[str] = Counter()
    with (
        tempfile.TemporaryDirectory(prefix="planetvault-rounds-") as folder,
        deployed(Path(folder)) as all_of,
        httpx2.Client(base_url=all_of.urls[0], timeout=30, trust_env=False) as http,
    ):
        traffic = arrive(all_of, http)
        with traffic.flowing():
            for number in range(1, rounds + 1):
                time.sleep(dice.uniform(*PAUSE_SECONDS))
                victim = dice.choice(sorted(all_of.parts))
                all_of.kill(victim)
                all_of.wait()
                deaths[victim] += 1
                if number % TELL_EVERY == 0:
                    tell(f"{number} rounds, {len(traffic.acknowledged):,} receipts")
        traffic.ask_all_again()
        return deaths, _audit(all_of, traffic, http)


def arrive(all_of: Deployment, http: httpx2.Client) -> Traffic:
    """Start everything, and let an owner, a partner and money arrive."""
    settings = Settings(folder=all_of.folder, database=all_of.settings["PLANETVAULT_DATABASE"])
    if all_of.chain:
        all_of.chain.fund(address_of(account_of(bytes.fromhex(CHAIN_KEY[2:]))))
    all_of.start_all()
    world = settle(World(cast("Any", http), cast("Any", RealClock()), settings), FUNDS)
    item = world.write_item()
    return Traffic(world, world.granted([item], **TERMS), item, all_of.urls)


def _audit(all_of: Deployment, traffic: Traffic, http: httpx2.Client) -> Audited:
    settle_log(all_of)
    trust = read_trust(http.get("/v1/trust").content)
    with closing(connect(all_of.settings["PLANETVAULT_DATABASE"])) as connection:
        # Between two questions it checks hundreds of thousands of signatures.
        connection.run("SET idle_in_transaction_session_timeout = 0")
        with reading(connection) as transaction:
            return verify_deployment(transaction, traffic, trust, all_of.chain.url if all_of.chain else "")


def settle_log(all_of: Deployment) -> None:
    """Wait until every entry is in the log, and the newest checkpoint is final on the chain."""
    with closing(connect(all_of.settings["PLANETVAULT_DATABASE"])) as connection:
        deadline = time.monotonic() + SETTLE_SECONDS
        while _unfinished(connection, anchored=all_of.chain is not None):
            assert time.monotonic() < deadline, "the log or its anchors do not come to an end"
            if all_of.chain:
                all_of.chain.rpc("evm_mine")
            time.sleep(1)


def _unfinished(connection: Connection, *, anchored: bool) -> bool:
    with reading(connection) as transaction:
        [(waiting,)] = transaction.all("SELECT COUNT(*) FROM log_queue")
        [(published,)] = transaction.all("SELECT MAX(published) FROM log_heads")
        [(final,)] = transaction.all("SELECT COALESCE(MAX(size), 0) FROM anchors WHERE status = 'final'")
    return bool(waiting) or (anchored and published != final)


def main() -> int:
    """Zero if nothing was lost, doubled or contradicted; the last line is the figure."""
    rounds, seed = int(sys.argv[1]) if len(sys.argv) > 1 else 20, int(os.environ.get("SEED") or 1)
    begun = time.monotonic()

    def tell(words: str) -> None:
        sys.stdout.write(f"  {words}, {time.monotonic() - begun:.0f} s\n")
        sys.stdout.flush()

    try:
        deaths, found = play(rounds, random.Random(seed), tell)  # noqa: S311 - the same deaths again, from the same seed
    except PostgresMissing as missing:
        sys.stdout.write(f"rounds: not played: {missing}\n")
        return 0
    sys.stdout.write("".join(f"  {count:5} of the {name}\n" for name, count in sorted(deaths.items())))
    sys.stdout.write(
        f"rounds: {rounds} kills under load; {found.receipts:,} receipts, {found.movements:,} movements, "
        f"{found.entries:,} log entries, {found.checkpoints:,} checkpoints, {found.anchors:,} final anchors "
        f"agree; 0 lost, 0 double, 0 gaps, {time.monotonic() - begun:.0f} s\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
