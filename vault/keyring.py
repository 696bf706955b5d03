"""The vault's own keys, for records, the log, webhooks and evidence. Files only the service can read."""

import os
from dataclasses import dataclass, field
from pathlib import Path

from anchor.errors import FormatError
from anchor.keys import KEY_BYTES, SigningKey
from anchor.note import NoteKey, VerifierKey
from anchor.records.shape import read, read_json, write, write_json
from anchor.records.trust import RetiredKey
from vault.durable import sync_folder, written
from vault.errors import Unavailable

KEY_NAMES = ("records.key", "log.key", "webhooks.key", "evidence.key")
RETIRED = "log.retired"
"""One line for each key the log gave up, oldest first."""


@dataclass(frozen=True, slots=True)
class Keyring:
    """``records`` signs receipts, statements and anchors; ``log`` signs checkpoints.

    What partners hold follows from ``webhooks``, and the keys of their evidence logs from
    ``evidence``: both outlive a change of the others.
    """

    records: SigningKey
    log: NoteKey
    retired: tuple[RetiredKey, ...] = ()
    webhooks: SigningKey = field(default_factory=SigningKey.generate)
    evidence: SigningKey = field(default_factory=SigningKey.generate)

    @property
    def logs(self) -> tuple[VerifierKey, ...]:
        """The log's keys as others know them, the newest first."""
        return (self.log.verifier, *(VerifierKey.parse(one.log) for one in reversed(self.retired)))


def make_keys(folder: Path) -> None:
    """Make the keys that are missing. A key that exists is never replaced."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name in KEY_NAMES:
        path = folder / name
        if not path.exists():
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w") as file:
                file.write(SigningKey.generate().seed().hex() + "\n")
                file.flush()
                os.fsync(file.fileno())
    sync_folder(folder)  # what a lost key signed can't be mended


def read_keys(folder: Path, origin: str) -> Keyring:
    """The keys of this vault.

    Raises:
        Unavailable: if a key is missing or damaged.
    """
    log = NoteKey(log_origin(origin), read_key(folder / "log.key"))
    # A change that ended halfway left the key that still signs among those given up.
    retired = tuple(one for one in _read_retired(folder / RETIRED) if one.log != log.verifier.vkey)
    webhooks, evidence = read_key(folder / "webhooks.key"), read_key(folder / "evidence.key")
    return Keyring(read_key(folder / "records.key"), log, retired, webhooks, evidence)


def rotate_log_key(folder: Path, origin: str, size: int) -> NoteKey:
    """Give the log a new key; the old one counts up to ``size``, the last checkpoint it signed.

    What the old key was is written down before it is put aside, so that no death between the two
    loses it. Nobody may sign with it meanwhile: see ``vault.rotation``.

    Raises:
        Unavailable: if a key is missing or damaged.
    """
    old = read_keys(folder, origin)
    given_up = (*old.retired, RetiredKey(log=old.log.verifier.vkey, size=size))
    _write_anew(folder / RETIRED, b"".join(write_json(write(one)) + b"\n" for one in given_up))
    new = SigningKey.generate()
    aside = folder / f"log.key.{old.log.verifier.id.hex()}"
    if not aside.exists():
        os.link(folder / "log.key", aside)
    _write_anew(folder / "log.key", new.seed().hex().encode() + b"\n")
    return NoteKey(old.log.name, new)


def _write_anew(path: Path, content: bytes) -> None:
    """Replace a file: after a power cut it is the one or the other, whole."""
    with written(path) as file:
        file.write(content)


def _read_retired(path: Path) -> tuple[RetiredKey, ...]:
    if not path.exists():
        return ()
    try:
        return tuple(read(read_json(line), RetiredKey) for line in path.read_bytes().splitlines())
    except (OSError, FormatError) as error:
        raise Unavailable(f"{path.name} is damaged: restore it from the backup") from error


def log_origin(origin: str) -> str:
    """The log of a vault stands below its own name."""
    return f"{origin}/log"


def read_key(path: Path) -> SigningKey:
    """A key from a file of 64 hexadecimal digits.

    Raises:
        Unavailable: if it is missing or damaged.
    """
    try:
        seed = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except (OSError, ValueError) as error:
        raise Unavailable(f"no usable key in {path.name}: run `planetvault keys`") from error
    if len(seed) != KEY_BYTES:
        raise Unavailable(f"{path.name} is damaged: restore it from the backup")
    return SigningKey(seed)
