"""Before anything is written: does this database still know all that was published?

A database restored from a backup is behind what others hold. Sequencing on would give
some sizes a second root, which nobody could tell from fraud. So the guard compares
with what lies outside the database, the checkpoint kept in a file and the head in the
contract, and raises ``ReadOnly`` if one of them is ahead or different.
"""

from dataclasses import dataclass
from hashlib import sha256

from anchor.chain.outbox import verify_head
from anchor.chain.port import ChainReader, Head
from anchor.errors import AnchorError, ChainUnreachable, ForkError
from anchor.log import Log
from anchor.records.checkpoint import Checkpoint
from anchor.tiles import Tree
from vault.db import Connection, Transaction, reading
from vault.errors import ReadOnly
from vault.log.kept import KeptCheckpoint
from vault.log.store import Checkpoints, Tiles


def log_id_of(origin: str) -> bytes:
    """The name of a log in the contract: the SHA-256 of its origin, as witnesses name it too."""
    return sha256(origin.encode()).digest()


class Halted(ReadOnly):
    """Two histories of this log came to light. Nothing is added before an operator has looked."""


@dataclass(frozen=True, slots=True)
class Compared:
    """What the database was held against. False: there was none, or nobody answered."""

    kept: bool
    chain: bool


def verify_history(
    connection: Connection, origin: str, kept: KeptCheckpoint | None, chain: ChainReader | None
) -> Compared:
    """Hold the database against the kept checkpoint and the chain's head.

    A chain that does not answer says nothing: the worker asks it again before each anchor.

    Raises:
        ReadOnly: one of them is ahead of this database, or tells another history; or the
            database contradicts itself, or was halted before. The message says which.
    """
    # Both before the view is opened: what is published meanwhile must not look like the future.
    head, published = _chain_head(chain, origin), read_kept(kept) if kept else None
    with reading(connection) as transaction:
        verify_running(transaction)
        verify_database(transaction, origin)
        return Compared(
            kept=published is not None and _verify_published(transaction, origin, published),
            chain=head is not None and _verify_chain(transaction, origin, head),
        )


def verify_running(transaction: Transaction) -> None:
    """Let through a log that was not halted.

    Raises:
        Halted: with the reason.
    """
    row = transaction.one("SELECT reason FROM log_halts ORDER BY id LIMIT 1")
    if row:
        raise Halted(f"this log was halted: {row[0]}")


def halt(transaction: Transaction, reason: str, now: int) -> None:
    """Let nothing be added to this log any more, by any process, until ``resume``."""
    transaction.run(
        "INSERT INTO log_halts (reason, time) VALUES (:reason, :now)", {"reason": reason, "now": now}
    )


def resume(transaction: Transaction) -> None:
    """Let the log grow again, once an operator knows why it was halted."""
    transaction.run("DELETE FROM log_halts")


def verify_database(transaction: Transaction, origin: str) -> None:
    """Let through a database whose tiles and checkpoint agree with the head on record.

    Raises:
        ReadOnly: if it holds another log, or its parts contradict each other.
    """
    others = transaction.all("SELECT origin FROM log_heads WHERE origin <> :origin", {"origin": origin})
    if others:
        raise ReadOnly(f"this database holds the log {others[0][0]}, and the settings name {origin}")
    tiles, newest = Tiles(transaction, origin), Checkpoints(transaction, origin).newest()
    head = tiles.head()
    signed = (newest.size, newest.root) if newest else (0, head.root)
    try:
        found = Tree(tiles.tile, head.size).root()
    except AnchorError as error:
        raise ReadOnly(f"the log's tiles can't be read: {error}") from error
    if found != head.root or signed != tuple(head):
        raise ReadOnly("the log's tiles, its newest checkpoint and its head on record do not agree")


def verify_kept(transaction: Transaction, origin: str, kept: KeptCheckpoint) -> bool:
    """Whether there is a kept checkpoint; if so, it lies in this database's history.

    Raises:
        ReadOnly: if it is ahead, different or unreadable.
    """
    checkpoint = read_kept(kept)
    return checkpoint is not None and _verify_published(transaction, origin, checkpoint)


def read_kept(kept: KeptCheckpoint) -> Checkpoint | None:
    """The kept checkpoint; None if there is none.

    Raises:
        ReadOnly: if there is one that can't be read.
    """
    try:
        return kept.read()
    except AnchorError as error:
        raise ReadOnly(f"the kept checkpoint can't be read: {error}") from error


def _verify_published(transaction: Transaction, origin: str, checkpoint: Checkpoint) -> bool:
    own = root_at(transaction, origin, checkpoint.size)
    if own is None:
        raise ReadOnly(
            f"a checkpoint of size {checkpoint.size} was published, which this database has not reached"
        )
    if own != checkpoint.root:
        raise ReadOnly(
            f"the checkpoint published at size {checkpoint.size} has another root than this database"
        )
    return True


def root_at(transaction: Transaction, origin: str, size: int) -> bytes | None:
    """The log's root at a size, None for a size it has not reached."""
    log = Log(origin, Tiles(transaction, origin))
    return log.root(size) if size <= log.head().size else None


def _chain_head(chain: ChainReader | None, origin: str) -> Head | None:
    try:
        return chain.head(log_id_of(origin)) if chain else None
    except ChainUnreachable:
        return None


def _verify_chain(transaction: Transaction, origin: str, head: Head) -> bool:
    try:
        verify_head(head, lambda size: root_at(transaction, origin, size))
    except ForkError as error:
        raise ReadOnly(str(error)) from error
    return True
