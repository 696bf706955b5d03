"""Everything at once, in any order: whatever happens, every anchor arrives, and none twice."""

from contextlib import suppress
from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from anchor.chain.memory import Fault
from anchor.chain.outbox import Become
from anchor.errors import ChainError
from tests.anchor.chain.laboratories import MemoryLaboratory, root_of
from tests.anchor.chain.worker import Killed, Mortal, Worker

faults: st.SearchStrategy[Fault] = st.sampled_from(["down", "drop", "lose answer", "refuse", "revert", "lie"])
calls = st.sampled_from(["plan", "add_attempt", "write", "send", "inclusion", "latest", "prepare"])


class LongRun(RuleBasedStateMachine):
    """A worker that dies, a chain that forgets, and somebody else with the same key."""

    @initialize(fees=st.booleans(), automine=st.booleans())
    def begin(self, fees: bool, automine: bool) -> None:
        self.laboratory = MemoryLaboratory()
        self.chain = self.laboratory.chain
        self.chain.base_fee_wei = 10**9 if fees else 0
        self.chain.automine = automine
        self.worker = Worker(self.laboratory)
        self.size = 0

    @rule(more=st.integers(1, 50))
    def log_grows_and_plans(self, more: int) -> None:
        self.size += more
        self.worker.plan(self.size)

    @rule(times=st.integers(1, 4))
    def steps(self, times: int) -> None:
        for _ in range(times):
            self.step_through_trouble()

    @rule(call=calls, before=st.booleans())
    def dies_at(self, call: str, before: bool) -> None:
        side = {"before": call} if before else {"after": call}
        on_store = call in {"plan", "add_attempt", "write"}
        mortal = Mortal(self.worker.store if on_store else self.chain, **side)
        doomed = self.worker.outbox(store=mortal) if on_store else self.worker.outbox(chain=mortal)
        self.size += 1
        with suppress(Killed, ChainError):
            doomed.plan(self.size, root_of(self.size))
            doomed.step(self.worker.now)

    @rule(blocks=st.integers(1, 4))
    def blocks_come(self, blocks: int) -> None:
        self.chain.mine(blocks)

    @rule(depth=st.integers(1, 8), keep=st.booleans())
    def blocks_go(self, depth: int, keep: bool) -> None:
        height = self.chain._blocks[-1].block.number
        if height:
            self.chain.reorg(min(depth, height), keep=keep)

    @rule(fault=faults, times=st.integers(1, 3))
    def something_fails(self, fault: Fault, times: int) -> None:
        self.chain.fail(fault, times)

    @rule(blocks=st.integers(0, 3))
    def blocks_are_full(self, blocks: int) -> None:
        self.chain.delay(blocks)

    @rule()
    def somebody_uses_the_key(self) -> None:
        self.chain.spend_nonce()

    @precondition(lambda self: self.chain.base_fee_wei)
    @rule(factor=st.sampled_from([2, 5]))
    def fees_jump(self, factor: int) -> None:
        self.chain.base_fee_wei = min(self.chain.base_fee_wei * factor, 20 * 10**9)

    @rule(minutes=st.integers(0, 10))
    def time_passes(self, minutes: int) -> None:
        self.worker.now += timedelta(minutes=minutes)

    @rule()
    def is_audited(self) -> None:
        with suppress(ChainError):
            self.worker.outbox().audit(self.worker.now)

    @invariant()
    def no_size_is_anchored_twice_and_every_root_is_ours(self) -> None:
        included = [
            inclusion for inclusion in self.chain._replay().inclusions.values() if inclusion.succeeded
        ]
        anchored = self.chain.anchored()
        assert len(included) == len(anchored)
        assert all(root == root_of(size) for size, root in anchored)
        assert [size for size, _ in anchored] == sorted({size for size, _ in anchored})

    def teardown(self) -> None:
        """Then calm returns, and everything settles."""
        if not hasattr(self, "worker"):
            return
        for fault in ("down", "drop", "lose answer", "refuse", "revert", "lie"):
            self.chain.fail(fault, 0)
        self.chain.delay(0)
        for _ in range(80):
            self.chain.mine()
            self.step_through_trouble()
            lost = self.worker.outbox().audit(self.worker.now)
            assert all(anchor.status == "final" for anchor in lost)
        self.no_size_is_anchored_twice_and_every_root_is_ours()
        anchors = self.worker.store.all()
        assert {anchor.status for anchor in anchors} <= {"final", "covered"}
        assert {a.size for a in anchors if a.status == "final"} == {size for size, _ in self.chain.anchored()}
        assert not anchors or anchors[-1].status == "final"
        assert not any(isinstance(move, Become) for move in self.worker.step())

    def step_through_trouble(self) -> None:
        with suppress(ChainError):
            self.worker.step()


TestLongRun = LongRun.TestCase
