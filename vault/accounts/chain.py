"""One entry of an account chain: a locker comes, a locker goes, or the root key turns.

The entry, the root key sealed to every locker that stands after it, and the older roots
sealed under the new one are kept together or not at all: a chain that commits to a root
key which no locker can open would shut the owner out for good.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from anchor.records.account import AccountEntry
from anchor.records.lockers import verify_account, verify_next_locker
from anchor.records.signed import Signed, unverified
from vault.accounts import rules
from vault.accounts.store import Accounts, Locker
from vault.db import Transaction
from vault.errors import Conflict, Forbidden
from vault.logins.store import Session


@dataclass(frozen=True, slots=True)
class NewEntry:
    """An entry as a device hands it over, with all that changes together with it.

    ``roots`` is the root key sealed to each locker that needs it, by kid. ``root_mac``,
    ``parameters`` and ``finder`` are those of a locker that is added. ``older`` are the sealed
    roots of earlier generations, if a new one begins.
    """

    raw: bytes
    roots: Mapping[bytes, bytes]
    root_mac: bytes
    parameters: bytes
    finder: bytes | None
    older: bytes | None


def append(transaction: Transaction, session: Session, new: NewEntry, now: int) -> int:
    """Put an entry at the end of its chain; its number comes back. Sent again, it changes nothing.

    Raises:
        Forbidden: if it is of another account, or another locker signed it than the one logged in.
        Conflict: if another device changed the lockers or wrote first, or the account has too many.
        Malformed: if a sealed root is missing or too many.
        FormatError, SignatureError, ProofError: if it does not continue the chain.
    """
    accounts = Accounts(transaction)
    claimed = unverified(new.raw, AccountEntry)
    if claimed.account != session.account:
        raise Forbidden("this entry is of another account")
    newest = accounts.lock_chain(session.account)
    if accounts.entry(session.account, claimed.seq) == new.raw:
        return claimed.seq
    if claimed.seq != newest + 1:
        raise Conflict("another device changed the lockers first: fetch the account and try again")
    if claimed.journal != accounts.journal(session.account)[1]:
        raise Conflict("another device wrote first: fetch the journal and try again")
    entry = verify_next_locker(new.raw, verify_account(accounts.chain(session.account)))
    if entry.kid != session.kid:
        raise Forbidden("an entry is sent by the locker that signed it")
    standing = {locker.kid for locker in accounts.lockers(session.account)}
    rules.verify_moved(entry.record, standing, new.roots, new.older)
    accounts.append(entry)
    _move(accounts, entry, new, now)
    return entry.record.seq


def _move(accounts: Accounts, entry: Signed[AccountEntry], new: NewEntry, now: int) -> None:
    record, kid = entry.record, rules.named(entry.record)
    if record.action == "add":
        fixed = (kid, record.kind, record.sign_key, record.sealing_key)
        locker = Locker(*fixed, new.roots[kid], new.root_mac, new.parameters)
        accounts.add_locker(record.account, locker, new.finder)
        return
    if record.action == "remove":
        accounts.remove_locker(kid, now)
    for named, sealed in new.roots.items():
        accounts.seal_root(named, sealed)
    accounts.keep_secret(record.account, rules.OLDER_ROOTS, new.older or b"")
