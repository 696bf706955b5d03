"""Let a halted log grow again, once an operator knows why it was halted and that it is over."""

from vault.db import connect, reading, writing
from vault.errors import ReadOnly
from vault.keyring import read_keys
from vault.log import guard
from vault.log.kept import KEPT_NAME, KeptCheckpoint
from vault.settings import Settings


def resume(settings: Settings, *, sure: bool) -> list[str]:
    """Take back every halt, if the database agrees with what it published; the reasons it was halted for.

    Raises:
        ReadOnly: it is not sure, or the database still contradicts; the log stays halted.
    """
    keys = read_keys(settings.folder, settings.origin)
    kept = KeptCheckpoint(settings.folder / KEPT_NAME, *keys.logs)
    connection = connect(settings.database_url)
    try:
        with reading(connection) as transaction:
            reasons = [row[0] for row in transaction.all("SELECT reason FROM log_halts ORDER BY id")]
        if reasons and not sure:
            raise ReadOnly(f"halted: {'; '.join(reasons)}. If you know why, and it is over: resume --yes")
        with writing(connection) as transaction:
            guard.verify_database(transaction, keys.log.name)
            guard.verify_kept(transaction, keys.log.name, kept)
            guard.resume(transaction)
    finally:
        connection.close()
    return reasons
