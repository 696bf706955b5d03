"""What ``port`` promises, kept by the twin in memory and by a real node alike."""

from dataclasses import replace

import pytest

from anchor.chain.port import Head, verify_identity
from anchor.errors import ChainError, ChainUnreachable
from tests.anchor.chain.laboratories import LOG_ID, STRANGER, Laboratory, root_of


def anchor(laboratory: Laboratory, size: int) -> bytes:
    chain = laboratory.chain
    signed = chain.prepare(LOG_ID, size, root_of(size), nonce=chain.next_nonce(), fees=chain.quote())
    chain.send(signed.raw)
    return signed.tx_hash


def test_a_log_that_never_anchored_has_an_empty_head(laboratory: Laboratory) -> None:
    assert laboratory.chain.head(LOG_ID) == Head(0, bytes(32))
    assert laboratory.chain.root_at(LOG_ID, 1) is None


def test_the_same_arguments_sign_the_same_bytes(laboratory: Laboratory) -> None:
    chain = laboratory.chain
    fees = chain.quote()
    once = chain.prepare(LOG_ID, 5, root_of(5), nonce=3, fees=fees)
    assert chain.prepare(LOG_ID, 5, root_of(5), nonce=3, fees=fees) == once
    assert chain.prepare(LOG_ID, 5, root_of(5), nonce=4, fees=fees).tx_hash != once.tx_hash


def test_preparing_sends_nothing(laboratory: Laboratory) -> None:
    chain = laboratory.chain
    signed = chain.prepare(LOG_ID, 5, root_of(5), nonce=0, fees=chain.quote())
    laboratory.mine()
    assert chain.inclusion(signed.tx_hash) is None
    assert chain.next_nonce() == 0


def test_an_anchor_is_found_by_transaction_by_size_and_as_the_head(laboratory: Laboratory) -> None:
    chain = laboratory.chain
    tx_hash = anchor(laboratory, 5)
    anchor(laboratory, 9)
    inclusion = chain.inclusion(tx_hash)
    assert inclusion is not None
    assert inclusion.succeeded
    block = chain.block_at(inclusion.block_number)
    assert block is not None
    assert block.hash == inclusion.block_hash
    assert chain.root_at(LOG_ID, 5) == root_of(5)
    assert chain.root_at(LOG_ID, 7) is None
    assert chain.head(LOG_ID) == Head(9, root_of(9))


def test_the_same_bytes_sent_again_are_quiet_and_change_nothing(laboratory: Laboratory) -> None:
    chain = laboratory.chain
    laboratory.hold()
    signed = chain.prepare(LOG_ID, 5, root_of(5), nonce=0, fees=chain.quote())
    chain.send(signed.raw)
    chain.send(signed.raw)
    laboratory.mine()
    chain.send(signed.raw)
    laboratory.mine()
    assert laboratory.anchored() == [(5, root_of(5))]
    assert chain.next_nonce() == 1


def test_a_smaller_or_equal_size_is_included_and_changes_nothing(laboratory: Laboratory) -> None:
    anchor(laboratory, 5)
    for size in (5, 4):
        inclusion = laboratory.chain.inclusion(anchor(laboratory, size))
        assert inclusion is not None
        assert not inclusion.succeeded
    assert laboratory.anchored() == [(5, root_of(5))]


def test_blocks_become_final_by_the_configured_rule(laboratory: Laboratory) -> None:
    inclusion = laboratory.chain.inclusion(anchor(laboratory, 5))
    assert inclusion is not None
    height = inclusion.block_number
    laboratory.mine()
    assert (laboratory.chain.final_height() or 0) < height
    laboratory.mine()
    assert laboratory.chain.final_height() == height


def test_no_block_stands_above_the_newest(laboratory: Laboratory) -> None:
    newest = laboratory.chain.latest()
    assert laboratory.chain.block_at(newest.number) == newest
    assert laboratory.chain.block_at(newest.number + 1) is None


def test_a_reorganised_block_takes_its_anchor_with_it(laboratory: Laboratory) -> None:
    chain = laboratory.chain
    tx_hash = anchor(laboratory, 5)
    before = chain.latest()
    laboratory.reorg(1)
    after = chain.block_at(before.number)
    assert after is not None
    assert after.hash != before.hash
    assert chain.inclusion(tx_hash) is None
    assert chain.root_at(LOG_ID, 5) is None


def test_a_chain_that_does_not_answer_is_unreachable(laboratory: Laboratory) -> None:
    laboratory.fail("down", 1)
    with pytest.raises(ChainUnreachable):
        laboratory.chain.head(LOG_ID)


def test_a_lost_answer_is_unreachable_although_the_bytes_arrived(laboratory: Laboratory) -> None:
    laboratory.fail("lose answer")
    with pytest.raises(ChainUnreachable):
        anchor(laboratory, 5)
    assert laboratory.anchored() == [(5, root_of(5))]


def test_a_refusal_says_why_in_our_own_words(laboratory: Laboratory) -> None:
    laboratory.fail("refuse")
    with pytest.raises(ChainError, match=r"insufficient funds \(code -32000\)"):
        anchor(laboratory, 5)


def test_the_pinned_identity_is_recognised(laboratory: Laboratory) -> None:
    pinned = laboratory.chain.identity()
    assert verify_identity(laboratory.chain, pinned) == pinned


@pytest.mark.parametrize("part", ["chain_id", "genesis", "contract", "code_hash"])
def test_another_chain_contract_or_code_is_refused(laboratory: Laboratory, part: str) -> None:
    found = laboratory.chain.identity()
    changed = {"chain_id": 1, "genesis": bytes(32), "contract": STRANGER, "code_hash": bytes(32)}[part]
    with pytest.raises(ChainError, match=part):
        verify_identity(laboratory.chain, replace(found, **{part: changed}))  # type: ignore[arg-type]  # by name


def test_a_development_chain_says_so_in_its_name_with_its_finality(laboratory: Laboratory) -> None:
    assert laboratory.chain.development
    assert "development chain" in laboratory.chain.name
    assert "depth:2" in laboratory.chain.name


def test_the_writer_is_known(laboratory: Laboratory) -> None:
    assert laboratory.chain.writer_of(LOG_ID) == laboratory.chain.account
    laboratory.appoint(STRANGER)
    assert laboratory.chain.writer_of(LOG_ID) == STRANGER
