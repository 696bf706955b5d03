"""Which lockers stand: an account chain, checked entry by entry.

::

    create laptop ── add phone ── remove laptop ── rotate phone
    generation 0     0            1                2

Every entry after the first is signed by a locker that stands before it. Removing a
locker turns the account root key, so that the removed one can't read what is written
from then on (docs/spec/account.md).
"""

from collections.abc import Mapping, Sequence

from anchor.errors import FormatError, ProofError, SignatureError
from anchor.keys import kid_of, verify_public_key
from anchor.records.account import AccountEntry
from anchor.records.signed import Signed, verify

ENTRIES_MAX = 1024
"""More changes of lockers than a life needs."""


def verify_account(raws: Sequence[bytes]) -> tuple[Signed[AccountEntry], ...]:
    """Check a whole account chain, oldest first.

    Raises:
        FormatError: if an entry is malformed, or there are none or too many.
        SignatureError: if an entry was not signed by a locker that stood when it was made.
        ProofError: if the entries do not follow one another.
    """
    if not 0 < len(raws) <= ENTRIES_MAX:
        raise FormatError(f"expected 1 to {ENTRIES_MAX} account entries")
    walk = _Walk()
    for raw in raws:
        walk.take(raw)
    return tuple(walk.entries)


def verify_next_locker(raw: bytes, before: Sequence[Signed[AccountEntry]]) -> Signed[AccountEntry]:
    """Check one entry against all those before it, oldest first; with none, as the first.

    Raises:
        FormatError, SignatureError, ProofError: as ``verify_account`` does.
    """
    if len(before) >= ENTRIES_MAX:
        raise FormatError(f"expected 1 to {ENTRIES_MAX} account entries")
    walk = _Walk()
    for entry in before:
        walk.pass_by(entry)
    return walk.take(raw)


class _Walk:
    """A chain as far as it was walked: its entries, the lockers that stand, and all that ever stood."""

    def __init__(self) -> None:
        self.entries: list[Signed[AccountEntry]] = []
        self._standing: dict[bytes, AccountEntry] = {}
        self._known: set[bytes] = set()

    def take(self, raw: bytes) -> Signed[AccountEntry]:
        """Check the next entry, and pass by it."""
        signed = verify(raw, AccountEntry, self._signer)
        _verify_place(signed.record, self.entries)
        if self.entries:
            self._verify_action(signed)
        self.pass_by(signed)
        return signed

    def pass_by(self, signed: Signed[AccountEntry]) -> None:
        """Take an entry as it is."""
        self.entries.append(signed)
        self._known.add(signed.record.sign_key)
        _turn(self._standing, signed.record)

    def _signer(self, kid: bytes, entry: AccountEntry) -> bytes:
        verify_public_key(entry.sign_key)
        if not self.entries:
            return entry.sign_key
        if kid not in self._standing:
            raise SignatureError("no locker of this account signed the entry")
        return self._standing[kid].sign_key

    def _verify_action(self, signed: Signed[AccountEntry]) -> AccountEntry:
        """Added lockers are new; removed and rotating ones stand, as they were added.

        Whoever signs a removal makes the new root key, and so must not be the one removed.
        """
        entry, named = signed.record, kid_of(signed.record.sign_key)
        if entry.action == "add":
            if entry.sign_key in self._known:
                raise ProofError("this locker stood before; a removed one does not come back")
            return entry
        locker = self._standing.get(named)
        if locker is None or (locker.kind, locker.sealing_key) != (entry.kind, entry.sealing_key):
            raise ProofError("the entry names a locker that does not stand")
        if (named == signed.kid) != (entry.action == "rotate"):
            raise ProofError("a locker is removed by another one, and turns the root key in its own name")
        return entry


def lockers_of(entries: Sequence[Signed[AccountEntry]]) -> Mapping[bytes, AccountEntry]:
    """The lockers that stand after ``entries``, by the kid of their signing key, as they were added."""
    standing: dict[bytes, AccountEntry] = {}
    for signed in entries:
        _turn(standing, signed.record)
    return standing


def _turn(standing: dict[bytes, AccountEntry], entry: AccountEntry) -> None:
    if entry.action in {"create", "add"}:
        standing[kid_of(entry.sign_key)] = entry
    elif entry.action == "remove":
        del standing[kid_of(entry.sign_key)]


def _verify_place(entry: AccountEntry, before: Sequence[Signed[AccountEntry]]) -> AccountEntry:
    last = before[-1] if before else None
    expected = (last.hash, last.record.seq + 1, last.record.account) if last else (None, 1, entry.account)
    if (entry.prev, entry.seq, entry.account) != expected:
        raise ProofError("the account entries do not follow one another")
    if (entry.action == "create") != (last is None):
        raise ProofError("an account is created by its first entry, once")
    if last is None and entry.journal is not None:
        raise ProofError("an account begins with an empty journal")
    turns = 0 if last is None else last.record.generation + (entry.action != "add")
    if entry.generation != turns:
        raise ProofError("the root key turns when a locker goes or it is rotated, and only then")
    if last and (entry.root_commitment == last.record.root_commitment) != (entry.action == "add"):
        raise ProofError("a generation has one root key of its own")
    return entry
