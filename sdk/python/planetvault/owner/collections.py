"""Collections: one key for each kind of data, sealed under the account root.

A collection that a manifest names and the vault does not show is withheld; that is an
error, never a reason to begin a second one.
"""

from anchor.encoding import to_base64url
from planetvault.errors import ItemChanged
from planetvault.http import Clock
from planetvault.memory import Memory
from planetvault.owner.given import OwnerGrants
from planetvault.sealing.errors import OpenError
from planetvault.sealing.tree import (
    CollectionKey,
    new_collection,
    open_collection,
    renew_collection,
    seal_collection,
)
from planetvault.steps import Steps


class OwnerCollections(OwnerGrants):
    """The collection keys of this account."""

    def __init__(self, url: str, memory: Memory, clock: Clock) -> None:
        super().__init__(url, memory, clock)
        self._collections: dict[bytes, CollectionKey] = {}

    def collection(self, collection: bytes) -> Steps[CollectionKey]:
        """The key of a collection that a manifest names.

        Raises:
            ItemChanged: if the vault does not show it.
        """
        if collection not in self._collections:
            yield from self.fetch_collections()
        if collection not in self._collections:
            raise ItemChanged("the vault does not show a collection that holds an item")
        return self._collections[collection]

    def writable(self, kind: str) -> Steps[CollectionKey]:
        """The newest collection of a kind, begun or renewed if need be."""
        root = self.unlocked.roots[0]
        if (known := self._newest_of(kind)) and known.generation == root.generation:
            return known
        yield from self.fetch_collections()
        for manifest in self.manifests():
            yield from self.collection(manifest.record.collection)
        newest = self._newest_of(kind)
        if newest is not None and newest.generation == root.generation:
            return newest
        begun = new_collection(root, kind) if newest is None else renew_collection(root, newest)
        sealed = {"sealed": to_base64url(seal_collection(root, begun))}
        yield from self.send("PUT", f"/v1/collections/{to_base64url(begun.collection_id)}", sealed)
        self._collections[begun.collection_id] = begun
        return begun

    def begun(self, kind: str) -> Steps[CollectionKey | None]:
        """The newest collection of a kind; None if one must be begun or renewed before it is written to."""
        if self._newest_of(kind) is None:
            yield from self.sync()
            yield from self.fetch_collections()
        found, root = self._newest_of(kind), self.unlocked.roots[0]
        return found if found and found.generation == root.generation else None

    def collections_of(self, kind: str) -> Steps[list[bytes]]:
        """The ids of the collections of a kind, oldest first."""
        yield from self.fetch_collections()
        found = [one for one in self._collections.values() if one.kind == kind]
        return [one.collection_id for one in sorted(found, key=lambda one: (one.epoch, one.collection_id))]

    def forget_collections(self) -> None:
        """Open the collections anew when they are next needed."""
        self._collections.clear()

    def fetch_collections(self) -> Steps[None]:
        """Open every collection key the vault shows.

        Raises:
            ItemChanged: if one is not of this account.
        """
        answer = yield from self.get("/v1/collections")
        for row in answer.objects("data"):
            name, sealed = row.identifier("collection"), row.sealed("sealed")
            if name not in self._collections:
                self._collections[name] = self._open(name, sealed)

    def _open(self, name: bytes, sealed: bytes) -> CollectionKey:
        try:
            return open_collection(self.unlocked.roots, name, sealed)
        except OpenError as error:
            raise ItemChanged("the vault shows a collection that this account did not make") from error

    def _newest_of(self, kind: str) -> CollectionKey | None:
        """Of two that two devices began at once, both take the one with the lower id."""
        found = [one for one in self._collections.values() if one.kind == kind]
        newest = max((one.epoch for one in found), default=0)
        of_epoch = (one for one in found if one.epoch == newest)
        return min(of_epoch, key=lambda one: one.collection_id, default=None)
