"""The newest checkpoint in a file beside the database, for the day the database comes back older.

It is on the disk before the checkpoint is shown to anybody, and it should not lie in
the same backup as the database: two things restored together agree with each other.
"""

from pathlib import Path

from anchor.note import NOTE_BYTES_MAX, Policy, VerifierKey
from anchor.records.checkpoint import Checkpoint, signer_of, verify_checkpoint
from vault.durable import written

KEPT_NAME = "checkpoint.latest"


class KeptCheckpoint:
    """``checkpoint.latest``: a note signed by the log's own key."""

    def __init__(self, path: Path, *logs: VerifierKey) -> None:
        """``logs`` are the log's keys, the newest first: the file may be from before the last change."""
        self._path = path
        self._logs = logs

    def read(self) -> Checkpoint | None:
        """The checkpoint kept; None if there is no file.

        Raises:
            FormatError: if the file is not a checkpoint.
            SignatureError: if the log's key did not sign it.
        """
        try:
            with self._path.open("rb") as file:
                note = file.read(NOTE_BYTES_MAX + 1)
        except FileNotFoundError:
            return None
        return verify_checkpoint(note, Policy(signer_of(note, self._logs))).checkpoint

    def write(self, note: bytes) -> None:
        """Replace the file; when this returns, it would survive a power cut."""
        with written(self._path) as file:
            file.write(note)
