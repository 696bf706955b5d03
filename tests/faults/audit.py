"""Hold money, chains and log of a deployment against its records, and those against what was given out.

Nothing of the vault's own arithmetic is used: the books are worked out from signed
records by ``planetvault.audit``, the tree is built again from its first entry.
"""

from dataclasses import dataclass

from planetvault.audit import Movement, Records, audit, earned

from anchor.chain.evm_reader import EvmReader
from anchor.chain.evm_rpc import Rpc
from anchor.chain.finality import Finality
from anchor.chain.port import log_id_of
from anchor.encoding import to_base64url
from anchor.log import Log
from anchor.merkle import leaf_hash, root
from anchor.records.trust import Trust
from tests.faults.traffic import Traffic
from tests.vault.world import World
from vault.db import Transaction
from vault.log.store import Tiles

FINALITY = "depth:2"
KEPT_NOWHERE = ("outside", "fee")


@dataclass(frozen=True, slots=True)
class Audited:
    """How much was found to agree."""

    receipts: int
    movements: int
    entries: int
    checkpoints: int
    anchors: int


def verify_deployment(transaction: Transaction, traffic: Traffic, trust: Trust, chain_url: str) -> Audited:
    """Return what was counted if everything agrees with everything.

    Raises:
        BooksDisagree, AssertionError: naming the first thing that does not.
    """
    receipts = verify_receipts(transaction, traffic)
    movements = verify_money(transaction, traffic.world, trust)
    entries, checkpoints = verify_log(transaction, trust)
    anchors = verify_anchors(transaction, entries, chain_url, trust) if chain_url else 0
    return Audited(receipts, movements, len(entries), checkpoints, anchors)


def verify_receipts(transaction: Transaction, traffic: Traffic) -> int:
    """Every receipt that was given is there under its use; each use has one, and chains have no gap."""
    assert not traffic.contradictions, "one use was answered with two receipts"
    rows = transaction.all("SELECT use_raw, raw FROM receipts WHERE use_raw IS NOT NULL")
    kept = {bytes(use).decode(): bytes(raw).decode() for use, raw in rows}
    assert len(kept) == len(rows), "one use has two receipts"
    lost = [use for use, receipt in traffic.acknowledged.items() if kept.get(use) != receipt]
    assert not lost, f"{len(lost)} receipts that were given are not there"
    for chain, place in (("grant_hash", "seq"), ("account", "owner_seq")):
        query = f"SELECT COUNT(*), MAX({place}), COUNT(DISTINCT {place}) FROM receipts GROUP BY {chain}"  # noqa: S608 - two fixed words
        assert all(len(set(counts)) == 1 for counts in transaction.all(query)), (
            "a chain has a gap or a double"
        )
    return len(rows)


def verify_money(transaction: Transaction, world: World, trust: Trust) -> int:
    """Every movement and balance is what the signed records say, to the micro."""
    rows = transaction.all("SELECT kind, source, debit, credit, amount FROM transfers")
    top_ups = [(row[3].removeprefix("funding/"), row[1], row[4]) for row in rows if row[0] == "top-up"]
    raws = {
        table: [row[0] for row in transaction.all(f"SELECT raw FROM {table}")]  # noqa: S608 - three fixed words
        for table in ("grants", "revocations", "receipts")
    }
    done = audit(Records(raws["grants"], raws["revocations"], raws["receipts"], top_ups), trust)
    names = _Names(to_base64url(world.account), earned(world.pairwise.public))
    done.verify_movements(_movements(rows, names))
    done.verify_balances(_balances(transaction, rows, names))
    return len(rows)


@dataclass(frozen=True, slots=True)
class _Names:
    """What an owner earned is pending or payable; the records know it under the key she signs with."""

    account: str
    earned: str

    def of(self, name: object) -> str:
        return self.earned if str(name).endswith(f"/{self.account}") else str(name)


def _movements(rows: list[tuple[object, ...]], names: _Names) -> list[Movement]:
    told: list[Movement] = []
    for kind, source, debit, credit, amount in rows:
        assert isinstance(source, bytes)
        assert isinstance(amount, int)
        start, end = names.of(debit), names.of(credit)
        if start != end:
            told.append((str(kind), to_base64url(source), start, end, amount))
    return told


def _balances(transaction: Transaction, rows: list[tuple[object, ...]], names: _Names) -> dict[str, int]:
    kept: dict[str, int] = {}
    for name, amount in transaction.all("SELECT account, amount FROM balances"):
        assert amount >= 0, f"{name} holds less than nothing"
        kept[names.of(name)] = kept.get(names.of(name), 0) + amount
    for grant, escrow in transaction.all("SELECT grant_hash, escrow FROM grant_chains"):
        kept[f"escrow/{to_base64url(grant)}"] = escrow
    for name in KEPT_NOWHERE:
        kept[name] = sum(int(str(row[4])) * ((row[3] == name) - (row[2] == name)) for row in rows)
    return kept


def verify_log(transaction: Transaction, trust: Trust) -> tuple[list[bytes], int]:
    """Every record is in the log once, and every checkpoint ever signed is a beginning of today's tree."""
    name = trust.policy.log.name
    log = Log(name, Tiles(transaction, name))
    head = log.head()
    entries = log.entries(0, head.size)
    waiting = [bytes(row[0]) for row in transaction.all("SELECT entry FROM log_queue")]
    everywhere = entries + waiting
    assert len(everywhere) == len(set(everywhere)), "an entry stands twice"
    issued = {b"\x04" + bytes(row[0]) for row in transaction.all("SELECT hash FROM receipts")}
    assert issued <= set(everywhere), "a receipt never came to the log"
    leaves = [leaf_hash(entry) for entry in entries]
    checkpoints = transaction.all("SELECT size, root FROM checkpoints ORDER BY size")
    # Building each tree again is quadratic: the newest from its entries, the others by its proofs.
    assert root(leaves) == head.root
    for size, found in checkpoints:
        assert log.root(size) == bytes(found), "two histories of the log"
    return entries, len(checkpoints)


def verify_anchors(transaction: Transaction, entries: list[bytes], chain_url: str, trust: Trust) -> int:
    """What stands on the chain is a beginning of this log; each anchor went there once."""
    rows = transaction.all("SELECT size, root, tx_hash FROM anchors WHERE status = 'final' ORDER BY size")
    assert trust.chain, "a chain was there, and the trust file names none"
    chain = EvmReader(Rpc(chain_url), trust.chain.contract, Finality.parse(FINALITY))
    for size, found, _ in rows:
        assert chain.root_at(log_id_of(trust.policy.log.name), size) == bytes(found)
        assert root([leaf_hash(entry) for entry in entries[:size]]) == bytes(found)
    transactions = [row[2] for row in rows]
    assert len(transactions) == len(set(transactions)), "two anchors in one transaction"
    return len(rows)
