"""Bring an anchor onto a chain exactly once, whatever happens in between.

``decision`` is the thought; this is its hands. ``Outbox`` reads store and chain, asks
``decide``, and carries the move out. It holds no state: a crash anywhere is healed by
starting again from the store.

* One anchor in flight, always the newest size: later trees contain earlier ones.
* A signed transaction is stored before it is sent, and the same bytes are sent again.
* Final anchors are looked at again; a chain that loses one has broken its promise.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from anchor.chain.decision import (
    Anchor,
    Attempt,
    Become,
    Move,
    Policy,
    Resend,
    RootOf,
    Sighting,
    Sign,
    Status,
    Wait,
    decide,
    verify_head,
)
from anchor.chain.fees import Fees, capped
from anchor.chain.port import Chain, Inclusion
from anchor.errors import ChainError

__all__ = [
    "Anchor",
    "AnchorStore",
    "Attempt",
    "Become",
    "Move",
    "Outbox",
    "Policy",
    "Resend",
    "Sign",
    "Status",
    "Wait",
    "verify_head",
]

WATCHED_MAX = 8
"""How many mined anchors are followed at once; matters on chains that finalise late or never."""
AUDITED = 8
"""How many final anchors an audit looks at, before it goes on to older ones."""


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
