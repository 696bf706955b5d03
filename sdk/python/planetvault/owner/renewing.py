"""Renewing what a partner could open: new keys for what is there now, for when keys may have leaked.

A revocation ends what the vault hands out. Whoever kept a copy of the vault's database *and* holds the
grant key could still read what was sealed by then. Renewing seals the same values anew, under keys that no
envelope of that grant ever held; copies made from then on are closed to it. What was read is read.
"""

from collections.abc import Iterator

from planetvault.columns import write_column
from planetvault.errors import JournalForked, JournalMoved
from planetvault.owner.arriving import OwnerArriving
from planetvault.owner.given import GivenGrant, covered_columns
from planetvault.owner.items import TRIES, Draft, StoredItem
from planetvault.owner.journal import JOURNAL
from planetvault.sealing.item import seal_item
from planetvault.steps import Steps, Turn


class OwnerRenewing(OwnerArriving):
    """Renewing."""

    def renew(self, grant: GivenGrant) -> Steps[int]:
        """Seal every item that this grant opened anew, with the same values; how many there were.

        Other grants that opened them go on, those that are not for future items as well: nothing in the
        items is new. The bytes of a file keep their key.
        """
        yield Turn(JOURNAL)
        opened = list(self._opened_by(grant, (yield from self.items())))
        for stored in opened:
            yield from self._renew_item(stored)
        return len(opened)

    def _opened_by(self, grant: GivenGrant, items: list[StoredItem]) -> Iterator[StoredItem]:
        for item in items:
            if covered_columns(grant.terms, item.kind, item.period, item.sealed_at):
                yield item

    def _renew_item(self, stored: StoredItem) -> Steps[None]:
        for _ in range(TRIES):
            yield from self.sync()
            if self.manifest(stored.item) is None:
                return
            item = yield from self.open_item(stored.item)
            collection = yield from self.writable(item.stored.kind)
            values = {name: write_column(list(column)) for name, column in item.columns.items()}
            said, version = item.stored, self.version(stored.item) + 1
            sealed = seal_item(collection, said.item, version, values, label=said.period, rows=said.rows)
            draft = Draft(said.period, collection, sealed, said.rows, 0, 0, since=said.sealed_at)
            try:
                yield from self._write([draft])
            except JournalMoved:
                continue
            return
        raise JournalForked("the journal keeps moving: is another device writing all the time?")
