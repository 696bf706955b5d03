"""Opening an account and moving its chain. Pure."""

from collections.abc import Collection

from anchor.errors import FormatError
from anchor.keys import kid_of, verify_public_key
from anchor.records.account import AccountEntry
from anchor.records.signed import Signed, verify
from vault.errors import Conflict, Malformed

LOCKERS_MAX = 64
"""Lockers that stand at one time: more devices than a person carries."""
OLDER_ROOTS = "roots"
"""The secret that moves with the account chain, and with nothing else."""


def verify_first_entry(raw: bytes) -> Signed[AccountEntry]:
    """The entry that creates an account, signed by the locker it adds.

    Raises:
        FormatError, SignatureError: if it is not one.
    """
    signed = verify(raw, AccountEntry, lambda _kid, entry: verify_public_key(entry.sign_key))
    entry = signed.record
    if (entry.seq, entry.prev, entry.action, entry.generation) != (1, None, "create", 0):
        raise FormatError("an account begins with an entry that creates it")
    return signed


def named(entry: AccountEntry) -> bytes:
    """The kid of the locker an entry is about."""
    return kid_of(entry.sign_key)


def verify_moved(
    entry: AccountEntry, standing: Collection[bytes], roots: Collection[bytes], older: bytes | None
) -> AccountEntry:
    """An entry that comes with exactly the sealed roots it calls for.

    ``standing`` are the lockers before it. A new locker gets the root key of today; when the
    root key turns, every locker that still stands gets the new one, and the older ones are
    sealed again.

    Raises:
        Malformed: if one is missing or too many.
        Conflict: if more lockers would stand than may.
    """
    before, locker = set(standing), {named(entry)}
    if entry.action == "add" and len(before) >= LOCKERS_MAX:
        raise Conflict(f"an account has at most {LOCKERS_MAX} lockers: remove one first")
    wanted = {"add": locker, "remove": before - locker}.get(entry.action, before)
    if set(roots) != wanted:
        raise Malformed("the root key comes sealed to exactly the lockers that need it")
    if (older is None) != (entry.action == "add"):
        raise Malformed("the older roots come with a new root key, and with nothing else")
    return entry
