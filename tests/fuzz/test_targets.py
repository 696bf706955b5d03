"""The fuzzer's targets are alive: good inputs pass, and none is refused by accident."""

import pytest

from tests.fuzz.targets import TARGETS


@pytest.mark.parametrize("name", TARGETS)
def test_every_target_has_seeds_and_reads_one_of_them(name: str) -> None:
    target = TARGETS[name]
    read = 0
    for seed in target.seeds():
        try:
            target.run(seed)
        except target.refusals:
            continue
        read += 1
    assert read or name in {"note-line", "verifier-key", "block-header", "witness-request"}
    assert list(target.seeds())


@pytest.mark.parametrize("name", TARGETS)
def test_bytes_that_are_nothing_are_refused_with_a_typed_error(name: str) -> None:
    target = TARGETS[name]
    for raw in (b"", b"\0", b"\xff" * 100, b"{" * 5000, b"[" * 100_000):
        try:
            target.run(raw)
        except target.refusals:
            continue
