"""The files of an export: one file, a ZIP, or the folder a browser has unpacked it to.

Nothing an archive says of itself is trusted. Bytes are counted as they come out,
and a ZIP whose list of files is itself a bomb is refused before it is read.
"""

import os
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from io import SEEK_END, BufferedReader, RawIOBase
from pathlib import Path
from typing import BinaryIO

from planetvault.importers.errors import ExportDamaged, ExportTooLarge, UnknownExport

TOTAL_BYTES_MAX = 2 * 1024**3  # a lifetime of plays is about 200 MB
FILES_MAX = 10_000
RATIO_MAX = 200  # real exports pack to about a twentieth
RATIO_SLACK_BYTES = 16 * 1024**2  # below this no ratio hurts anybody
DIRECTORY_BYTES_MAX = 4 * 1024**2  # FILES_MAX entries with names of 350 bytes
NAME_CHARS_MAX = 120

# Sizes of the records that end a ZIP, as APPNOTE 6.3.10 draws them.
END_RECORD_BYTES = 22
LOCATOR_BYTES = 20
RECORD64_BYTES = 56
TAIL_BYTES = END_RECORD_BYTES + 65_535 + LOCATOR_BYTES  # with the longest comment
SEE_ZIP64 = 0xFFFFFFFF
BUFFER_BYTES = 64 * 1024

_NEVER_DATA = ("__MACOSX/", "._")  # what macOS adds to a ZIP

# All that zipfile, zlib and struct are known to raise on bytes that are no ZIP.
_NOT_A_ZIP = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    ValueError,
    IndexError,
    OverflowError,
    RuntimeError,
    OSError,
)

Progress = Callable[[int, int], None]
Source = str | os.PathLike[str] | BinaryIO


@dataclass(slots=True)
class Meter:
    """Counts the bytes that come out of all files together, and tells ``progress`` of them."""

    total: int = 0
    done: int = 0
    progress: Progress | None = None

    def add(self, count: int) -> None:
        """Count ``count`` bytes more.

        Raises:
            ExportTooLarge: past TOTAL_BYTES_MAX.
        """
        self.done += count
        if self.done > TOTAL_BYTES_MAX:
            raise ExportTooLarge(f"the export holds more than {TOTAL_BYTES_MAX // 1024**2:,} MiB")
        if self.progress is not None:
            self.progress(self.done, max(self.total, self.done))


@dataclass(frozen=True, slots=True)
class ExportFile:
    """One file of an export. ``size`` is what the archive claims, ``packed`` its bytes in a ZIP."""

    name: str
    size: int
    packed: int | None
    _open: Callable[[], BinaryIO] = field(repr=False)
    borrowed: bool = False  # the stream stays its owner's to close

    def open(self, meter: Meter) -> BufferedReader:
        """Open it for reading from the start, under the limits.

        Raises:
            ExportDamaged: when it is locked, packed in an unknown way, or damaged.
        """
        try:
            return BufferedReader(_Metered(self._open(), self, meter), BUFFER_BYTES)
        except _NOT_A_ZIP as error:
            raise ExportDamaged(
                "a file in the ZIP cannot be opened: is it locked with a password?"
            ) from error

    def shown(self) -> str:
        """The name for the owner's eyes: without folders and without what would garble a screen."""
        name = self.name.rsplit("/", 1)[-1]
        return "".join(char if char.isprintable() else "�" for char in name)[:NAME_CHARS_MAX]


class _Metered(RawIOBase):
    """A stream that stops a bomb while it goes off."""

    def __init__(self, stream: BinaryIO, file: ExportFile, meter: Meter) -> None:
        self._stream = stream
        self._borrowed = file.borrowed
        self._bytes_max = None if file.packed is None else file.packed * RATIO_MAX + RATIO_SLACK_BYTES
        self._meter = meter
        self._done = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "memoryview[int]") -> int:  # type: ignore[override]  # BufferedReader hands us one
        try:
            chunk = self._stream.read(len(buffer))
        except _NOT_A_ZIP as error:
            raise ExportDamaged(
                "a file of the export cannot be read to its end: download it again"
            ) from error
        self._done += len(chunk)
        if self._bytes_max is not None and self._done > self._bytes_max:
            raise ExportTooLarge(f"a file in the ZIP unpacks to more than {RATIO_MAX} times its size")
        self._meter.add(len(chunk))
        buffer[: len(chunk)] = chunk
        return len(chunk)

    def close(self) -> None:
        if not self.closed and not self._borrowed:
            self._stream.close()
        super().close()


@contextmanager
def files_of(source: Source) -> Iterator[list[ExportFile]]:
    """The files of an export, in the order of their names, to be read inside the ``with``.

    ``source`` is the path of a file, a ZIP or a folder, or a seekable binary file.

    Raises:
        UnknownExport: when nothing is there to read.
        ExportTooLarge, ExportDamaged: for a ZIP past its limits, or none at all.
    """
    if not isinstance(source, str | os.PathLike):
        yield from _files_in(source, "export")
        return
    path = Path(source)
    if path.is_dir():
        yield _folder(path)
    elif path.is_file():
        with path.open("rb") as stream:
            yield from _files_in(stream, path.name)
    else:
        raise UnknownExport("there is no such file or folder")


def _files_in(stream: BinaryIO, name: str) -> Iterator[list[ExportFile]]:
    stream.seek(0)
    if stream.read(4) not in (b"PK\x03\x04", b"PK\x05\x06"):
        yield [ExportFile(name, stream.seek(0, SEEK_END), None, lambda: _again(stream), borrowed=True)]
        return
    _check_directory(stream)
    try:
        archive = zipfile.ZipFile(stream)
    except _NOT_A_ZIP as error:
        raise ExportDamaged("the ZIP is damaged: download it again") from error
    with archive:
        yield _entries(archive)


def _again(stream: BinaryIO) -> BinaryIO:
    stream.seek(0)
    return stream


def _opened(path: Path) -> BinaryIO:
    return path.open("rb")


def _folder(folder: Path) -> list[ExportFile]:
    """Regular files of a folder; links are not followed, they may lead anywhere."""
    found: list[ExportFile] = []
    for place, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            path = Path(place, name)
            if path.is_symlink() or not path.is_file():
                continue
            shown = path.relative_to(folder).as_posix()
            found.append(ExportFile(shown, path.stat().st_size, None, partial(_opened, path)))
            _check_count(len(found))
    return found


def _entries(archive: zipfile.ZipFile) -> list[ExportFile]:
    entries = [entry for entry in archive.infolist() if not entry.is_dir() and not _is_noise(entry.filename)]
    _check_count(len(entries))
    entries.sort(key=lambda entry: entry.filename)
    return [
        ExportFile(entry.filename, entry.file_size, entry.compress_size, _opener(archive, entry))
        for entry in entries
    ]


def _opener(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Callable[[], BinaryIO]:
    def unpack() -> BinaryIO:
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise ExportDamaged("a file in the ZIP is packed in a way no provider uses")
        return archive.open(entry)  # type: ignore[return-value]  # an IO[bytes] is what a BinaryIO is for us

    return unpack


def _is_noise(name: str) -> bool:
    return name.startswith(_NEVER_DATA) or "/._" in name


def _check_count(count: int) -> None:
    if count > FILES_MAX:
        raise ExportTooLarge(f"the export has more than {FILES_MAX:,} files")


def _check_directory(stream: BinaryIO) -> None:
    """Refuse a ZIP whose list of files would fill the memory (APPNOTE 6.3.10, §4.3.14 to §4.3.16).

    ``zipfile`` reads the whole list before anybody can count it. Its versions look for the
    ZIP64 record in different places, so every size found counts.
    """
    size = stream.seek(0, SEEK_END)
    tail_at = max(0, size - TAIL_BYTES)
    stream.seek(tail_at)
    tail = stream.read(TAIL_BYTES)
    end = tail.rfind(b"PK\x05\x06")
    if end < 0 or len(tail) - end < END_RECORD_BYTES:
        raise ExportDamaged("the ZIP is cut off: download it again")
    (directory_bytes,) = struct.unpack_from("<L", tail, end + 12)
    sizes = [] if directory_bytes == SEE_ZIP64 else [directory_bytes]
    if end >= LOCATOR_BYTES and tail[end - LOCATOR_BYTES :].startswith(b"PK\x06\x07"):
        (record_at,) = struct.unpack_from("<Q", tail, end - LOCATOR_BYTES + 8)
        for place in (record_at, tail_at + end - LOCATOR_BYTES - RECORD64_BYTES):
            sizes += _directory_bytes64(stream, place, size)
    if any(found > DIRECTORY_BYTES_MAX for found in sizes):
        raise ExportTooLarge("the list of files in the ZIP is too long")


def _directory_bytes64(stream: BinaryIO, place: int, size: int) -> list[int]:
    if not 0 <= place <= size - RECORD64_BYTES:
        return []
    stream.seek(place)
    record = stream.read(RECORD64_BYTES)
    return [*struct.unpack_from("<Q", record, 40)] if record.startswith(b"PK\x06\x06") else []
