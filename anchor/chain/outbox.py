"""Bring an anchor onto a chain exactly once, whatever happens in between.

::

    planned ──► sent ──► mined ──► final
       ▲          ▲        │         │
       └──────────┴────────┴─────────┘   its block is no longer part of the chain
    (planned, sent) ──► covered          a later anchor of this log holds it too

``decide`` is the whole thought: it takes what is stored and what the chain says,
and answers with the next move. It touches nothing. ``Outbox`` reads, asks it, and
carries the move out; a crash anywhere is healed by starting again from the store.

* One anchor in flight, always the newest size: later trees contain earlier ones.
* A signed transaction is stored before it is sent, and the same bytes are sent again.
* "Already known" and "nonce too low" mean nothing by themselves: inclusions and the
  contract's own state decide. No answer means unknown, never failed.
* Final anchors are looked at again; a chain that loses one has broken its promise.
* The contract refuses a size twice, so even a mistake here cannot anchor twice.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal, Protocol

from anchor.chain.fees import Fees, bumped, capped
from anchor.chain.port import Block, Chain, Head, Inclusion, SignedAnchor
from anchor.errors import ChainError, ForkError

ATTEMPTS_MAX = 64
"""Enough for fees to grow a millionfold; after that a person has to look."""
WATCHED_MAX = 8
"""How many mined anchors are followed at once; matters on chains that finalise late or never."""
AUDITED = 8
"""How many final anchors an audit looks at, before it goes on to older ones."""

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


class AnchorStore(Protocol):
    """What must outlive a crash, for one log on one chain. Every method commits before it returns.

    The caller makes sure that one worker at a time uses a store.
    """

    def plan(self, log_id: bytes, size: int, root: bytes) -> Anchor:
        """Add an anchor, ``planned``."""

    def add_attempt(self, anchor: Anchor, attempt: Attempt) -> None:
        """Keep an attempt and make its anchor ``sent``, in one transaction."""

    def write(self, anchor: Anchor) -> None:
        """Keep the new status and block of an anchor already planned."""

    def attempts(self, anchor: Anchor) -> Sequence[Attempt]:
        """All attempts of one anchor, oldest first."""

    def in_flight(self) -> Sequence[Anchor]:
        """Anchors planned or sent, smallest size first."""

    def mined(self, count: int) -> Sequence[Anchor]:
        """The largest ``count`` mined anchors, smallest size first."""

    def final(self, count: int) -> Sequence[Anchor]:
        """The largest ``count`` final anchors, smallest size first."""

    def newest_size(self) -> int:
        """The largest size ever planned; 0 at the beginning."""


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


class Outbox:
    """Carries anchors of one log to one chain. Holds no state of its own."""

    def __init__(
        self, store: AnchorStore, chain: Chain, log_id: bytes, root_of: RootOf, policy: Policy | None = None
    ) -> None:
        self._store = store
        self._chain = chain
        self._log_id = log_id
        self._root_of = root_of
        self._policy = policy or Policy()

    def plan(self, size: int, root: bytes) -> Anchor | None:
        """Plan the log's newest size; None while one is in flight or if the size is not new."""
        if self._store.in_flight() or size <= self._store.newest_size():
            return None
        return self._store.plan(self._log_id, size, root)

    def step(self, now: datetime) -> list[tuple[Anchor, Move]]:
        """Make one move for every anchor not settled; the moves, to be logged.

        Raises:
            ChainUnreachable: nobody answered. Call again later.
            ChainError: the chain refused or contradicts itself. Call again later, and tell an operator.
            ForkError: two histories. Stop writing.
        """
        verify_head(self._chain.head(self._log_id), self._root_of)
        moves = [self._move(anchor, now) for anchor in self._store.mined(WATCHED_MAX)]
        # Read afterwards: a mined anchor that lost its block is in flight again, and comes first.
        in_flight = self._store.in_flight()
        return moves + [self._move(anchor, now, oldest=anchor == in_flight[0]) for anchor in in_flight]

    def audit(self, now: datetime) -> list[Anchor]:
        """Look at the newest final anchors again; those the chain lost, which go back to ``sent``.

        Blocks are lost newest first, so it is enough to go back to the first anchor that stands.
        A loss is an alarm: the chain broke its promise. ``step`` then brings the anchors back.
        Raises as ``step`` does.
        """
        lost: list[Anchor] = []
        while newest := self._store.final(AUDITED):
            moves = [self._move(anchor, now) for anchor in newest]
            lost += [anchor for anchor, move in moves if isinstance(move, Become)]
            if not all(isinstance(move, Become) for _, move in moves):
                break
        return lost

    def _move(self, anchor: Anchor, now: datetime, *, oldest: bool = True) -> tuple[Anchor, Move]:
        move = self._next(anchor, now, oldest=oldest)
        self._carry_out(anchor, move, now)
        return anchor, move

    def _next(self, anchor: Anchor, now: datetime, *, oldest: bool) -> Move:
        attempts = self._store.attempts(anchor)
        seen = self._look(anchor, attempts)
        verify_head(seen.head, self._root_of)
        return decide(anchor, attempts, seen, now=now, policy=self._policy, oldest=oldest)

    def _carry_out(self, anchor: Anchor, move: Move, now: datetime) -> None:
        match move:
            case Sign(nonce=nonce, fees=fees):
                self._sign_and_send(anchor, nonce, fees, now)
            case Resend(attempts=attempts):
                self._send_again(attempts)
            case Become(anchor=changed, resend=attempts):
                self._store.write(changed)
                self._send_again(attempts)
            case Wait():
                pass

    def _sign_and_send(self, anchor: Anchor, nonce: int, fees: Fees | None, now: datetime) -> None:
        # The contract would refuse, and the gas would be spent all the same.
        if self._chain.writer_of(anchor.log_id) != self._chain.account:
            raise ChainError("this account is not the log's writer: ask the contract's admin to appoint it")
        offer = capped(self._chain.quote(), self._policy.fee_cap_wei) if fees is None else fees
        signed = self._chain.prepare(anchor.log_id, anchor.size, anchor.root, nonce=nonce, fees=offer)
        self._store.add_attempt(anchor, Attempt(signed, now))
        self._chain.send(signed.raw)

    def _send_again(self, attempts: Sequence[Attempt]) -> None:
        for attempt in attempts:
            self._chain.send(attempt.signed.raw)

    def _look(self, anchor: Anchor, attempts: Sequence[Attempt]) -> Sighting:
        """Read what the chain says. The order matters, since blocks arrive in between.

        State after inclusions: what succeeded in a block is then seen in the contract too.
        The latest block last: a root seen in the contract is in that block or before it.
        """
        chain = self._chain
        searched = attempts if anchor.tx_hash is None else ()
        return Sighting(
            next_nonce=chain.next_nonce(),
            final_height=chain.final_height(),
            inclusions=self._canonical_inclusions(searched),
            head=chain.head(self._log_id),
            root=chain.root_at(anchor.log_id, anchor.size),
            block=None if anchor.block_number is None else chain.block_at(anchor.block_number),
            latest=chain.latest(),
        )

    def _canonical_inclusions(self, attempts: Sequence[Attempt]) -> dict[bytes, Inclusion]:
        found = {}
        for attempt in attempts:
            inclusion = self._chain.inclusion(attempt.signed.tx_hash)
            if inclusion is None:
                continue
            block = self._chain.block_at(inclusion.block_number)
            if block is not None and block.hash == inclusion.block_hash:
                found[inclusion.tx_hash] = inclusion
        return found
