"""A stranger asks the chain, and believes no word of the vault that the chain does not repeat."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from anchor.chain.port import log_id_of
from anchor.chain.standing import verify_standing
from anchor.errors import ChainError, ChainUnreachable, ProofError
from anchor.records.anchored import Anchor
from anchor.records.trust import ChainTrust
from tests.anchor.chain.laboratories import LOG_ID, ORIGIN, STRANGER, Laboratory, root_of


def anchored(laboratory: Laboratory) -> Anchor:
    """Anchor a root, and what an honest vault would say of it."""
    chain = laboratory.chain
    signed = chain.prepare(LOG_ID, 100, root_of(100), nonce=chain.next_nonce(), fees=chain.quote())
    chain.send(signed.raw)
    inclusion, identity = chain.inclusion(signed.tx_hash), chain.identity()
    assert inclusion is not None
    return Anchor(
        log=ORIGIN,
        size=100,
        root=root_of(100),
        chain_id=identity.chain_id,
        chain="a chain",
        development=True,
        contract=identity.contract,
        transaction=signed.tx_hash,
        block=inclusion.block_number,
        block_hash=inclusion.block_hash,
        finality="depth:2",
        time=datetime(2027, 3, 14, tzinfo=UTC),
    )


def trust_in(laboratory: Laboratory) -> ChainTrust:
    found = laboratory.chain.identity()
    return ChainTrust(
        id=found.chain_id,
        name="a chain",
        development=True,
        contract=found.contract,
        code_hash=found.code_hash,
    )


def test_a_log_is_named_by_its_origin() -> None:
    assert log_id_of(ORIGIN) == LOG_ID


def test_an_anchor_that_stands_is_found_with_its_block_and_finality(laboratory: Laboratory) -> None:
    said, trusted = anchored(laboratory), trust_in(laboratory)
    standing = verify_standing(laboratory.chain, said, trusted)
    assert standing.block.hash == said.block_hash
    assert not standing.final
    assert standing.development
    assert "development chain" in standing.chain
    laboratory.mine(2)
    assert verify_standing(laboratory.chain, said, trusted).final


def test_each_part_of_the_vaults_word_is_held_against_the_chain(laboratory: Laboratory) -> None:
    said, trusted = anchored(laboratory), trust_in(laboratory)
    lies = [
        replace(said, log="other.example/log"),
        replace(said, size=101),
        replace(said, size=99),
        replace(said, root=root_of(101)),
        replace(said, transaction=b"\x07" * 32),
        replace(said, block=said.block - 1),
        replace(said, block_hash=b"\x07" * 32),
    ]
    for lie in lies:
        with pytest.raises(ProofError):
            verify_standing(laboratory.chain, lie, trusted)


def test_a_reverted_transaction_is_no_anchor(laboratory: Laboratory) -> None:
    said, trusted = anchored(laboratory), trust_in(laboratory)
    chain = laboratory.chain
    again = chain.prepare(LOG_ID, 100, root_of(100), nonce=chain.next_nonce(), fees=chain.quote())
    chain.send(again.raw)
    with pytest.raises(ProofError, match="successful"):
        verify_standing(chain, replace(said, transaction=again.tx_hash), trusted)


def test_an_anchor_that_the_chain_lost_stands_no_more(laboratory: Laboratory) -> None:
    said, trusted = anchored(laboratory), trust_in(laboratory)
    laboratory.reorg(1)
    with pytest.raises(ProofError):
        verify_standing(laboratory.chain, said, trusted)


def test_another_chain_contract_or_code_says_nothing(laboratory: Laboratory) -> None:
    said, trusted = anchored(laboratory), trust_in(laboratory)
    others = [
        replace(trusted, id=1),
        replace(trusted, contract=STRANGER),
        replace(trusted, code_hash=b"\x07" * 32),
    ]
    for other in others:
        with pytest.raises(ChainError, match="not the trusted chain"):
            verify_standing(laboratory.chain, said, other)


def test_silence_is_unknown_and_neither_yes_nor_no(laboratory: Laboratory) -> None:
    said, trusted = anchored(laboratory), trust_in(laboratory)
    laboratory.fail("down")
    with pytest.raises(ChainUnreachable):
        verify_standing(laboratory.chain, said, trusted)
