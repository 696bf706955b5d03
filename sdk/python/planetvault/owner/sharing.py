"""Choosing files: a grant opens those files that its owner named for it, one by one.

::

    grant = owner.grant(ask)                 # of document.file/content, say: it opens no file yet
    owner.share_file(file, grant)
    owner.unshare_file(file, grant)

Which grants may open a file stands in the file's own item, sealed and signed like the rest: so every device
knows it, and no vault can add to it. Changing it writes the item anew; the file's bytes stay where they are.
"""

from collections.abc import Callable
from typing import Any

from anchor.encoding import to_base64url
from anchor.records.consent import Grant
from anchor.records.signed import Signed
from planetvault.clusters import columns_of
from planetvault.columns import Columns, write_column
from planetvault.errors import ItemChanged, JournalForked, JournalMoved, TooWide
from planetvault.opened import FILE
from planetvault.owner.files import OwnerFiles, StoredFile
from planetvault.owner.given import GivenGrant
from planetvault.owner.items import GRANTS, GRANTS_MAX, TRIES, Draft, StoredItem, named_in
from planetvault.owner.journal import JOURNAL
from planetvault.sealing.item import seal_item
from planetvault.steps import Steps, Turn

Change = Callable[[Columns], Columns]


class OwnerSharing(OwnerFiles):
    """Files and the grants that open them."""

    def share_file(
        self, file: StoredItem | StoredFile | bytes, grant: GivenGrant | Signed[Grant]
    ) -> Steps[StoredItem]:
        """Let a standing grant open a file. Again, it changes nothing.

        Raises:
            TooWide: if the grant is not for files, or does not stand.
            ItemChanged: if the item holds no file.
        """
        signed = grant.signed if isinstance(grant, GivenGrant) else grant
        standing = {one.hash for one in (yield from self._standing_grants())}
        if FILE not in columns_of(signed.record.clusters) or signed.hash not in standing:
            raise TooWide("this grant is not for files, or does not stand")
        name = to_base64url(signed.record.id)
        return (yield from self._rename_grants(file, lambda names: [*dict.fromkeys([*names, name])]))

    def unshare_file(
        self, file: StoredItem | StoredFile | bytes, grant: GivenGrant | Signed[Grant]
    ) -> Steps[StoredItem]:
        """Let a grant open a file no more: from now on, the vault holds no key of it for this grant."""
        signed = grant.signed if isinstance(grant, GivenGrant) else grant
        name = to_base64url(signed.record.id)
        return (yield from self._rename_grants(file, lambda names: [one for one in names if one != name]))

    def _rename_grants(
        self, file: StoredItem | StoredFile | bytes, change: Callable[[list[str]], list[str]]
    ) -> Steps[StoredItem]:
        item = file if isinstance(file, bytes) else file.item

        def renamed(columns: Columns) -> Columns:
            if GRANTS not in columns:
                raise ItemChanged("this item holds no file")
            names = change(columns[GRANTS][0])
            if len(names) > GRANTS_MAX:
                raise TooWide(f"a file is for at most {GRANTS_MAX} grants: take it from one that has ended")
            return {**columns, GRANTS: [names]}

        yield Turn(JOURNAL)
        yield from self.write_again(item, renamed)
        return (yield from self.open_item(item)).stored

    def write_again(self, item: bytes, change: Change) -> Steps[None]:
        """Seal an item anew, with its values as they are after ``change``; nothing, if it is gone.

        Grants that opened it go on, those that are not for future items as well. The caller has the turn.
        """
        for _ in range(TRIES):
            yield from self.sync()
            if self.manifest(item) is None:
                return
            draft = yield from self._changed(item, change)
            try:
                yield from self._write([draft])
            except JournalMoved:
                continue
            return
        raise JournalForked("the journal keeps moving: is another device writing all the time?")

    def _changed(self, item: bytes, change: Change) -> Steps[Draft]:
        opened = yield from self.open_item(item)
        columns: dict[str, list[Any]] = {name: list(one) for name, one in change(opened.columns).items()}
        said, version = opened.stored, self.version(item) + 1
        collection = yield from self.writable(said.kind)
        values = {name: write_column(column) for name, column in columns.items()}
        sealed = seal_item(collection, item, version, values, label=said.period, rows=said.rows)
        named = named_in(columns) if said.kind == FILE else ()
        return Draft(said.period, collection, sealed, said.rows, 0, 0, since=said.sealed_at, named=named)
