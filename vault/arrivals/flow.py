"""Moving in: first the account with its lockers, then its journal, manifest by manifest."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from anchor.errors import ProofError
from anchor.records.account import Manifest
from anchor.records.journal import JournalPlace, JournalWalk, LockerTerms
from anchor.records.lockers import verify_account
from anchor.records.signed import unverified
from vault.accounts.store import Accounts, Locker
from vault.arrivals.rules import Moving
from vault.arrivals.store import Arrivals
from vault.db import Transaction
from vault.errors import Conflict, Malformed, NotFound
from vault.items.rules import NewVersion, verify_contents
from vault.items.store import Items
from vault.logins.store import Session


@dataclass(frozen=True, slots=True)
class Past:
    """A manifest of the journal, and its sealed contents if it is the newest of its item."""

    manifest: bytes
    key: bytes | None
    fields: Mapping[bytes, bytes]


def move_in(
    transaction: Transaction,
    moving: Moving,
    lockers: Sequence[tuple[Locker, bytes | None]],
    secrets: Mapping[str, bytes],
    now: int,
) -> None:
    """Let an account live here, with its lockers, each with its finder. Again, it changes nothing.

    Raises:
        Conflict: if the account, a locker or a finder is here with other content.
    """
    accounts, account = Accounts(transaction), moving.arrival.record.account
    chain = [entry.raw for entry in moving.entries]
    if accounts.chain(account):
        if accounts.chain(account)[: len(chain)] != chain or Arrivals(transaction).find(account) is None:
            raise Conflict("this account is here, with another history")
        return
    accounts.move_in(moving.entries, now)
    for locker, finder in lockers:
        accounts.add_locker(account, locker, finder)
    for name, sealed in secrets.items():
        accounts.keep_secret(account, name, sealed)
    Arrivals(transaction).keep(moving.arrival)


def go_on(transaction: Transaction, session: Session, rows: Sequence[Past]) -> tuple[int, bytes | None]:
    """Put the next manifests of the journal that was brought into place; where it stands comes back.

    Manifests that are here already change nothing.

    Raises:
        Conflict: if this account brought no journal, or all of it is here.
        FormatError, SignatureError, ProofError: if one does not follow, or ends otherwise than was said.
    """
    accounts, items, account = Accounts(transaction), Items(transaction), session.account
    brought = Arrivals(transaction).find(account)
    seq, head = before, _ = accounts.lock_journal(account)
    rows = [row for row in rows if unverified(row.manifest, Manifest).seq > seq]
    if not rows:
        return seq, head
    if brought is None or seq + len(rows) > brought.manifests:
        raise Conflict("this account brought no journal, or all of it is here")
    walk = _walk(transaction, account, rows, seq)
    for row in rows:
        new = _version(walk, row, account)
        # Of an item that was deleted since, the collection may be gone as well.
        if new.fields and not items.owns_collection(account, new.manifest.record.collection):
            raise NotFound("no such collection")
        items.write(new)
    place = walk.place
    if place.seq == brought.manifests and place.hash != brought.head:
        raise ProofError("the journal ends otherwise than the arrival says")
    accounts.move_journal(account, before=before, seq=place.seq, head=place.hash or b"")
    return place.seq, place.hash


def _walk(transaction: Transaction, account: bytes, rows: Sequence[Past], seq: int) -> JournalWalk:
    items = Items(transaction)
    lockers = LockerTerms.of(verify_account(Accounts(transaction).chain(account)))
    place = JournalPlace()
    for _, raw in items.journal(account, seq - 1, 1) if seq else ():
        head = Accounts(transaction).journal(account)[1]
        place = JournalPlace(seq, head, lockers.number_of(unverified(raw, Manifest).chain))
    named = {unverified(row.manifest, Manifest).item for row in rows}
    return JournalWalk(lockers, place, {item: items.version(account, item) for item in named})


def _version(walk: JournalWalk, row: Past, account: bytes) -> NewVersion:
    manifest = walk.step(row.manifest)
    if row.key is None:
        if row.fields:
            raise Malformed("sealed fields come with the sealed key of their item")
        return NewVersion(manifest, b"", {}, ())
    return verify_contents(NewVersion(manifest, row.key, row.fields, ()), account)
