"""What the routes of items answer (docs/spec/http.md)."""

from vault.shown import Fields, Id, Journal, Sealed, Shown, Signed


class CollectionName(Shown):
    """Which collection it is."""

    collection: Id


class Collection(Shown):
    """A collection with its sealed key."""

    collection: Id
    sealed: Sealed


class Wrote(Journal):
    """Where the journal stands, and the record of what was deleted; null if nothing was."""

    deletion: Signed | None


class Manifest(Shown):
    """One entry of the journal."""

    manifest: Signed


class ListedItem(Shown):
    """An item without its fields."""

    manifest: Signed
    key: Sealed


class Item(Shown):
    """An item with all its fields."""

    manifest: Signed
    key: Sealed
    fields: Fields
