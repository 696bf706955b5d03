"""One anchor, exactly once: through crashes, lost answers, reorganisations and strangers."""

from contextlib import suppress
from datetime import timedelta

import pytest

from anchor.chain.outbox import AUDITED, Become, Outbox, Policy, Resend, Wait
from anchor.errors import ChainError, ChainUnreachable, ForkError
from tests.anchor.chain.laboratories import LOG_ID, STRANGER, AnvilLaboratory, Laboratory, root_of
from tests.anchor.chain.worker import TICK, Killed, Mortal, Worker, remembering_inclusions


@pytest.fixture
def worker(laboratory: Laboratory) -> Worker:
    return Worker(laboratory)


def test_an_anchor_goes_from_planned_to_final(worker: Worker) -> None:
    worker.plan(100)
    seen = [worker.newest().status]
    for _ in range(6):
        worker.step()
        seen.append(worker.newest().status)
        worker.laboratory.mine()
    assert list(dict.fromkeys(seen)) == ["planned", "sent", "mined", "final"]
    assert worker.laboratory.anchored() == [(100, root_of(100))]
    assert worker.newest().tx_hash == worker.attempts()[0].signed.tx_hash


def test_six_anchors_arrive_in_order_once_each(worker: Worker) -> None:
    for size in range(100, 700, 100):
        worker.anchor(size)
    assert worker.statuses() == ["final"] * 6
    assert worker.laboratory.anchored() == [(size, root_of(size)) for size in range(100, 700, 100)]
    assert len(worker.attempts()) == 6


def test_a_second_anchor_is_not_planned_while_one_is_in_flight(worker: Worker) -> None:
    worker.laboratory.hold()
    worker.plan(100)
    assert worker.plan(200) is None
    worker.step()
    assert worker.plan(200) is None
    worker.laboratory.mine()
    worker.step()
    assert worker.plan(200) is not None


def test_an_anchor_that_is_mined_but_not_final_does_not_hold_up_the_next(worker: Worker) -> None:
    worker.anchor(100, final=False)
    worker.anchor(200, final=False)
    assert worker.statuses() == ["mined", "mined"]
    worker.settle()
    assert worker.statuses() == ["final", "final"]


def test_a_size_that_is_not_new_is_not_planned(worker: Worker) -> None:
    worker.anchor(100)
    assert worker.plan(100) is None
    assert worker.plan(99) is None


# ── the process dies ─────────────────────────────────────────────────────────

STORE_CALLS = ["plan", "add_attempt", "write"]
CHAIN_CALLS = ["next_nonce", "quote", "prepare", "send", "inclusion", "latest"]


def live_until_killed(worker: Worker, outbox: Outbox) -> None:
    outbox.plan(100, root_of(100))
    for _ in range(5):
        worker.now += TICK
        outbox.step(worker.now)
        worker.laboratory.mine()


@pytest.mark.parametrize("side", ["before", "after"])
@pytest.mark.parametrize("call", STORE_CALLS + CHAIN_CALLS)
def test_a_kill_anywhere_leaves_exactly_one_anchor(worker: Worker, call: str, side: str) -> None:
    mortal = Mortal(worker.store if call in STORE_CALLS else worker.laboratory.chain, **{side: call})
    doomed = worker.outbox(**{"store" if call in STORE_CALLS else "chain": mortal})
    with pytest.raises(Killed):
        live_until_killed(worker, doomed)
    worker.plan(100)
    worker.settle()
    assert worker.statuses() == ["final"]
    assert worker.laboratory.anchored() == [(100, root_of(100))]
    assert len(worker.attempts()) == 1


def test_a_node_that_restarts_keeps_the_anchor(worker: Worker) -> None:
    worker.anchor(100, final=False)
    worker.laboratory.restart()
    worker.settle()
    assert worker.statuses() == ["final"]
    assert worker.laboratory.anchored() == [(100, root_of(100))]


# ── answers get lost ─────────────────────────────────────────────────────────


def test_a_lost_answer_is_unknown_and_the_same_bytes_settle_it(worker: Worker) -> None:
    worker.plan(100)
    worker.laboratory.fail("lose answer")
    with pytest.raises(ChainUnreachable):
        worker.step()
    assert worker.newest().status == "sent"
    worker.settle()
    assert worker.statuses() == ["final"]
    assert len(worker.attempts()) == 1


def test_a_transaction_that_was_swallowed_is_sent_again_with_the_same_bytes(worker: Worker) -> None:
    worker.plan(100)
    worker.laboratory.fail("drop")
    worker.step()
    worker.laboratory.mine()
    assert worker.laboratory.anchored() == []
    moves = worker.step()
    assert isinstance(moves[0], Resend)
    worker.settle()
    assert worker.laboratory.anchored() == [(100, root_of(100))]
    assert len(worker.attempts()) == 1


def test_a_refused_transaction_is_told_to_the_operator_and_tried_again(worker: Worker) -> None:
    worker.plan(100)
    worker.laboratory.fail("refuse")
    with pytest.raises(ChainError, match="insufficient funds"):
        worker.step()
    worker.settle()
    assert worker.statuses() == ["final"]
    assert len(worker.attempts()) == 1


def test_while_nobody_answers_nothing_changes(worker: Worker) -> None:
    worker.anchor(100, final=False)
    worker.laboratory.fail("down", 1000)
    for _ in range(20):
        with pytest.raises(ChainUnreachable):
            worker.step()
    assert worker.statuses() == ["mined"]
    worker.laboratory.fail("down", 0)
    worker.settle()
    assert worker.statuses() == ["final"]


def test_an_invented_inclusion_is_not_believed_against_the_contract(worker: Worker) -> None:
    worker.laboratory.hold()
    worker.plan(100)
    worker.step()
    worker.laboratory.fail("lie")
    with pytest.raises(ChainError, match="contract does not hold"):
        worker.step()
    assert worker.newest().status == "sent"
    worker.settle()
    assert worker.statuses() == ["final"]


# ── the chain changes its mind ───────────────────────────────────────────────


def test_a_reorganisation_is_noticed_and_the_same_bytes_are_sent_once_more(worker: Worker) -> None:
    worker.anchor(100, final=False)
    before = worker.newest()
    worker.laboratory.reorg(1)
    moves = worker.step()
    assert isinstance(moves[0], Become)
    assert moves[0].anchor.status == "sent"
    assert len(moves[0].resend) == 1
    worker.settle()
    after = worker.newest()
    assert after.status == "final"
    assert after.tx_hash == before.tx_hash
    assert after.block_hash != before.block_hash
    assert worker.laboratory.anchored() == [(100, root_of(100))]
    assert len(worker.attempts()) == 1


def test_a_reorganisation_of_several_anchors_brings_all_of_them_back_in_order(worker: Worker) -> None:
    worker.anchor(100, final=False)
    worker.anchor(200, final=False)
    worker.laboratory.reorg(2)
    worker.settle()
    assert worker.statuses() == ["final", "final"]
    assert worker.laboratory.anchored() == [(100, root_of(100)), (200, root_of(200))]
    assert len(worker.attempts()) == 2


def test_a_chain_that_loses_final_anchors_is_noticed_by_the_audit(worker: Worker) -> None:
    for size in (100, 200, 300):
        worker.anchor(size)
    assert worker.outbox().audit(worker.now) == []
    newest_block = worker.laboratory.chain.latest().number
    lost_from = worker.store.all()[1].block_number
    assert lost_from is not None
    worker.laboratory.reorg(newest_block - lost_from + 1)
    lost = worker.outbox().audit(worker.now)
    assert [anchor.size for anchor in lost] == [200, 300]
    worker.settle()
    assert worker.statuses() == ["final"] * 3
    assert worker.laboratory.anchored() == [(size, root_of(size)) for size in (100, 200, 300)]


def test_an_audit_goes_back_until_it_meets_an_anchor_that_stands(worker: Worker) -> None:
    sizes = range(100, 100 * (AUDITED + 4), 100)
    for size in sizes:
        worker.anchor(size)
    second = worker.store.all()[1].block_number
    assert second is not None
    worker.laboratory.reorg(worker.laboratory.chain.latest().number - second + 1)
    lost = worker.outbox().audit(worker.now)
    assert sorted(anchor.size for anchor in lost) == list(sizes)[1:]


def test_an_audit_stops_at_a_head_that_is_not_ours(worker: Worker) -> None:
    worker.anchor(100)
    other_anchors(worker, 200, root_of(999))
    with pytest.raises(ForkError):
        worker.outbox().audit(worker.now)


def test_a_node_that_still_shows_a_dropped_inclusion_does_not_hold_up_the_anchor(worker: Worker) -> None:
    worker.laboratory.hold()
    worker.plan(100)
    worker.step()
    worker.laboratory.mine()
    chain = remembering_inclusions(worker.laboratory.chain)
    assert chain.inclusion(worker.attempts()[0].signed.tx_hash) is not None
    worker.laboratory.reorg(1)
    for _ in range(6):
        worker.now += TICK
        worker.outbox(chain=chain).step(worker.now)
        worker.laboratory.mine()
    assert worker.statuses() == ["final"]
    assert worker.laboratory.anchored() == [(100, root_of(100))]


def test_a_new_anchor_after_an_unnoticed_loss_covers_what_was_lost(worker: Worker) -> None:
    worker.anchor(100)
    height = worker.newest().block_number
    assert height is not None
    worker.laboratory.reorg(worker.laboratory.chain.latest().number - height + 1)
    worker.anchor(200)
    assert [anchor.size for anchor in worker.outbox().audit(worker.now)] == [100]
    worker.settle()
    assert worker.statuses() == ["covered", "final"]
    assert worker.laboratory.anchored() == [(200, root_of(200))]


# ── the mempool ──────────────────────────────────────────────────────────────


def test_a_transaction_that_waits_too_long_offers_a_quarter_more_with_the_same_nonce(worker: Worker) -> None:
    worker.laboratory.hold()
    worker.plan(100)
    worker.step(8)
    first, second, *_ = (attempt.signed for attempt in worker.attempts())
    assert second.nonce == first.nonce
    assert second.fees.max_fee_wei == -(-first.fees.max_fee_wei * 5 // 4)
    assert second.fees.tip_wei == -(-first.fees.tip_wei * 5 // 4)
    worker.settle()
    assert worker.statuses() == ["final"]
    assert worker.laboratory.anchored() == [(100, root_of(100))]


def test_fees_stop_at_the_cap_and_the_last_bytes_are_sent_again(laboratory: Laboratory) -> None:
    quoted = laboratory.chain.quote().max_fee_wei
    policy = Policy(patience=timedelta(seconds=60), fee_cap_wei=quoted * 13 // 10)
    worker = Worker(laboratory, policy=policy)
    laboratory.hold()
    worker.plan(100)
    moves = worker.step(20)
    assert len(worker.attempts()) == 2
    assert isinstance(moves[-1], Resend)


def test_a_first_offer_is_capped_too(laboratory: Laboratory) -> None:
    cap = laboratory.chain.quote().max_fee_wei // 2
    worker = Worker(laboratory, policy=Policy(fee_cap_wei=cap))
    laboratory.hold()
    worker.plan(100)
    with suppress(ChainError):  # a node may refuse so little at once
        worker.step()
    assert worker.attempts()[0].signed.fees.max_fee_wei == cap


def test_a_nonce_used_by_somebody_else_is_followed_by_a_new_attempt(worker: Worker) -> None:
    worker.laboratory.hold()
    worker.plan(100)
    worker.laboratory.fail("drop")
    worker.step()
    worker.laboratory.spend_nonce()
    assert isinstance(worker.step()[0], Wait)
    worker.settle()
    assert worker.statuses() == ["final"]
    assert [attempt.signed.nonce for attempt in worker.attempts()] == [0, 1]
    assert worker.laboratory.anchored() == [(100, root_of(100))]


def test_a_gap_below_our_nonce_is_filled(worker: Worker) -> None:
    worker.laboratory.spend_nonce()
    worker.laboratory.hold()
    worker.plan(100)
    worker.laboratory.fail("drop")
    worker.step()
    worker.laboratory.reorg(1)  # what used nonce 0 is gone, and ours waits for it
    worker.step()
    worker.laboratory.mine()
    assert worker.laboratory.anchored() == []
    worker.settle()
    assert worker.statuses() == ["final"]
    assert worker.laboratory.anchored() == [(100, root_of(100))]


# ── the contract says no ─────────────────────────────────────────────────────


def test_an_account_that_is_not_the_writer_spends_nothing(worker: Worker) -> None:
    worker.laboratory.appoint(STRANGER)
    worker.plan(100)
    with pytest.raises(ChainError, match="not the log's writer"):
        worker.step()
    assert worker.attempts() == []


def test_a_reverted_anchor_is_tried_again_once_the_writer_is_back(worker: Worker) -> None:
    worker.laboratory.hold()
    worker.plan(100)
    worker.step()
    worker.laboratory.appoint(STRANGER)
    worker.laboratory.mine()
    assert worker.laboratory.anchored() == []
    with pytest.raises(ChainError, match="not the log's writer"):
        worker.step(5)
    worker.laboratory.appoint(worker.laboratory.chain.account)
    worker.settle()
    assert worker.statuses() == ["final"]
    assert worker.laboratory.anchored() == [(100, root_of(100))]


def other_anchors(worker: Worker, size: int, root: bytes) -> None:
    """Somebody with the same key anchors something."""
    chain = worker.laboratory.other_writer()
    chain.send(chain.prepare(LOG_ID, size, root, nonce=chain.next_nonce(), fees=chain.quote()).raw)
    worker.laboratory.mine()


def test_an_anchor_that_another_worker_already_made_is_done(worker: Worker) -> None:
    other_anchors(worker, 100, root_of(100))
    worker.plan(100)
    worker.settle()
    assert worker.statuses() == ["final"]
    assert worker.newest().tx_hash is None
    assert worker.attempts() == []
    assert worker.laboratory.anchored() == [(100, root_of(100))]


def test_an_anchor_that_a_larger_one_of_ours_overtook_is_covered(worker: Worker) -> None:
    worker.plan(100)
    other_anchors(worker, 200, root_of(200))
    worker.step()
    assert worker.statuses() == ["covered"]
    assert worker.laboratory.anchored() == [(200, root_of(200))]


def test_another_root_for_our_size_is_a_fork(worker: Worker) -> None:
    worker.plan(100)
    other_anchors(worker, 100, root_of(999))
    with pytest.raises(ForkError):
        worker.step()
    assert worker.attempts() == []


def test_a_chain_ahead_of_the_log_is_a_fork_and_stops_everything(laboratory: Laboratory) -> None:
    worker = Worker(laboratory, own=lambda size: root_of(size) if size <= 100 else None)
    other_anchors(worker, 500, root_of(500))
    with pytest.raises(ForkError, match="has not reached"):
        worker.step()


# ── a real node only ─────────────────────────────────────────────────────────


def test_a_node_that_is_killed_and_comes_back_empty_is_not_the_pinned_chain(anvil: AnvilLaboratory) -> None:
    before = anvil.chain.identity()
    anvil.state.unlink(missing_ok=True)
    anvil.node.process.kill()
    anvil.node.process.wait()
    anvil.state.unlink(missing_ok=True)
    anvil.restart()
    with pytest.raises(ChainError):
        assert anvil.chain.identity() == before
