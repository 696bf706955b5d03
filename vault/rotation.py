"""Give the log another key, while nobody signs with the old one.

The worker's lease is taken first, and kept until the new key lies in its place, so that no checkpoint
is signed in between. Service and worker read their keys when they start: start them again afterwards.
"""

from contextlib import closing
from datetime import datetime

from anchor.note import NoteKey
from vault.db import connect, writing
from vault.errors import Conflict
from vault.keyring import log_origin, rotate_log_key
from vault.log import guard, leases
from vault.log.leases import LeaseHeld
from vault.log.store import Checkpoints
from vault.settings import Settings
from vault.worker.workplace import LEASE_SECONDS, LOG

OWNER = "rotation"


def rotate(settings: Settings, now: datetime) -> NoteKey:
    """Change the log's key; the new one.

    Raises:
        Conflict: a worker runs. ReadOnly: the log is halted. Unavailable: a key is missing.
    """
    seconds = int(now.timestamp())
    with closing(connect(settings.database_url)) as connection, writing(connection) as transaction:
        guard.verify_running(transaction)
        try:
            leases.take(transaction, LOG, OWNER, now=seconds, until=seconds + LEASE_SECONDS[LOG])
        except LeaseHeld as error:
            raise Conflict("a worker holds the log: stop it, and wait for ten seconds") from error
        newest = Checkpoints(transaction, log_origin(settings.origin)).newest()
        key = rotate_log_key(settings.folder, settings.origin, newest.size if newest else 0)
        leases.give_back(transaction, OWNER)
        return key
