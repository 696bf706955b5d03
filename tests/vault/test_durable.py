"""Files are whole or not there, whoever else writes and whatever breaks off."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from vault import durable
from vault.blobs.objects import FRESH, FolderObjects
from vault.errors import Unavailable

WRITER = """
import sys
from pathlib import Path
from vault.blobs.objects import FolderObjects
store = FolderObjects(Path(sys.argv[1]))
for number in range(200):
    store.put(f"ab/{number}", b"x" * 100_000)
"""


def test_what_breaks_off_leaves_what_was_there_before_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "a/file"
    with durable.written(path) as file:
        file.write(b"first")
    with pytest.raises(KeyboardInterrupt):
        break_off(path)
    assert [one.name for one in path.parent.iterdir()] == ["file"]
    assert path.read_bytes() == b"first"
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("links", [True, False])
def test_a_file_that_is_written_anew_takes_no_others_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, links: bool
) -> None:
    def refuse(_path: Path, _other: Path) -> None:
        raise PermissionError(1, "Operation not permitted")

    if not links:  # as on a disk that was made for cameras
        monkeypatch.setattr(Path, "hardlink_to", refuse)
    source, path = tmp_path / "source", tmp_path / "file"
    source.write_bytes(b"first")
    durable.copy(source, path)
    source.write_bytes(b"second")
    with pytest.raises(FileExistsError):
        durable.copy(source, path)
    assert path.read_bytes() == b"first"
    assert sorted(one.name for one in tmp_path.iterdir()) == ["file", "source"]


def break_off(path: Path) -> None:
    with durable.written(path) as file:
        file.write(b"half of the sec")
        raise KeyboardInterrupt


def test_two_processes_that_write_the_same_objects_do_not_meet(tmp_path: Path) -> None:
    command = [sys.executable, "-c", WRITER, str(tmp_path)]
    both = [subprocess.Popen(command, stderr=subprocess.PIPE) for _ in range(2)]
    assert [process.communicate()[1] for process in both] == [b"", b""]
    sizes = {path.stat().st_size for path in (tmp_path / "ab").iterdir()}
    assert (sizes, list((tmp_path / FRESH).iterdir())) == ({100_000}, [])


def test_a_store_that_takes_nothing_says_so_and_keeps_nothing_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    store = FolderObjects(tmp_path)
    store.put("ab/one", b"1")
    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(Unavailable, match="No space left"):
        store.put("ab/two", b"2")
    assert store.size("ab/one") == 1
    assert [store.size("ab/two"), list((tmp_path / FRESH).iterdir())] == [None, []]


def test_what_a_dead_process_left_is_gone_an_hour_later(tmp_path: Path) -> None:
    store, left = FolderObjects(tmp_path), tmp_path / FRESH / ".one-x"
    store.put("ab/one", b"1")
    left.write_bytes(b"half")
    store.put("ab/two", b"2")
    assert left.exists()
    then = left.stat().st_mtime - durable.FORGOTTEN_SECONDS - 1
    os.utime(left, (then, then))
    store.put("ab/three", b"3")
    assert not left.exists()
