"""The vault's own keys: one signs records, one signs the log. Files only the service can read."""

import os
from dataclasses import dataclass
from pathlib import Path

from anchor.keys import KEY_BYTES, SigningKey
from anchor.note import NoteKey
from vault.errors import Unavailable


@dataclass(frozen=True, slots=True)
class Keyring:
    """``records`` signs receipts, statements and anchors; ``log`` signs checkpoints."""

    records: SigningKey
    log: NoteKey


def make_keys(folder: Path) -> None:
    """Make the keys that are missing. A key that exists is never replaced."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name in ("records", "log"):
        path = folder / f"{name}.key"
        if not path.exists():
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w") as file:
                file.write(SigningKey.generate().seed().hex() + "\n")
                file.flush()
                os.fsync(file.fileno())
    _keep_names(folder)


def _keep_names(folder: Path) -> None:
    """A new file's name is on the disk only when its folder is: what a lost key signed can't be mended."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read_keys(folder: Path, origin: str) -> Keyring:
    """The keys of this vault.

    Raises:
        Unavailable: if a key is missing or damaged.
    """
    return Keyring(
        records=_read(folder / "records.key"), log=NoteKey(log_origin(origin), _read(folder / "log.key"))
    )


def log_origin(origin: str) -> str:
    """The log of a vault stands below its own name."""
    return f"{origin}/log"


def _read(path: Path) -> SigningKey:
    try:
        seed = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except (OSError, ValueError) as error:
        raise Unavailable(f"no usable key in {path.name}: run `planetvault keys`") from error
    if len(seed) != KEY_BYTES:
        raise Unavailable(f"{path.name} is damaged: restore it from the backup")
    return SigningKey(seed)
