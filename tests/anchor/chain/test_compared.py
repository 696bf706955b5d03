"""Two nodes of one chain: nothing is believed that they do not both say."""

from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from anchor.chain.compared import ChainDisagreement, ComparedChain
from anchor.chain.finality import Finality
from anchor.chain.memory import MemoryChain
from anchor.chain.memory_store import MemoryAnchorStore
from anchor.chain.outbox import Outbox
from anchor.chain.port import Block, Head
from anchor.errors import ChainUnreachable
from tests.anchor.chain.laboratories import LOG_ID, root_of

NOW = datetime(2027, 3, 14, tzinfo=UTC)


class Liar:
    """A node that says one thing of its own, and repeats another's words otherwise."""

    def __init__(self, honest: MemoryChain, **lies: Any) -> None:
        self._honest, self._lies = honest, lies

    def __getattr__(self, name: str) -> Any:
        said = getattr(self._honest, name)
        if name not in self._lies:
            return said
        return lambda *_: self._lies[name]


def chain() -> MemoryChain:
    return MemoryChain(Finality.parse("depth:2"))


def anchored(on: MemoryChain) -> bytes:
    signed = on.prepare(LOG_ID, 100, root_of(100), nonce=on.next_nonce(), fees=on.quote())
    on.send(signed.raw)
    return signed.tx_hash


def test_two_honest_nodes_say_what_one_says() -> None:
    node = chain()
    tx_hash = anchored(node)
    node.mine(3)
    both = ComparedChain(node, node)
    assert both.head(LOG_ID) == node.head(LOG_ID)
    assert both.root_at(LOG_ID, 100) == root_of(100)
    assert both.inclusion(tx_hash) == node.inclusion(tx_hash)
    assert both.final_height() == node.final_height()
    assert both.latest() == node.latest()
    assert both.identity() == node.identity()


@pytest.mark.parametrize(
    ("name", "lie", "asked"),
    [
        ("head", Head(100, root_of(7)), (LOG_ID,)),
        ("root_at", root_of(7), (LOG_ID, 100)),
        ("writer_of", bytes(20), (LOG_ID,)),
        ("block_at", Block(1, root_of(7), 0), (1,)),
        ("latest", Block(1, root_of(7), 0), ()),
    ],
    ids=["head", "root", "writer", "block", "latest"],
)
def test_a_node_that_tells_another_story_is_not_believed_and_neither_is_the_other(
    name: str, lie: object, asked: tuple[object, ...]
) -> None:
    node = chain()
    anchored(node)
    for pair in ((node, Liar(node, **{name: lie})), (Liar(node, **{name: lie}), node)):
        both = ComparedChain(*pair)
        with pytest.raises(ChainDisagreement):
            getattr(both, name)(*asked)


def test_another_chain_behind_the_second_node_is_noticed_at_once() -> None:
    node = chain()
    other = replace(node.identity(), genesis=bytes(32))
    with pytest.raises(ChainDisagreement):
        ComparedChain(node, Liar(node, identity=other)).identity()


def test_an_invented_inclusion_is_held_against_the_other_node() -> None:
    honest = chain()
    honest.automine = False
    signed = honest.prepare(LOG_ID, 100, root_of(100), nonce=0, fees=honest.quote())
    honest.send(signed.raw)
    lying = deepcopy(honest)
    lying.fail("lie")
    assert deepcopy(lying).inclusion(signed.tx_hash) is not None
    assert ComparedChain(lying, honest).inclusion(signed.tx_hash) is None


def test_a_node_that_lags_behind_makes_nothing_final_and_contradicts_nobody() -> None:
    ahead = chain()
    behind = deepcopy(ahead)
    tx_hash = anchored(ahead)
    ahead.mine(5)
    both = ComparedChain(ahead, behind)
    assert both.head(LOG_ID) == Head(0, bytes(32))
    assert both.root_at(LOG_ID, 100) is None
    assert both.inclusion(tx_hash) is None
    assert both.latest() == behind.latest()
    assert both.final_height() == behind.final_height()


def test_a_second_node_that_does_not_answer_leaves_everything_unknown() -> None:
    node, silent = chain(), chain()
    silent.fail("down", 100)
    with pytest.raises(ChainUnreachable):
        ComparedChain(node, silent).head(LOG_ID)


def test_an_anchor_becomes_final_only_when_both_nodes_say_so() -> None:
    first = chain()
    store = MemoryAnchorStore()
    both = ComparedChain(first, first)
    outbox = Outbox(store, both, LOG_ID, root_of)
    outbox.plan(100, root_of(100))
    outbox.step(NOW)
    outbox.step(NOW)
    split = Liar(first, block_at=Block(1, root_of(7), 0))
    doubting = Outbox(store, ComparedChain(first, split), LOG_ID, root_of)
    first.mine(5)
    with pytest.raises(ChainDisagreement):
        doubting.step(NOW + timedelta(seconds=1))
    assert [anchor.size for anchor in store.final(1)] == []
    outbox.step(NOW + timedelta(seconds=2))
    assert [anchor.size for anchor in store.final(1)] == [100]
