"""The law of chains: only the next receipt continues one, and every other is named for what it is."""

from datetime import UTC, datetime
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st
from planetvault.chains import Head, next_in_grant, next_of_owner
from planetvault.errors import LinkBroken, ReceiptAfterClosing, ReceiptBroken, ReceiptForked, ReceiptGap

from anchor.keys import SigningKey
from anchor.records.signed import Signed, sign
from anchor.records.usage import OwnerLink, Receipt, owner_link_of

KEY = SigningKey(bytes(32))
LENGTH = 6


def link(seq: int, prev: bytes | None) -> OwnerLink:
    return OwnerLink(seq, prev, bytes(31) + bytes([seq]))


def receipt(seq: int, prev: bytes | None, *, closing: bool = False) -> Signed[Receipt]:
    return sign(
        Receipt(
            vault="vault.example",
            grant=bytes(32),
            use=None if closing else bytes([seq]) * 32,
            revocation=bytes(32) if closing else None,
            partner="music.example",
            purpose=None,
            opened=(),
            price=0,
            fee=0,
            currency="USD",
            seq=seq,
            prev=prev,
            owner_link=owner_link_of(link(seq, prev)),
            time=datetime(2027, 3, 14, tzinfo=UTC),
            salt=bytes(32),
        ),
        KEY,
    )


@cache
def chain() -> tuple[Signed[Receipt], ...]:
    receipts: list[Signed[Receipt]] = []
    for seq in range(1, LENGTH + 1):
        receipts.append(receipt(seq, receipts[-1].hash if receipts else None))
    return tuple(receipts)


def walk(receipts: tuple[Signed[Receipt], ...]) -> Head:
    head = Head()
    for one in receipts:
        head = next_in_grant(head, one)
    return head


def test_a_whole_chain_is_walked_to_its_end() -> None:
    assert walk(chain()) == Head(LENGTH, chain()[-1].hash)


@given(st.permutations(range(LENGTH)), st.integers(0, LENGTH))
def test_no_other_order_and_no_omission_is_a_chain(order: list[int], length: int) -> None:
    picked = order[:length]
    if picked == list(range(length)):
        assert walk(tuple(chain()[i] for i in picked)).seq == length
        return
    with pytest.raises(ReceiptBroken):
        walk(tuple(chain()[i] for i in picked))


@given(st.integers(0, LENGTH - 1), st.integers(0, LENGTH - 1))
def test_after_a_head_only_the_next_receipt_follows(at: int, other: int) -> None:
    head = walk(chain()[:at])
    if other == at:
        assert next_in_grant(head, chain()[other]).seq == at + 1
        return
    with pytest.raises(ReceiptGap if other > at else ReceiptForked):
        next_in_grant(head, chain()[other])


def test_the_gap_says_how_many_are_missing() -> None:
    with pytest.raises(ReceiptGap, match="3 receipts are missing before number 5"):
        next_in_grant(walk(chain()[:1]), chain()[4])


def test_a_receipt_in_the_right_place_after_another_one_is_a_fork() -> None:
    with pytest.raises(ReceiptForked):
        next_in_grant(walk(chain()[:1]), receipt(2, bytes(32)))


def test_nothing_follows_the_receipt_that_closes() -> None:
    closed = next_in_grant(walk(chain()), receipt(LENGTH + 1, chain()[-1].hash, closing=True))
    assert closed.closed
    with pytest.raises(ReceiptAfterClosing):
        next_in_grant(closed, receipt(LENGTH + 2, closed.hash))


def test_the_owners_chain_opens_the_commitment_of_each_receipt() -> None:
    head = Head()
    for one in chain():
        head = next_of_owner(head, link(one.record.seq, one.record.prev), one)
    assert head.seq == LENGTH


@pytest.mark.parametrize(
    "wrong",
    [OwnerLink(2, bytes(32), bytes(32)), OwnerLink(1, None, bytes(32)), OwnerLink(1, bytes(32), bytes(32))],
)
def test_a_place_the_receipt_did_not_commit_to_is_refused(wrong: OwnerLink) -> None:
    with pytest.raises(LinkBroken):
        next_of_owner(Head(), wrong, chain()[0])


@given(st.builds(Head, st.integers(0, 2**53), st.none() | st.binary(min_size=32, max_size=32), st.booleans()))
def test_a_head_is_read_as_it_was_written(head: Head) -> None:
    assert Head.read(bytes(head)) == head


def test_no_head_is_the_begin_of_a_chain() -> None:
    assert Head.read(None) == Head() == Head(0, None)
