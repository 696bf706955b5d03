"""A new device, and nothing else left: it asks guardians for their shares, until there are enough.

::

    recovery = Recovery(FileMemory("new-phone.recovery"))
    recovery.plea                             to each guardian; call them, and read out the number
    recovery.take(letter)                     what each sends back
    Owner.open_with(url, memory, recovery.opener())

In memory: ``recovery/key`` is the seed of this device's key, ``recovery/share/<index>`` a share as it
was sealed, opened. ``forget`` clears it all when the account is open. Specification: docs/spec/guardians.md.
"""

from dataclasses import dataclass

from planetvault.errors import BrokenText, OpensNothing
from planetvault.guardian.keys import own_key
from planetvault.memory import Memory
from planetvault.owner.openers import Guardians
from planetvault.sealing.errors import InputError, SealError
from planetvault.sealing.letter import Letter, number_of, plea_of
from planetvault.sealing.share_words import Share, read_share
from planetvault.sealing.shares import combine

KEY, SHARE, VAULT = "recovery/key", "recovery/share/", "recovery/vault"


@dataclass(frozen=True, slots=True)
class Gathered:
    """How many shares are here, and how many it takes; 0 before the first."""

    here: int
    needed: int

    @property
    def enough(self) -> bool:
        """Whether they bring the secret back."""
        return 0 < self.needed <= self.here


class Recovery:
    """Shares coming back to a device that has nothing else."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._key = own_key(memory, KEY, "key of a recovery")

    @property
    def plea(self) -> str:
        """The text to which guardians seal their shares."""
        return plea_of(self._key.public)

    @property
    def number(self) -> str:
        """25 digits to read to each guardian, so that she knows the plea is not somebody else's."""
        return number_of(self._key.public)

    @property
    def vault(self) -> str | None:
        """Which vault the account is at, as a letter says."""
        octets = self._memory.get(VAULT)
        return octets.decode() if octets else None

    def take(self, letter: str) -> Gathered:
        """Take a letter.

        Raises:
            BrokenText: if it is none, is sealed to another device, or its share is of another secret.
        """
        try:
            opened = Letter.opened(letter, self._key)
        except SealError as error:
            raise BrokenText("this is no letter to this device") from error
        gathered = self.take_words(opened.words)
        self._memory.put({VAULT: opened.vault.encode()})
        return gathered

    def take_words(self, words: str) -> Gathered:
        """Take a share that was kept on paper, as typed.

        Raises:
            BrokenText: if it is none, or of another secret.
        """
        try:
            share = read_share(words)
        except InputError as error:
            raise BrokenText(str(error)) from error
        if any((one.secret, one.threshold) != (share.secret, share.threshold) for one in self._shares()):
            raise BrokenText("this share is of another secret than those that are here")
        self._memory.put({f"{SHARE}{share.index:02}": share.words.encode()})
        return self.gathered

    @property
    def gathered(self) -> Gathered:
        """How far it is."""
        shares = self._shares()
        return Gathered(len(shares), shares[0].threshold if shares else 0)

    def opener(self) -> Guardians:
        """What the shares bring back, for ``Owner.open_with``.

        Raises:
            OpensNothing: if there are too few, or they don't belong together.
        """
        gathered = self.gathered
        if not gathered.enough:
            raise OpensNothing(f"{gathered.here} shares are here, of {gathered.needed or 'those'} needed")
        try:
            return Guardians(combine([share.words for share in self._shares()[: gathered.needed]]))
        except InputError as error:
            raise OpensNothing(str(error)) from error

    def forget(self) -> None:
        """Forget key and shares: the account is open, and the guardians keep theirs."""
        self._memory.put({KEY: None, VAULT: None} | dict.fromkeys(self._memory.under(SHARE)))

    def _shares(self) -> list[Share]:
        return [read_share(octets.decode()) for octets in self._memory.under(SHARE).values()]
