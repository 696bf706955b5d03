"""Two devices of one owner compare what each was shown, so that no vault shows each its own history.

A device by itself notices when the vault goes back on what it showed before. It can't notice that
another device is shown something else. So one device says where its three chains stand, in a line
that fits a QR code or a message, and the other checks that its own history passes there.
"""

from dataclasses import dataclass
from typing import Self

from anchor.encoding import from_base64url, to_base64url
from anchor.errors import FormatError
from planetvault.chains import Head
from planetvault.errors import AccountChanged, BrokenAnswer, JournalForked, JournalRolledBack
from planetvault.owner.journal import Walk
from planetvault.owner.sharing import OwnerSharing
from planetvault.steps import Steps, Turn

PREFIX = "planetvault-heads:1:"
_PLACE_BYTES = 40
_ACCOUNT_BYTES = 16


@dataclass(frozen=True, slots=True)
class Heads:
    """Where a device stands in the account chain, the journal, and the owner's chain of receipts."""

    account: bytes
    chain: Head
    journal: Head
    receipts: Head

    @property
    def text(self) -> str:
        """The prefix, and base64url of account(16), then number(8) and hash(32) of each chain."""
        places = (self.chain, self.journal, self.receipts)
        octets = b"".join(one.seq.to_bytes(8) + (one.hash or bytes(32)) for one in places)
        return PREFIX + to_base64url(self.account + octets)

    @classmethod
    def of(cls, text: str) -> Self:
        """Read such a line.

        Raises:
            BrokenAnswer: if it is none.
        """
        try:
            octets = from_base64url(text.strip().removeprefix(PREFIX))
        except FormatError as error:
            raise BrokenAnswer("this is not what a device says about its heads") from error
        if not text.strip().startswith(PREFIX) or len(octets) != _ACCOUNT_BYTES + 3 * _PLACE_BYTES:
            raise BrokenAnswer("this is not what a device says about its heads")
        starts = range(_ACCOUNT_BYTES, len(octets), _PLACE_BYTES)
        return cls(octets[:_ACCOUNT_BYTES], *(_place(octets[at : at + _PLACE_BYTES]) for at in starts))


def _place(octets: bytes) -> Head:
    seq = int.from_bytes(octets[:8])
    return Head(seq, octets[8:] if seq else None)


class OwnerHeads(OwnerSharing):
    """What this device has seen, and whether another of hers saw the same."""

    def heads(self) -> Steps[str]:
        """Where this device stands, as a line for another device of the same owner."""
        yield Turn("owner-chain")
        journal = yield from self.sync()
        receipts = (yield from self._walk_receipts()).owner
        return Heads(self.account, self._chain_head(), journal, receipts).text

    def compare(self, heads: str) -> Steps[None]:
        """Return if this device's history passes where the other one stands.

        Raises:
            AccountChanged, JournalRolledBack, JournalForked, ReceiptRewritten: if the vault shows
                this device less than the other one, or something else.
        """
        theirs = Heads.of(heads)
        if theirs.account != self.account:
            raise AccountChanged("these heads are of another account")
        yield Turn("owner-chain")
        journal = yield from self.sync()
        self._compare_chain(theirs.chain)
        yield from self._compare_journal(theirs.journal, journal)
        walk = yield from self._walk_receipts()
        walk.require_passing(theirs.receipts)

    def _chain_head(self) -> Head:
        last = self.unlocked.chain.entries[-1]
        return Head(last.record.seq, last.hash)

    def _compare_chain(self, theirs: Head) -> None:
        entries = self.unlocked.chain.entries
        if theirs.seq > len(entries) or entries[theirs.seq - 1].hash != theirs.hash:
            raise AccountChanged(
                "the vault shows your devices two account chains", bytes(self.unlocked.chain)
            )

    def _compare_journal(self, theirs: Head, ours: Head) -> Steps[None]:
        if theirs.seq > ours.seq:
            raise JournalRolledBack(f"another device saw {theirs.seq} manifests, this one {ours.seq}")
        if not theirs.seq:
            return
        walk = Walk(self.unlocked.chain)
        places = [Head()]
        for row in (yield from self.listed("/v1/journal"))[: ours.seq]:
            walk.step(row.record("manifest"))
            places.append(walk.head)
        if places[-1] != ours or places[theirs.seq] != theirs:
            raise JournalForked("the vault shows your devices two journals")
