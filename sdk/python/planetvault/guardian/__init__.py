"""A guardian keeps a share of somebody's account, and hands it over when she calls and asks.

::

    guardian = Guardian(FileMemory("mum.guardian"))
    guardian.invitation                       give this text to the owner, and read her the number
    guardian.keep(letter, "Lin")              the letter she sent
    guardian.send("Lin", plea, number)        years later: her plea, and the number she reads out

No vault is spoken to: everything travels as texts between people. In memory: ``guardian/key`` is the
seed of the guardian's key, ``guardian/share/<name>`` a letter opened. Specification: docs/spec/guardians.md.
"""

from dataclasses import dataclass
from hmac import compare_digest
from json import dumps, loads
from typing import Self

from anchor.encoding import from_base64url, to_base64url
from planetvault.errors import BrokenText, DigitsDiffer, NothingRemembered
from planetvault.guardian.keys import own_key
from planetvault.guardian.recovery import Recovery
from planetvault.memory import Memory
from planetvault.sealing.errors import SealError
from planetvault.sealing.letter import Letter, invitation_of, number_of, read_plea

__all__ = ["Guardian", "KeptShare", "Recovery"]

KEY, SHARE = "guardian/key", "guardian/share/"
NAME_CHARACTERS_MAX = 80


@dataclass(frozen=True, slots=True)
class KeptShare:
    """A share that a guardian keeps, under the name she gave it."""

    name: str
    letter: Letter

    @property
    def words(self) -> str:
        """Twenty words (SLIP-39), should it be kept on paper as well."""
        return self.letter.words

    def to_bytes(self) -> bytes:
        """As it is remembered."""
        return dumps([self.letter.vault, to_base64url(self.letter.account), self.words]).encode()

    @classmethod
    def of(cls, name: str, octets: bytes) -> Self:
        """As it was remembered."""
        vault, account, words = loads(octets)
        return cls(name, Letter(vault, from_base64url(account), words))


class Guardian:
    """Somebody's guardian, on a device of her own. She needs no account."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._key = own_key(memory, KEY, "guardian's key")

    @property
    def invitation(self) -> str:
        """The text by which an owner seals a share to this guardian."""
        return invitation_of(self._key.public)

    @property
    def number(self) -> str:
        """25 digits to read to the owner, so that she knows the invitation is not somebody else's."""
        return number_of(self._key.public)

    def keep(self, letter: str, name: str) -> KeptShare:
        """Open a letter, and keep its share under a name.

        Raises:
            BrokenText: if it is none, or for somebody else; or if the name is taken.
        """
        if not name.strip() or len(name) > NAME_CHARACTERS_MAX or not name.isprintable():
            raise BrokenText(f"a name has 1 to {NAME_CHARACTERS_MAX} characters")
        try:
            share = KeptShare(name, Letter.opened(letter, self._key))
        except SealError as error:
            raise BrokenText("this is no letter to this guardian") from error
        if self._memory.get(SHARE + name) not in {None, share.to_bytes()}:
            raise BrokenText("another share is kept under this name: choose another one")
        self._memory.put({SHARE + name: share.to_bytes()})
        return share

    def kept(self) -> list[KeptShare]:
        """Every share, by name."""
        found = self._memory.under(SHARE)
        return [KeptShare.of(name.removeprefix(SHARE), octets) for name, octets in found.items()]

    def send(self, name: str, plea: str, number: str) -> str:
        """The share of ``name``, sealed to the plea: a letter that may travel on any path.

        ``number`` is what she reads out, on the phone or in person, not what came with the plea.

        Raises:
            DigitsDiffer: if the plea has another number: somebody else wrote it.
            BrokenText: if it is no plea.
            NothingRemembered: if nothing is kept under this name.
        """
        octets = self._memory.get(SHARE + name)
        if octets is None:
            raise NothingRemembered("no share is kept under this name")
        try:
            key = read_plea(plea)
        except SealError as error:
            raise BrokenText(str(error)) from error
        if not compare_digest(_digits(number_of(key)), _digits(number)):
            raise DigitsDiffer("this plea has another number: ask again who sent it, and send nothing")
        return KeptShare.of(name, octets).letter.sealed_to(key)

    def forget(self, name: str) -> None:
        """Keep a share no longer."""
        self._memory.put({SHARE + name: None})


def _digits(number: str) -> bytes:
    return "".join(number.split()).encode()
