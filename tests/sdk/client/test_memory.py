"""What a client remembers survives, whole or not at all, on disk as in RAM."""

import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from planetvault.errors import MemoryFault, MemoryMoved
from planetvault.memory import FileMemory, Memory, RamMemory

NAMES = st.sampled_from(["a", "a/1", "a/2", "b", "ab", "é"])
CHANGES = st.dictionaries(NAMES, st.none() | st.binary(max_size=20), max_size=4)


@pytest.fixture(params=["ram", "file"])
def memory(request: pytest.FixtureRequest, tmp_path: Path) -> Memory:
    return RamMemory() if request.param == "ram" else FileMemory(tmp_path / "a" / "memory")


def test_what_was_put_is_there_and_what_was_not_is_none(memory: Memory) -> None:
    memory.put({"head": b"1", "tail": b"2"})
    memory.put({"head": b"3", "tail": None})
    assert (memory.get("head"), memory.get("tail")) == (b"3", None)


def test_names_under_a_prefix_come_in_their_order(memory: Memory) -> None:
    memory.put({f"receipt/{n:03d}": bytes([n]) for n in (3, 1, 2)} | {"receipts": b"", "recei": b""})
    assert memory.under("receipt/") == {f"receipt/{n:03d}": bytes([n]) for n in (1, 2, 3)}
    assert len(memory.under("")) == 5


@pytest.mark.parametrize("expected", [{"head": b"0"}, {"head": None}, {"tail": b"1"}])
def test_a_write_on_top_of_another_than_expected_writes_nothing(
    memory: Memory, expected: dict[str, bytes | None]
) -> None:
    memory.put({"head": b"1"})
    with pytest.raises(MemoryMoved):
        memory.put({"head": b"2", "new": b"3"}, expected=expected)
    assert (memory.get("head"), memory.get("new")) == (b"1", None)


def test_a_write_on_top_of_what_was_expected_is_done(memory: Memory) -> None:
    memory.put({"head": b"1"}, expected={"head": None})
    memory.put({"head": b"2"}, expected={"head": b"1", "tail": None})
    assert memory.get("head") == b"2"


@settings(max_examples=30)
@given(st.lists(CHANGES, max_size=6))
def test_the_file_and_its_twin_in_ram_remember_the_same(puts: list[dict[str, bytes | None]]) -> None:
    with TemporaryDirectory() as folder:
        ram, file = RamMemory(), FileMemory(Path(folder) / "memory")
        for changes in puts:
            ram.put(changes)
            file.put(changes)
        assert ram.under("") == file.under("")
        assert ram.under("a") == file.under("a")
        file.close()


def test_the_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    memory = FileMemory(tmp_path / "memory")
    memory.put({"secret": b"1"})
    modes = {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert modes == {0o600}


def test_a_program_that_dies_right_after_a_write_has_written(tmp_path: Path) -> None:
    program = (
        "import os, sys; from planetvault.memory import FileMemory;"
        "FileMemory(sys.argv[1]).put({'use': b'signed'}); os._exit(9)"
    )
    path = tmp_path / "memory"
    died = subprocess.run([sys.executable, "-c", program, str(path)], check=False)
    assert died.returncode == 9
    assert FileMemory(path).get("use") == b"signed"


def test_two_programs_share_one_file(tmp_path: Path) -> None:
    first, second = FileMemory(tmp_path / "memory"), FileMemory(tmp_path / "memory")
    first.put({"head": b"1"})
    assert second.get("head") == b"1"
    with pytest.raises(MemoryMoved):
        second.put({"head": b"2"}, expected={"head": None})


@pytest.mark.parametrize(
    "spoil", [lambda path: path.write_bytes(b"no memory" * 1000), lambda path: path.mkdir()]
)
def test_a_file_that_is_no_memory_is_refused(tmp_path: Path, spoil: Callable[[Path], object]) -> None:
    spoil(tmp_path / "memory")
    with pytest.raises(MemoryFault):
        FileMemory(tmp_path / "memory")
