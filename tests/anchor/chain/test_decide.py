"""The outbox's one thought, without any chain: what is stored and seen, and the next move."""

from dataclasses import replace
from datetime import timedelta

import pytest

from anchor.chain.decision import (
    ATTEMPTS_MAX,
    Anchor,
    Attempt,
    Become,
    Move,
    Policy,
    Resend,
    Sighting,
    Sign,
    Wait,
    decide,
    verify_head,
)
from anchor.chain.fees import Fees
from anchor.chain.port import Block, Head, Inclusion, SignedAnchor
from anchor.errors import ChainError, ForkError
from tests.anchor.chain.laboratories import LOG_ID, root_of
from tests.anchor.chain.worker import START

POLICY = Policy(patience=timedelta(seconds=60), fee_cap_wei=10**6)
BLOCK = Block(10, b"\x0a" * 32, 0)
PLANNED = Anchor(1, LOG_ID, 100, root_of(100))
SENT = replace(PLANNED, status="sent")
MINED = replace(PLANNED, status="mined", tx_hash=b"\x05" * 32, block_number=10, block_hash=BLOCK.hash)
FINAL = replace(MINED, status="final")
NOTHING = Sighting(
    latest=Block(12, b"\x0c" * 32, 0),
    final_height=9,
    next_nonce=5,
    head=Head(0, bytes(32)),
    root=None,
    inclusions={},
    block=None,
)
MINED_SEEN = replace(NOTHING, head=Head(100, root_of(100)), root=root_of(100), block=BLOCK, next_nonce=6)


def attempt(nonce: int = 5, *, age: int = 0, fee: int = 1000) -> Attempt:
    signed = SignedAnchor(bytes([nonce]) * 32, bytes([nonce]), nonce, Fees(fee, fee // 10))
    return Attempt(signed, START - timedelta(seconds=age))


def included(nonce: int = 5, *, succeeded: bool = True) -> dict[bytes, Inclusion]:
    tx_hash = bytes([nonce]) * 32
    return {tx_hash: Inclusion(tx_hash, 10, BLOCK.hash, succeeded=succeeded, gas_used=1)}


def move(anchor: Anchor, attempts: list[Attempt], seen: Sighting, *, oldest: bool = True) -> Move:
    return decide(anchor, attempts, seen, now=START, policy=POLICY, oldest=oldest)


def test_a_planned_anchor_is_signed_with_the_next_nonce() -> None:
    assert move(PLANNED, [], NOTHING) == Sign(5, None)


def test_a_planned_anchor_waits_for_an_earlier_one() -> None:
    assert isinstance(move(PLANNED, [], NOTHING, oldest=False), Wait)


def test_a_fresh_attempt_is_sent_again() -> None:
    assert move(SENT, [attempt(age=59)], NOTHING) == Resend((attempt(age=59),))


def test_an_old_attempt_is_bumped() -> None:
    assert move(SENT, [attempt(age=60)], NOTHING) == Sign(5, Fees(1250, 125))


def test_of_several_open_nonces_the_lowest_is_bumped_since_it_holds_up_the_others() -> None:
    attempts = [attempt(5, age=200), attempt(6, age=90, fee=7000)]
    assert move(SENT, attempts, NOTHING) == Sign(5, Fees(1250, 125))


def test_a_clock_that_goes_backwards_bumps_nothing() -> None:
    assert isinstance(move(SENT, [attempt(age=-3600)], NOTHING), Resend)


def test_without_fees_the_same_bytes_are_sent_for_ever() -> None:
    waiting = attempt(age=10**6, fee=0)
    assert move(SENT, [waiting], NOTHING) == Resend((waiting,))


def test_at_the_cap_the_same_bytes_are_sent_for_ever() -> None:
    waiting = attempt(age=10**6, fee=10**6)
    assert move(SENT, [waiting], NOTHING) == Resend((waiting,))


def test_only_the_latest_of_several_attempts_with_one_nonce_is_sent() -> None:
    old, new = attempt(age=90), attempt(age=30, fee=1250)
    assert move(SENT, [old, new], NOTHING) == Resend((new,))


def test_attempts_with_open_nonces_are_sent_lowest_first() -> None:
    seen = replace(NOTHING, next_nonce=6)
    attempts = [attempt(5, age=90), attempt(7, age=80), attempt(6, age=1)]
    assert move(SENT, attempts, seen) == Resend((attempts[2], attempts[1]))


def test_a_used_nonce_is_not_taken_for_failure_at_once() -> None:
    assert isinstance(move(SENT, [attempt(age=59)], replace(NOTHING, next_nonce=6)), Wait)


def test_a_nonce_used_by_somebody_else_is_left_after_the_patience() -> None:
    assert move(SENT, [attempt(age=60)], replace(NOTHING, next_nonce=6)) == Sign(6, None)


def test_a_gap_below_is_filled_only_by_the_oldest_in_flight() -> None:
    seen = replace(NOTHING, next_nonce=3)
    assert move(SENT, [attempt(age=60)], seen) == Sign(3, None)
    assert move(SENT, [attempt(age=60)], seen, oldest=False) == Sign(5, Fees(1250, 125))


def test_attempts_come_to_an_end_but_open_ones_are_still_sent() -> None:
    spent = [attempt(age=60 + ATTEMPTS_MAX - number) for number in range(ATTEMPTS_MAX)]
    assert move(SENT, spent, NOTHING) == Resend((spent[-1],))
    with pytest.raises(ChainError, match="spent"):
        move(SENT, spent, replace(NOTHING, next_nonce=6))


def test_a_reverted_attempt_is_followed_by_another_after_the_patience() -> None:
    seen = replace(NOTHING, next_nonce=6, inclusions=included(succeeded=False))
    assert isinstance(move(SENT, [attempt(age=59)], seen), Wait)
    assert move(SENT, [attempt(age=60)], seen) == Sign(6, None)


@pytest.mark.parametrize("anchor", [PLANNED, SENT])
def test_a_root_in_the_contract_makes_it_mined_in_the_block_of_its_transaction(anchor: Anchor) -> None:
    found = move(anchor, [attempt()], replace(MINED_SEEN, inclusions=included()))
    assert found == Become(replace(MINED))


def test_of_several_inclusions_the_successful_one_counts() -> None:
    inclusions = included(4, succeeded=False) | included(5) | included(6, succeeded=False)
    found = move(SENT, [attempt(5)], replace(MINED_SEEN, inclusions=inclusions))
    assert isinstance(found, Become)
    assert found.anchor.tx_hash == b"\x05" * 32


def test_a_root_that_came_by_an_unknown_transaction_counts_from_the_latest_block() -> None:
    found = move(SENT, [attempt()], MINED_SEEN)
    assert isinstance(found, Become)
    assert (found.anchor.tx_hash, found.anchor.block_number) == (None, 12)


def test_the_transaction_is_filled_in_once_the_node_knows_it() -> None:
    unnamed = replace(MINED, tx_hash=None, block_number=12, block_hash=NOTHING.latest.hash)
    seen = replace(MINED_SEEN, block=NOTHING.latest, inclusions=included())
    assert move(unnamed, [attempt()], seen) == Become(MINED)


@pytest.mark.parametrize("anchor", [PLANNED, SENT])
def test_a_larger_head_covers_what_is_in_flight(anchor: Anchor) -> None:
    seen = replace(NOTHING, head=Head(200, root_of(200)))
    assert move(anchor, [attempt()], seen) == Become(replace(anchor, status="covered"))


@pytest.mark.parametrize("anchor", [PLANNED, SENT, MINED, FINAL])
def test_another_root_at_this_size_is_a_fork_whatever_the_status(anchor: Anchor) -> None:
    with pytest.raises(ForkError):
        move(anchor, [attempt()], replace(MINED_SEEN, root=root_of(999)))


def test_a_mined_anchor_waits_until_its_block_is_final() -> None:
    assert isinstance(move(MINED, [attempt()], MINED_SEEN), Wait)
    assert isinstance(move(MINED, [attempt()], replace(MINED_SEEN, final_height=None)), Wait)
    final = move(MINED, [attempt()], replace(MINED_SEEN, final_height=10))
    assert final == Become(FINAL)


@pytest.mark.parametrize("anchor", [MINED, FINAL])
def test_a_lost_block_sends_the_same_bytes_again(anchor: Anchor) -> None:
    seen = replace(NOTHING, block=Block(10, b"\xff" * 32, 0))
    assert move(anchor, [attempt(age=10**6)], seen) == Become(SENT, resend=(attempt(age=10**6),))


@pytest.mark.parametrize("anchor", [MINED, FINAL])
def test_a_node_that_lags_behind_proves_nothing(anchor: Anchor) -> None:
    assert isinstance(move(anchor, [attempt()], replace(NOTHING, latest=Block(7, b"\7" * 32, 0))), Wait)


@pytest.mark.parametrize("anchor", [MINED, FINAL])
def test_a_standing_block_without_the_root_is_a_contradiction(anchor: Anchor) -> None:
    with pytest.raises(ChainError, match="does not hold its root"):
        move(anchor, [attempt()], replace(MINED_SEEN, root=None, head=Head(0, bytes(32))))


def test_an_empty_head_lies_in_every_history() -> None:
    assert verify_head(Head(0, bytes(32)), lambda _: None).size == 0


def test_a_head_of_our_own_is_returned() -> None:
    head = Head(7, root_of(7))
    assert verify_head(head, root_of) is head


@pytest.mark.parametrize(
    ("head", "words"), [(Head(7, root_of(8)), "this log"), (Head(9, root_of(9)), "has not reached")]
)
def test_a_head_outside_our_history_is_a_fork(head: Head, words: str) -> None:
    with pytest.raises(ForkError, match=words):
        verify_head(head, lambda size: root_of(size) if size < 9 else None)
