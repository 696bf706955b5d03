"""Files that are there as a whole, and stay when the power goes: written beside their place, synced, moved.

A name is on the disk only when its folder is, so the folder is synced, too.
"""

import errno
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO

NO_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS}
"""What a disk says that knows no links, as those for cameras: there it is looked at first."""
FORGOTTEN_SECONDS = 3600
"""Nobody writes for longer: what is older was left by a process that died."""


@contextmanager
def written(path: Path, beside: Path | None = None, *, anew: bool = False) -> Iterator[IO[bytes]]:
    """A file to fill, for its owner alone, which takes the place at ``path`` when the block ends well.

    Until then it lies in ``beside``, a folder of the same disk, or else in that of ``path``. Others may
    write one for the same place at the same time: the last one stays, and each is whole. With ``anew``
    the first one stays.

    Raises:
        FileExistsError: with ``anew``, if there is one by now.
        OSError: the disk is full, say; nothing of it is left, then.
    """
    make_folder(path.parent)
    make_folder(beside or path.parent)
    with NamedTemporaryFile(dir=beside or path.parent, prefix=f".{path.name}-", delete=False) as file:
        try:
            yield file
            file.flush()
            os.fsync(file.fileno())
            (_name if anew else Path.replace)(Path(file.name), path)
        except BaseException:
            Path(file.name).unlink(missing_ok=True)
            raise
    sync_folder(path.parent)


def copy(source: Path, target: Path) -> None:
    """Copy a file to where there is none; raises as ``written`` does."""
    with source.open("rb") as content, written(target, anew=True) as file:
        shutil.copyfileobj(content, file)


def _name(fresh: Path, path: Path) -> None:
    """Give a file its name, unless another has it: a link is refused where there is one."""
    try:
        path.hardlink_to(fresh)
    except FileExistsError:
        raise
    except OSError as error:
        if error.errno not in NO_LINKS:
            raise
        if path.exists():
            raise FileExistsError(path) from None
        fresh.replace(path)
    else:
        fresh.unlink()


def make_folder(folder: Path) -> None:
    """Make it durably: what lies in a folder is lost with the power if the folder is."""
    if not folder.is_dir():
        make_folder(folder.parent)
        folder.mkdir(exist_ok=True, mode=0o700)
        sync_folder(folder.parent)


def sync_folder(folder: Path) -> None:
    """Bring the names in a folder to the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def clear(folder: Path) -> None:
    """Take away what dead processes left in a folder that files only pass through, by their own times."""
    with suppress(FileNotFoundError):  # nobody wrote yet, or somebody else was faster
        for file in folder.iterdir():
            if time.time() - file.stat().st_mtime > FORGOTTEN_SECONDS:
                file.unlink()
