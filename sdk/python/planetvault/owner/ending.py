"""The end: a collection's data erased, or the whole account.

What is erased at the vault opens for nobody any more. Copies that somebody took open only with a
locker, so an owner who means it destroys her lockers too: the words on paper, and this memory.
"""

from anchor.encoding import to_base64url
from anchor.errors import AnchorError
from anchor.records.erasure import Deletion, Erasure
from anchor.records.signed import Signed, sign, verify
from planetvault.errors import ErasureWrong
from planetvault.http import send
from planetvault.opened import FILE
from planetvault.owner.account import ACCOUNT
from planetvault.owner.exporting import OwnerExporting
from planetvault.owner.items import BATCH_ITEMS
from planetvault.receipts import vault_key
from planetvault.steps import Keep, Pause, Steps, Turn

ERASURE = "erasure"
NEXT_CHALLENGE_SECONDS = 1.1


class OwnerEnding(OwnerExporting):
    """Erasing."""

    def erase_collection(self, kind: str) -> Steps[list[Signed[Deletion]]]:
        """Delete every item of one kind, such as ``music.play``, and the keys of its collections.

        What comes back are the vault's signed words for it: one for each hundred items, one for each
        collection. The bytes of files are deleted with them.

        Raises:
            ErasureWrong: if one is not the vault's, or not of what was to be deleted.
        """
        items = [item for item in (yield from self.items()) if item.kind == kind]
        if kind == FILE:
            for item in items:
                yield from self.drop_bytes(item)
        deletions: list[Signed[Deletion]] = []
        for start in range(0, len(items), BATCH_ITEMS):
            names = [item.item for item in items[start : start + BATCH_ITEMS]]
            if deletion := (yield from self.delete_items(names)):
                deletions.append(deletion)
        for collection in (yield from self.collections_of(kind)):
            deletions.append((yield from self._erase_key(collection)))  # noqa: PERF401 - a comprehension can't yield
        return deletions

    def deletions(self) -> Steps[list[Signed[Deletion]]]:
        """The vault's word for everything it deleted of this account, oldest first, checked and kept."""
        found: list[Signed[Deletion]] = []
        for row in (yield from self.listed("/v1/deletions")):
            found.append((yield from self.keep_deletion(row.record("deletion"))))  # noqa: PERF401 - as above
        return found

    def _erase_key(self, collection: bytes) -> Steps[Signed[Deletion]]:
        answer = yield from self.send("DELETE", f"/v1/collections/{to_base64url(collection)}", {})
        self.forget_collections()
        signed = yield from self.keep_deletion(answer.record("deletion"))
        if (signed.record.collection, signed.record.since) != (collection, 0):
            raise ErasureWrong("the vault signed that it deleted another collection", signed.raw)
        return signed

    def erase_account(self, *, forfeit: int = 0) -> Steps[Signed[Erasure]]:
        """End this account. The vault deletes everything sealed, and signs that it did.

        ``forfeit`` is what is left behind, in micros: all that is on the balance.

        Raises:
            Conflict: while a grant stands, or if the balance is another one.
            ErasureWrong: if the record is not the vault's, or not of what this device has seen.
        """
        yield Turn(ACCOUNT)
        journal = yield from self.sync()
        chain = self.unlocked.chain.entries[-1].hash
        yield Pause(NEXT_CHALLENGE_SECONDS)
        login = sign((yield from self.challenged()), self.locker.signing).text
        answer = yield from send("POST", "/v1/erasures", {"login": login, "forfeit": forfeit})
        raw = answer.record("erasure")
        try:
            signed = verify(raw, Erasure, vault_key(self.trust))
        except AnchorError as error:
            raise ErasureWrong(str(error), raw) from error
        said = signed.record
        expected = (self.trust.vault, self.account, chain, journal.seq, journal.hash)
        if (said.vault, said.account, said.chain, said.manifests, said.journal) != expected:
            raise ErasureWrong("the vault erased another state than this device has seen", raw)
        yield Keep({ERASURE: raw})
        return signed
