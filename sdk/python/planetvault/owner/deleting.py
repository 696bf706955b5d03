"""Deleting items: the journal says so, and the vault signs that it did (docs/spec/deletion.md).

In memory: ``deletion/<hash>`` is the vault's word for what it deleted.
"""

from collections.abc import Sequence

from anchor.encoding import to_base64url
from anchor.records.account import Manifest
from anchor.records.erasure import Deletion
from anchor.records.signed import Signed, verify
from planetvault.errors import ErasureWrong, JournalForked, JournalMoved
from planetvault.owner.items import LABEL, TRIES, OwnerItems, StoredItem, body_of
from planetvault.owner.journal import JOURNAL
from planetvault.receipts import breaking, vault_key
from planetvault.sealing.item import SealedItem
from planetvault.steps import Keep, Steps, Turn

DELETION = "deletion/"
Deleted = tuple[bytes | None, int, int, bytes | None]
"""Collection or None, the manifests before, those afterwards, and the newest of them."""


class OwnerDeleting(OwnerItems):
    """Items that go."""

    def delete_item(self, item: StoredItem | bytes) -> Steps[Signed[Deletion] | None]:
        """Delete an item: its keys, fields and envelopes go, and the journal says so.

        What comes back is the vault's signed word for it, kept in memory; None if the item was gone before.

        Raises:
            ErasureWrong: if the record is not the vault's, or not of these very items.
        """
        name = item if isinstance(item, bytes) else item.item
        return (yield from self.delete_items([name]))

    def delete_items(self, items: Sequence[bytes]) -> Steps[Signed[Deletion] | None]:
        """Delete up to 100 items at once; as ``delete_item``."""
        yield Turn(JOURNAL)
        for _ in range(TRIES):
            yield from self.sync()
            before, manifests = self.journal, self._tombstones(items)
            if not manifests:
                return None
            nothing = SealedItem(b"", 0, b"", {})
            bodies = [body_of(one, nothing, []) for one in manifests]
            names = (LABEL + to_base64url(one.record.item) for one in manifests)
            forgotten: dict[str, bytes | None] = dict.fromkeys(names)
            try:
                answer = yield from self._write_to_journal(manifests, bodies, forgotten)
            except JournalMoved:
                continue
            place = (None, before.seq, before.seq + len(manifests), manifests[-1].hash)
            return (yield from self.keep_deletion(answer.record("deletion"), place))
        raise JournalForked("the journal keeps moving: is another device writing all the time?")

    def _tombstones(self, items: Sequence[bytes]) -> list[Signed[Manifest]]:
        """A manifest without fields for each of these items that is there."""
        head, signed = self.journal, list[Signed[Manifest]]()
        for found in filter(None, map(self.manifest, items)):
            sealed = SealedItem(found.record.item, found.record.version + 1, b"", {})
            signed.append(self.sign_manifest(found.record.collection, sealed, head))
            head = type(head)(signed[-1].record.seq, signed[-1].hash)
        return signed

    def keep_deletion(self, raw: bytes, place: Deleted | None = None) -> Steps[Signed[Deletion]]:
        """The vault's word for what it deleted, checked and kept; ``place`` is what it must say.

        Raises:
            ErasureWrong: if it is not the vault's, or of something else.
        """
        with breaking(ErasureWrong, raw):
            signed = verify(raw, Deletion, vault_key(self.trust))
        said = signed.record
        found = (said.collection, said.since, said.manifests, said.journal)
        ours = (said.vault, said.account) == (self.trust.vault, self.account)
        if not ours or place not in {None, found}:
            raise ErasureWrong("the vault signed that it deleted something else than it was asked to", raw)
        yield Keep({DELETION + to_base64url(signed.hash): raw})
        return signed
