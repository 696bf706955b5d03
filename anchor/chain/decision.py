"""What to do next with an anchor: values, and one pure function over them.

::

    planned ──► sent ──► mined ──► final
       ▲          ▲        │         │
       └──────────┴────────┴─────────┘   its block is no longer part of the chain
    (planned, sent) ──► covered          a later anchor of this log holds it too

``decide`` takes what is stored and what the chain says, and answers with the next
move. It touches nothing; ``outbox`` reads, asks it, and carries the move out.

* "Already known" and "nonce too low" mean nothing by themselves: inclusions and the
  contract's own state decide. No answer means unknown, never failed.
* Nothing is given up before its time: a further attempt is made only when the newest
  one waited for the policy's patience, whatever the reason.
* The contract refuses a size twice, so even a mistake here cannot anchor twice.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from anchor.chain.fees import Fees, bumped
from anchor.chain.port import Block, Head, Inclusion, SignedAnchor
from anchor.errors import ChainError, ForkError

ATTEMPTS_MAX = 64
"""Enough for fees to grow a millionfold; after that a person has to look."""

Status = Literal["planned", "sent", "mined", "final", "covered"]
RootOf = Callable[[int], bytes | None]
"""The log's own root at a size, None for a size it has not reached."""


@dataclass(frozen=True)
class Anchor:
    """A root on its way. The block is the one it is in, or was first seen in.

    ``tx_hash`` stays None if the root got there by a transaction we do not hold.
    """

    id: int
    log_id: bytes
    size: int
    root: bytes
    status: Status = "planned"
    tx_hash: bytes | None = None
    block_number: int | None = None
    block_hash: bytes | None = None


@dataclass(frozen=True)
class Attempt:
    """One signed transaction for an anchor, and when (UTC) it was signed."""

    signed: SignedAnchor
    signed_at: datetime


@dataclass(frozen=True)
class Policy:
    """How long to wait for a block before trying differently, and the most to pay per gas."""

    patience: timedelta = timedelta(minutes=5)
    fee_cap_wei: int = 500 * 10**9


@dataclass(frozen=True)
class Sighting:
    """What the chain said about one anchor. ``inclusions`` holds those in canonical blocks.

    ``root`` is the root at the anchor's size; ``block`` stands at its block's height now.
    """

    latest: Block
    final_height: int | None
    next_nonce: int
    head: Head
    root: bytes | None
    inclusions: Mapping[bytes, Inclusion]
    block: Block | None


@dataclass(frozen=True)
class Sign:
    """Sign another attempt, store it, send it."""

    nonce: int
    fees: Fees | None
    """None: whatever the chain asks now."""


@dataclass(frozen=True)
class Resend:
    """Hand the same bytes over again."""

    attempts: tuple[Attempt, ...]


@dataclass(frozen=True)
class Become:
    """Write the anchor's new status; if it lost its block, hand its bytes over again at once."""

    anchor: Anchor
    resend: tuple[Attempt, ...] = ()


@dataclass(frozen=True)
class Wait:
    """Nothing to do now, and why."""

    reason: str


Move = Sign | Resend | Become | Wait


def verify_head(head: Head, root_of: RootOf) -> Head:
    """Return the contract's head if it lies in this log's own history.

    Also the guard at start-up: a database restored from a backup is behind its head.

    Raises:
        ForkError: the chain holds a size this log has not reached, or another root.
            Write nothing more; both histories are evidence.
    """
    if head.size == 0:
        return head
    own = root_of(head.size)
    if own is None:
        raise ForkError(f"the chain holds size {head.size}, which this log has not reached")
    if own != head.root:
        raise ForkError(f"at size {head.size} the chain holds {head.root.hex()}, this log {own.hex()}")
    return head


def decide(
    anchor: Anchor,
    attempts: Sequence[Attempt],
    seen: Sighting,
    *,
    now: datetime,
    policy: Policy,
    oldest: bool = True,
) -> Move:
    """The next move for one anchor whose log agrees with ``seen.head``.

    ``oldest`` tells whether no smaller anchor is in flight: only then is a gap below its
    nonce ours to fill.

    Raises:
        ForkError: the chain holds another root at this very size.
        ChainError: the chain contradicts itself, or every attempt is spent.
    """
    if seen.root not in {None, anchor.root}:
        raise ForkError(f"at size {anchor.size} the chain holds another root than {anchor.root.hex()}")
    if anchor.status in {"mined", "final"}:
        return _follow(anchor, attempts, seen)
    if seen.root is not None:
        return Become(_found(anchor, seen))
    if seen.head.size > anchor.size:
        return Become(replace(anchor, status="covered"))
    if _success(seen) is not None:
        raise ChainError("the node shows a successful anchor that its contract does not hold")
    return _attempt(attempts, seen, now=now, policy=policy, oldest=oldest)


def _attempt(
    attempts: Sequence[Attempt], seen: Sighting, *, now: datetime, policy: Policy, oldest: bool
) -> Move:
    if not attempts:
        return Sign(seen.next_nonce, None) if oldest else Wait("an earlier anchor is on its way")
    live = [attempt for attempt in attempts if attempt.signed.nonce >= seen.next_nonce]
    if now - attempts[-1].signed_at < policy.patience:
        return _resend(live)
    if len(attempts) >= ATTEMPTS_MAX:
        if live:
            return _resend(live)
        raise ChainError(f"{ATTEMPTS_MAX} attempts are spent on one anchor: look at account and contract")
    if not live:  # reverted, or somebody else used the nonce
        return Sign(seen.next_nonce, None)
    first = _latest_each(live)[0].signed
    if oldest and first.nonce > seen.next_nonce:  # a transaction before ours has vanished
        return Sign(seen.next_nonce, None)
    # The lowest open nonce is the one that holds up the others.
    fees = bumped(first.fees, policy.fee_cap_wei)
    return _resend(live) if fees is None else Sign(first.nonce, fees)


def _resend(live: Sequence[Attempt]) -> Move:
    if not live:
        return Wait("no attempt can be mined any more; another one follows")
    return Resend(_latest_each(live))


def _latest_each(attempts: Sequence[Attempt]) -> tuple[Attempt, ...]:
    """The latest attempt for each nonce, lowest nonce first."""
    latest = {attempt.signed.nonce: attempt for attempt in attempts}
    return tuple(latest[nonce] for nonce in sorted(latest))


def _follow(anchor: Anchor, attempts: Sequence[Attempt], seen: Sighting) -> Move:
    if seen.block is None:
        return Wait("the node has not reached the anchor's block")
    if seen.block.hash != anchor.block_hash:
        lost = replace(anchor, status="sent", tx_hash=None, block_number=None, block_hash=None)
        return Become(lost, resend=_latest_each(attempts))
    if seen.root is None:
        raise ChainError("the anchor's block stands, but the contract does not hold its root")
    if anchor.status == "final":
        return Wait("final")
    if anchor.tx_hash is None and _success(seen) is not None:
        return Become(_found(anchor, seen))
    if seen.final_height is None or seen.final_height < seen.block.number:
        return Wait("mined, not final yet")
    return Become(replace(anchor, status="final"))


def _found(anchor: Anchor, seen: Sighting) -> Anchor:
    ours = _success(seen)
    if ours is None:
        number, block_hash = seen.latest.number, seen.latest.hash
    else:
        number, block_hash = ours.block_number, ours.block_hash
    return replace(
        anchor,
        status="mined",
        tx_hash=None if ours is None else ours.tx_hash,
        block_number=number,
        block_hash=block_hash,
    )


def _success(seen: Sighting) -> Inclusion | None:
    return next((inclusion for inclusion in seen.inclusions.values() if inclusion.succeeded), None)
