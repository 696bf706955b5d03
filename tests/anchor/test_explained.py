"""The steps a reader can follow by hand, and the chain asked in her stead."""

from hashlib import sha256

import pytest

from anchor.__main__ import PROVED, REFUSED, USAGE, main
from anchor.explained import climb, explained
from anchor.log import Log, MemoryLogStore
from anchor.merkle import leaf_hash
from anchor.records.trust import read_trust
from anchor.verify import verify
from tests.vectors.build_proofs import FOLDER

TRUST = FOLDER / "trust.json"


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 9, 300])
def test_every_climb_ends_at_the_root(size: int) -> None:
    log = Log("log.example", MemoryLogStore())
    entries = [bytes([1]) + number.to_bytes(32, "big") for number in range(size)]
    log.append(entries)
    for index, entry in enumerate(entries):
        steps = list(climb(leaf_hash(entry), index, size, log.inclusion(index, size)))
        assert (steps[-1][2] if steps else leaf_hash(entry)) == log.root(size)
        assert all(sha256(b"\x01" + left + right).digest() == node for left, right, node in steps)


@pytest.mark.parametrize(
    "name", ["use", "use_anchored", "closing", "block_sealed", "partner_rotated_before_the_grant_and_after"]
)
def test_the_eight_steps_are_told_with_their_hashes(name: str) -> None:
    raw, trust = (FOLDER / f"{name}.tlog-proof").read_bytes(), read_trust(TRUST.read_bytes())
    verified = verify(raw, trust)
    told = explained(raw, verified, trust)
    assert [line[:3] for line in told.split("\n") if line.startswith("(")] == [f"({n})" for n in range(1, 9)]
    for shown in (
        verified.receipt.hash,
        verified.receipt.entry,
        verified.grant.hash,
        verified.checkpoint.root,
    ):
        assert shown.hex() in told


def test_it_is_told_on_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", str(FOLDER / "use.tlog-proof"), "--trust", str(TRUST), "--explain"]) == PROVED
    assert "(7) no anchor goes with it" in capsys.readouterr().out


def test_without_an_anchor_there_is_nothing_to_ask(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = [
        "verify",
        str(FOLDER / "use.tlog-proof"),
        "--trust",
        str(TRUST),
        "--rpc",
        "http://127.0.0.1:9",
    ]
    assert main(arguments) == REFUSED
    assert "nothing to ask" in capsys.readouterr().out
    assert main([*arguments, "--finality", "soon"]) == USAGE


def test_a_node_that_does_not_answer_proves_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    file = str(FOLDER / "use_anchored.tlog-proof")
    assert main(["verify", file, "--trust", str(TRUST), "--rpc", "http://127.0.0.1:9"]) == REFUSED
    assert "NOT PROVED" in capsys.readouterr().out
