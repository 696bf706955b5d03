"""The end of a collection: its sealed key is deleted, and the vault signs that it was."""

from datetime import datetime

from anchor.records.erasure import Deletion
from anchor.records.signed import sign
from vault.accounts.store import Accounts
from vault.db import Transaction
from vault.deletions.store import Deletions
from vault.errors import Conflict, NotFound
from vault.issuer import Issuer
from vault.items.store import Items


def delete_collection(
    transaction: Transaction, account: bytes, collection: bytes, issuer: Issuer, now: datetime
) -> bytes:
    """Delete a collection's sealed key; the record of it, the same however often it is asked for.

    Raises:
        NotFound: the owner has no such collection, and had none.
        Conflict: there are items in it.
    """
    manifests, journal = Accounts(transaction).lock_journal(account)
    if before := Deletions(transaction).find(account, collection):
        return before
    items = Items(transaction)
    if not items.owns_collection(account, collection):
        raise NotFound("no such collection")
    if items.any_in(collection):
        raise Conflict("there are items in this collection: delete them first")
    items.delete_collection(collection)
    deletion = Deletion(
        vault=issuer.origin,
        account=account,
        collection=collection,
        since=0,
        manifests=manifests,
        journal=journal,
        time=now,
    )
    signed = sign(deletion, issuer.key)
    Deletions(transaction).keep(signed, collection)
    return signed.raw
