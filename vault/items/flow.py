"""Writing items: a device hands over versions in the order of its journal, all or none."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from anchor.records.erasure import Deletion
from anchor.records.signed import sign
from vault.accounts.store import Accounts
from vault.db import Transaction
from vault.deletions.store import Deletions
from vault.errors import Forbidden, NotFound, Unauthorised
from vault.grants.standing import Envelope
from vault.grants.store import Grants
from vault.issuer import Issuer
from vault.items.rules import NewVersion, follow
from vault.items.store import Items
from vault.logins.store import Session


@dataclass(frozen=True, slots=True)
class Wrote:
    """Where the journal stands, and the vault's word for what the versions deleted, if they did."""

    seq: int
    head: bytes | None
    deletion: bytes | None


def write(
    transaction: Transaction, session: Session, versions: Sequence[NewVersion], issuer: Issuer, now: datetime
) -> Wrote:
    """Put versions in place and answer where the journal stands; versions written before change nothing.

    First the grants are held and then the owner, in the order of a use: whoever opens these
    items meanwhile sees them as they were or as they are, and no grant ends in between.

    Raises:
        Unauthorised: if the device was removed meanwhile.
        JournalMoved, Conflict, Forbidden, NotFound: and then none of them is kept.
    """
    account = session.account
    accounts, items, grants = Accounts(transaction), Items(transaction), Grants(transaction)
    grants.lock({envelope.grant for new in versions for envelope in new.envelopes})
    seq, head = before, _ = accounts.lock_journal(account)
    chain = accounts.head(account)
    if accounts.locker(session.kid) is None:
        raise Unauthorised("this device was removed")
    gone = [new.manifest.hash for new in versions if not new.manifest.record.fields]
    if versions and head == versions[-1].manifest.hash:
        return Wrote(seq, head, Deletions(transaction).find(account, gone[-1]) if gone else None)
    for new in versions:
        record = new.manifest.record
        follow(new.manifest, seq, head, chain=chain, before=items.version(account, record.item))
        if not items.owns_collection(account, record.collection):
            raise NotFound("no such collection")
        items.write(new)
        _open_to_grants(grants, account, new)
        seq, head = record.seq, new.manifest.hash
    if head is not None:
        accounts.move_journal(account, before=before, seq=seq, head=head)
    if not gone:
        return Wrote(seq, head, None)
    signed = sign(_deletion(account, before, seq, head, issuer, now), issuer.key)
    Deletions(transaction).keep(signed, gone[-1])
    return Wrote(seq, head, signed.raw)


def _deletion(
    account: bytes, since: int, manifests: int, journal: bytes | None, issuer: Issuer, now: datetime
) -> Deletion:
    return Deletion(
        vault=issuer.origin,
        account=account,
        collection=None,
        since=since,
        manifests=manifests,
        journal=journal,
        time=now,
    )


def _open_to_grants(grants: Grants, account: bytes, new: NewVersion) -> None:
    for envelope in new.envelopes:
        if not grants.stands(envelope.grant, account):
            raise Forbidden("an envelope is for a grant that does not stand")
    record = new.manifest.record
    sizes = {name: len(sealed) for name, sealed in new.fields.items()}
    grants.keep_envelopes(
        [
            (
                e.grant,
                Envelope(
                    record.item, record.version, e.fields, e.sealed, sum(sizes[name] for name in e.fields)
                ),
            )
            for e in new.envelopes
        ]
    )
