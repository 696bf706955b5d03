"""A bundle opened without any vault, by a locker alone: to read what is one's own for ever."""

from collections.abc import Iterator
from pathlib import Path

from anchor.encoding import to_base64url
from anchor.errors import AnchorError
from planetvault.answers import Fields
from planetvault.bundle.archive import BundleReader
from planetvault.bundle.check import check_bundle, check_items
from planetvault.columns import read_column
from planetvault.errors import AccountChanged, BundleBroken, OpensNothing
from planetvault.owner.account import OLDER_ROOTS
from planetvault.owner.account_chain import AccountChain, verify_chain
from planetvault.owner.items import OwnItem, StoredItem
from planetvault.owner.openers import Opener
from planetvault.sealing.errors import OpenError
from planetvault.sealing.item import SealedItem, open_item
from planetvault.sealing.lockers import Locker, SealedRoot, open_root
from planetvault.sealing.tree import AccountRoot, open_collection, open_older_roots


def open_bundle(path: Path | str, opener: Opener) -> Iterator[OwnItem]:
    """Check a bundle, and open its items one after the other, in the order of the journal.

    Raises:
        BundleBroken: if it does not hold together.
        OpensNothing: if this opener is none of the account's lockers.
        AccountChanged: if the account is not the one this locker vouches for.
    """
    check_bundle(path)
    with BundleReader(Path(path)) as reader:
        chain = verify_chain(reader.lines("account/chain"), reader.index.account)
        _, roots = roots_of(reader, chain, opener)
        _, newest = check_items(reader, chain)
        collections = reader.object("collections.json")
        for item, manifest in sorted(newest.items(), key=lambda pair: pair[1].record.seq):
            said, stored = manifest.record, reader.object(f"items/{to_base64url(item)}.json")
            sealed = SealedItem(item, said.version, stored.sealed("key"), stored.sealed_by_id("fields"))
            try:
                blob = collections.sealed(to_base64url(said.collection))
                collection = open_collection(roots, said.collection, blob)
                hashes = {one.field: one.sealed for one in said.fields}
                opened = open_item(collection, sealed, hashes, key_hash=said.key)
                columns = {name: read_column(value) for name, value in opened.fields.items()}
            except (OpenError, AnchorError, ValueError) as error:
                raise BundleBroken("an item is not what its manifest says") from error
            place = StoredItem(item, said.version, opened.kind, opened.label, opened.rows, said.time)
            yield OwnItem(place, columns)


def roots_of(
    reader: BundleReader, chain: AccountChain, opener: Opener
) -> tuple[Locker, tuple[AccountRoot, ...]]:
    """The locker of a checked bundle that this opener is, and the root keys it opens, the newest first.

    Raises:
        OpensNothing, AccountChanged: as ``open_bundle``.
    """
    account, newest = reader.index.account, len(chain.commitments) - 1
    locker, row = _locker(reader, opener)
    sealed = SealedRoot(newest, row.sealed("sealed_root"), row.sealed("root_mac"))
    secrets = reader.object("account/secrets.json")
    try:
        root = open_root(
            locker, sealed, account, root_kid=chain.root_kid, commitment=chain.commitments[newest]
        )
        if not newest:
            return locker, (root,)
        older = open_older_roots(root, chain.commitments[:-1], secrets.sealed(OLDER_ROOTS))
    except OpenError as error:
        raise AccountChanged("the root key is not the one this locker vouches for", bytes(chain)) from error
    return locker, (root, *reversed(older))


def _locker(reader: BundleReader, opener: Opener) -> tuple[Locker, Fields]:
    """The one of the account's lockers that this opener is."""
    for row in reader.objects("account/lockers.json"):
        if row.text("kind") != opener.kind:
            continue
        locker = opener.locker(reader.index.account, row.object("parameters"))
        if locker.kid == row.hash("kid"):
            return locker, row
    raise OpensNothing("this opens no locker of the bundle")
