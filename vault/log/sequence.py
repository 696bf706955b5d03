"""Give queued entries their places, sign the tree over them, and only then show it.

``sequence`` is one transaction: entries leave the queue, join the tree, and the
checkpoint over them is stored. So a size has one root for ever, even if the process
ends at any point. ``publish`` comes after, and begins with the file beside the
database (``vault/log/kept.py``).
"""

from dataclasses import dataclass

from anchor.log import Log
from anchor.note import NoteKey
from vault.db import Connection, Transaction, reading, writing
from vault.log import guard
from vault.log.kept import KeptCheckpoint
from vault.log.store import Checkpoints, Entries, Receipted, Stored, Tiles

BATCH_MAX = 1000
"""Entries in one transaction; on SQLite nobody else writes meanwhile."""


@dataclass(frozen=True, slots=True)
class Batch:
    """How many entries left the queue, and the size and root of the log after them."""

    taken: int
    size: int
    root: bytes


def sequence(transaction: Transaction, key: NoteKey, now: int, most: int = BATCH_MAX) -> Batch | None:
    """Append the entries that wait longest and sign the checkpoint over them; None if none waits.

    A receipt that has a place already keeps it, and leaves the queue without a second one.

    Raises:
        Halted: two histories of this log came to light.
        ProofError: if the database does not hold the tree its head names.
        StaleHeadError: if another sequencer was faster; the transaction must be undone.
    """
    guard.verify_running(transaction)
    entries = Entries(transaction)
    taken = entries.take(most)
    if not taken:
        return None
    receipts = entries.receipts(taken)
    fresh = [entry for entry in dict.fromkeys(taken) if not _has_place(receipts.get(entry))]
    log = Log(key.name, Tiles(transaction, key.name))
    old = log.head()
    head = log.append(fresh)
    if head != old:
        entries.add(old.size, [receipts[entry].row if entry in receipts else None for entry in fresh])
        Checkpoints(transaction, key.name).add(head, log.checkpoint(head.size, key), now)
    return Batch(len(taken), *head)


def _has_place(receipt: Receipted | None) -> bool:
    return receipt is not None and receipt.position is not None


def publish(connection: Connection, origin: str, kept: KeptCheckpoint | None) -> Stored | None:
    """Show the newest signed checkpoint to everybody; None if it is shown already.

    Raises:
        ReadOnly: if the checkpoint kept in the file does not lie in this log's history.
    """
    with reading(connection) as transaction:
        newest = _unpublished(transaction, origin, kept)
    if newest is None:
        return None
    if kept:
        kept.write(newest.note)
    with writing(connection) as transaction:
        Checkpoints(transaction, origin).publish(newest.size)
    return newest


def _unpublished(transaction: Transaction, origin: str, kept: KeptCheckpoint | None) -> Stored | None:
    checkpoints = Checkpoints(transaction, origin)
    newest = checkpoints.newest()
    if newest is None or newest.size <= checkpoints.published_size():
        return None
    if kept:
        guard.verify_kept(transaction, origin, kept)
    return newest
