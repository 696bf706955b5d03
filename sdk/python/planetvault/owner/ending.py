"""The end: a collection's data erased, or the whole account.

What is erased at the vault opens for nobody any more. Copies that somebody took open only with a
locker, so an owner who means it destroys her lockers too: the words on paper, and this memory.
"""

from anchor.errors import AnchorError
from anchor.records.erasure import Erasure
from anchor.records.signed import Signed, sign, verify
from planetvault.errors import ErasureWrong
from planetvault.http import send
from planetvault.owner.account import ACCOUNT
from planetvault.owner.exporting import OwnerExporting
from planetvault.receipts import vault_key
from planetvault.steps import Keep, Pause, Steps, Turn

ERASURE = "erasure"
NEXT_CHALLENGE_SECONDS = 1.1


class OwnerEnding(OwnerExporting):
    """Erasing."""

    def erase_collection(self, kind: str) -> Steps[int]:
        """Delete every item of one kind, such as ``music.play``; how many there were."""
        found = [item for item in (yield from self.items()) if item.kind == kind]
        for item in found:
            yield from self.delete_item(item)
        return len(found)

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
