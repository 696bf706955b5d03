"""The contract's promises, on a real node: sizes grow, nothing is overwritten, the writer alone writes."""

from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anchor.chain import evm_contract as contract
from anchor.chain.evm_rpc import RpcRefusedError, read_bytes, read_quantity, to_hex
from anchor.chain.keccak import keccak256
from anchor.chain.port import Head
from tests.contracts.deployed import ADMIN, STRANGER, WRITER, Actor, Deployed, gas_of, succeeded

ROOT = sha256(b"a root").digest()
OTHER_ROOT = sha256(b"another root").digest()
NOBODY = bytes(20)


# ── one test for each assert ─────────────────────────────────────────────────


def test_a_contract_without_an_admin_is_not_created(deployed: Deployed) -> None:
    creation = to_hex(contract.creation_data(NOBODY))
    with pytest.raises(RpcRefusedError) as refused:
        deployed.rpc.call("eth_call", {"from": to_hex(ADMIN.address), "data": creation}, "latest")
    assert "no admin" in refused.value.reason


@pytest.mark.parametrize("actor", [WRITER, STRANGER])
def test_only_the_admin_appoints_not_even_the_writer_its_successor(deployed: Deployed, actor: Actor) -> None:
    log_id = deployed.new_log()
    assert "not the admin" in deployed.refusal(actor, contract.appoint_data(log_id, STRANGER.address))
    assert not succeeded(deployed.appoint(log_id, STRANGER.address, by=actor))
    assert deployed.reader.writer_of(log_id) == WRITER.address


@pytest.mark.parametrize("actor", [ADMIN, STRANGER])
def test_only_the_writer_anchors_not_even_the_admin(deployed: Deployed, actor: Actor) -> None:
    log_id = deployed.new_log()
    assert "not the writer" in deployed.refusal(actor, contract.anchor_data(log_id, 1, ROOT))
    assert not succeeded(deployed.anchor(log_id, 1, ROOT, by=actor))
    assert deployed.reader.head(log_id).size == 0


@pytest.mark.parametrize("size", [4, 5])
def test_a_size_that_does_not_grow_is_refused(deployed: Deployed, size: int) -> None:
    log_id = deployed.new_log()
    deployed.anchor(log_id, 5, ROOT)
    assert "size must grow" in deployed.refusal(WRITER, contract.anchor_data(log_id, size, OTHER_ROOT))
    assert not succeeded(deployed.anchor(log_id, size, OTHER_ROOT))
    assert deployed.reader.head(log_id) == Head(5, ROOT)
    assert deployed.reader.root_at(log_id, 4) is None


def test_size_zero_is_refused(deployed: Deployed) -> None:
    log_id = deployed.new_log()
    zero = contract.anchor_data(log_id, 1, ROOT)[:36] + bytes(32) + ROOT
    assert "size must grow" in deployed.refusal(WRITER, zero)


def test_a_root_of_zeros_is_refused(deployed: Deployed) -> None:
    log_id = deployed.new_log()
    empty = contract.anchor_data(log_id, 1, ROOT)[:-32] + bytes(32)
    assert "no root" in deployed.refusal(WRITER, empty)
    assert not succeeded(deployed.transact(WRITER, empty))


def test_a_size_beyond_64_bits_is_refused(deployed: Deployed) -> None:
    log_id = deployed.new_log()
    huge = contract.anchor_data(log_id, 1, ROOT)[:36] + (2**64).to_bytes(32) + ROOT
    assert deployed.refusal(WRITER, huge)


# ── what stays readable ──────────────────────────────────────────────────────


def test_every_root_stays_readable_and_the_head_is_the_newest(deployed: Deployed) -> None:
    log_id = deployed.new_log()
    roots = {size: sha256(str(size).encode()).digest() for size in (1, 2, 1000, 2**63 - 1)}
    for size, root in roots.items():
        assert succeeded(deployed.anchor(log_id, size, root))
    assert {size: deployed.reader.root_at(log_id, size) for size in roots} == roots
    assert deployed.reader.head(log_id) == Head(2**63 - 1, roots[2**63 - 1])
    assert deployed.reader.root_at(log_id, 3) is None


def test_logs_do_not_see_each_other(deployed: Deployed) -> None:
    one, other = deployed.new_log(), deployed.new_log(STRANGER)
    deployed.anchor(one, 7, ROOT)
    assert deployed.reader.head(other).size == 0
    assert not succeeded(deployed.anchor(other, 8, ROOT, by=WRITER))
    assert succeeded(deployed.anchor(other, 3, OTHER_ROOT, by=STRANGER))
    assert deployed.reader.head(one) == Head(7, ROOT)


def test_a_new_writer_goes_on_where_the_old_one_stopped(deployed: Deployed) -> None:
    log_id = deployed.new_log()
    deployed.anchor(log_id, 5, ROOT)
    deployed.appoint(log_id, STRANGER.address)
    assert not succeeded(deployed.anchor(log_id, 6, OTHER_ROOT, by=WRITER))
    assert not succeeded(deployed.anchor(log_id, 5, OTHER_ROOT, by=STRANGER))
    assert succeeded(deployed.anchor(log_id, 6, OTHER_ROOT, by=STRANGER))
    assert deployed.reader.root_at(log_id, 5) == ROOT


def test_a_log_without_a_writer_is_closed_for_writing_and_open_for_reading(deployed: Deployed) -> None:
    log_id = deployed.new_log()
    deployed.anchor(log_id, 5, ROOT)
    deployed.appoint(log_id, NOBODY)
    assert deployed.reader.writer_of(log_id) is None
    assert not succeeded(deployed.anchor(log_id, 6, OTHER_ROOT))
    assert deployed.reader.head(log_id) == Head(5, ROOT)


def test_a_log_nobody_was_appointed_for_cannot_be_written(deployed: Deployed) -> None:
    log_id = deployed.new_log(writer=None)
    assert "not the writer" in deployed.refusal(WRITER, contract.anchor_data(log_id, 1, ROOT))


def test_an_anchor_shows_as_an_event(deployed: Deployed) -> None:
    log_id = deployed.new_log()
    (event,) = deployed.anchor(log_id, 5, ROOT)["logs"]
    name, seen_log, size = event["topics"]
    assert read_bytes(name) == keccak256(b"Anchored(bytes32,uint64,bytes32)")
    assert (read_bytes(seen_log), read_quantity(size), read_bytes(event["data"])) == (log_id, 5, ROOT)


def test_an_appointment_shows_as_an_event(deployed: Deployed) -> None:
    log_id = deployed.new_log(writer=None)
    (event,) = deployed.appoint(log_id, STRANGER.address)["logs"]
    assert read_bytes(event["topics"][0]) == keccak256(b"Appointed(bytes32,address)")
    assert read_bytes(event["topics"][1]) == log_id
    assert read_bytes(event["topics"][2])[-20:] == STRANGER.address


def test_the_admin_is_readable(deployed: Deployed) -> None:
    call = {"to": to_hex(deployed.address), "data": to_hex(keccak256(b"admin()")[:4])}
    assert read_bytes(deployed.rpc.call("eth_call", call, "latest"))[-20:] == ADMIN.address


def test_it_keeps_no_money(deployed: Deployed) -> None:
    log_id = deployed.new_log()
    call = {
        "from": to_hex(WRITER.address),
        "to": to_hex(deployed.address),
        "data": to_hex(contract.anchor_data(log_id, 1, ROOT)),
        "value": "0x1",
    }
    with pytest.raises(RpcRefusedError):
        deployed.rpc.call("eth_call", call, "latest")


# ── the law ──────────────────────────────────────────────────────────────────

said = st.tuples(
    st.sampled_from([WRITER, STRANGER, ADMIN]), st.integers(1, 12), st.sampled_from([ROOT, OTHER_ROOT])
)


@settings(max_examples=20)
@given(script=st.lists(said, max_size=12))
def test_whatever_is_tried_sizes_only_grow_and_nothing_said_is_changed(
    deployed: Deployed, script: list[tuple[Actor, int, bytes]]
) -> None:
    log_id = deployed.new_log()
    kept: dict[int, bytes] = {}
    for actor, size, root in script:
        allowed = actor is WRITER and size > max(kept, default=0)
        assert succeeded(deployed.anchor(log_id, size, root, by=actor)) == allowed
        if allowed:
            kept[size] = root
    newest = max(kept, default=0)
    assert deployed.reader.head(log_id) == Head(newest, kept.get(newest, bytes(32)))
    found = {size: deployed.reader.root_at(log_id, size) for size in range(1, 13)}
    assert found == {size: kept.get(size) for size in range(1, 13)}


# ── what it costs ────────────────────────────────────────────────────────────


def test_gas_stays_as_the_specification_says(deployed: Deployed) -> None:
    log_id = deployed.new_log(writer=None)
    appointed = gas_of(deployed.appoint(log_id, WRITER.address))
    first = gas_of(deployed.anchor(log_id, 1_000, ROOT))
    later = gas_of(deployed.anchor(log_id, 1_000_000, OTHER_ROOT))
    refused = gas_of(deployed.anchor(log_id, 1, ROOT))
    # The same for any batch; the last digits depend on how many zero bytes the call has.
    assert appointed == pytest.approx(48_400, abs=500)
    assert first == pytest.approx(70_900, abs=100)
    assert later == pytest.approx(53_800, abs=100)
    assert refused < 30_000
