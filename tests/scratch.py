"""Where the tests write: into memory, if the machine has room there.

A test run makes two thousand databases and syncs them hundreds of thousands of times. On a
disk most of its time is waiting for that. A file system in memory is asked for the same, by the
same programs with the same settings, and answers at once. ``TMPDIR=/tmp make test`` uses a disk.
"""

import os
import shutil
import tempfile
from pathlib import Path

MEMORY = Path("/dev/shm")  # noqa: S108 - everyone may write there, as in /tmp; names in it are random
ROOM_BYTES = 4 << 30
"""What a run may take: two PostgreSQL servers with their logs, and the files of tests that failed."""


def write_to_memory() -> None:
    """Let temporary files of this process and of those it starts be in memory, unless TMPDIR says where."""
    if "TMPDIR" not in os.environ and _has_room():
        os.environ["TMPDIR"] = tempfile.tempdir = str(MEMORY)


def _has_room() -> bool:
    """Whether there is such a file system with room, on which programs may be started too."""
    if not os.access(MEMORY, os.W_OK) or os.statvfs(MEMORY).f_flag & os.ST_NOEXEC:
        return False
    return min(shutil.disk_usage(MEMORY).free, _available_bytes()) >= ROOM_BYTES


def _available_bytes() -> int:
    """The memory that nobody uses, as proc(5) says."""
    lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    named = dict(line.split(":") for line in lines)
    return int(named["MemAvailable"].split()[0]) * 1024
