"""The page of the contract says what the code does: its example, its selectors, its events, its code hash."""

import re
from base64 import b64decode
from pathlib import Path

import pytest

from anchor.chain import evm_contract as contract
from anchor.chain.keccak import keccak256
from anchor.chain.port import log_id_of

PAGE = (Path(__file__).parents[2] / "docs/spec/anchor-contract.md").read_text()
ORIGIN = "log.vault.example/evidence"
ROOT = b64decode("TmLx3OCceW+tjjrhPBwadAtLJdF+otBsRLm2DFBSx5g=")


def examples() -> list[bytes]:
    """The call data in the page's code blocks."""
    blocks = re.findall(r"```\n(.*?)```", PAGE, flags=re.DOTALL)
    words = (" ".join(line.split()[0] for line in block.splitlines()) for block in blocks)
    return [bytes.fromhex(text) for text in words if not text.startswith("0x")]


def test_the_examples_are_the_calls_that_are_made() -> None:
    log_id = log_id_of(ORIGIN)
    assert examples() == [contract.anchor_data(log_id, 1000, ROOT), contract.root_at_data(log_id, 1000)]


def test_the_code_hash_is_the_committed_one() -> None:
    assert f"0x{contract.artifact().code_hash.hex()}" in PAGE


@pytest.mark.parametrize("row", re.findall(r"^\| `(\w+\(.*?)` \| `([0-9a-f]+)`", PAGE, flags=re.MULTILINE))
def test_each_selector_and_topic_belongs_to_its_name(row: tuple[str, str]) -> None:
    said, digest = row
    name, arguments = re.fullmatch(r"(\w+)\((.*?)\).*", said).groups()  # type: ignore[union-attr]  # as found
    types = ",".join(argument.split()[0] for argument in arguments.split(",") if argument)
    assert keccak256(f"{name}({types})".encode()).hex().startswith(digest)


def test_all_functions_and_events_are_on_the_page() -> None:
    rows = re.findall(r"^\| `(\w+)\(", PAGE, flags=re.MULTILINE)
    assert len(rows) == 8
