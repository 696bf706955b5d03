"""A share on its way: sealed to a guardian's key, or to the device that asks for it back.

::

    "planetvault-guardian:1:" ‖ base64url(X-Wing key)        an invitation, by a guardian
    "planetvault-plea:1:"     ‖ base64url(X-Wing key)        a plea, by a device that lost everything
    "planetvault-share:1:"    ‖ base64url(hseal(…))          a letter, to either

The texts may travel on any path; people compare the number of a key. Specification:
docs/spec/guardians.md.
"""

from dataclasses import dataclass, field
from hashlib import sha256
from typing import Self

from anchor.encoding import from_base64url, to_base64url
from anchor.errors import FormatError
from anchor.keys import kid_of
from planetvault.sealing import contexts
from planetvault.sealing.errors import InputError
from planetvault.sealing.hseal import OpeningKey, verify_sealing_key
from planetvault.sealing.layout import LayoutReader, write_text
from planetvault.sealing.sealer import FRESH, Sealer
from planetvault.sealing.share_words import read_share

INVITATION, PLEA, LETTER = "planetvault-guardian:1:", "planetvault-plea:1:", "planetvault-share:1:"
NUMBERED = b"planetvault/guardian-number/v1\0"
GROUPS, DIGITS_IN_A_GROUP = 5, 5
TEXT_CHARACTERS_MAX = 4096


@dataclass(frozen=True, slots=True)
class Letter:
    """A share, and which account of which vault it helps to open."""

    vault: str
    account: bytes
    words: str = field(repr=False)

    def sealed_to(self, sealing_key: bytes, sealer: Sealer = FRESH) -> str:
        """The letter as a text that only the holder of this key can read.

        Raises:
            InputError: if it is no usable key.
        """
        place = contexts.guardian_share(kid_of(sealing_key))
        plaintext = write_text(self.vault) + self.account + write_text(self.words)
        return LETTER + to_base64url(sealer.hseal(sealing_key, place, plaintext))

    @classmethod
    def opened(cls, text: str, key: OpeningKey) -> Self:
        """Open a letter.

        Raises:
            InputError: if the text is no letter, or what it holds is no share.
            OpenError: if it is sealed to another key, or was changed.
        """
        reader = LayoutReader(key.hunseal(contexts.guardian_share(key.kid), _read(text, LETTER)))
        letter = cls(reader.text(), reader.take(contexts.ID_BYTES), reader.text())
        reader.end()
        read_share(letter.words)
        return letter


def invitation_of(sealing_key: bytes) -> str:
    """The text by which a guardian offers to keep a share."""
    return INVITATION + to_base64url(sealing_key)


def plea_of(sealing_key: bytes) -> str:
    """The text by which a new device asks for shares."""
    return PLEA + to_base64url(sealing_key)


def read_invitation(text: str) -> bytes:
    """The X-Wing key of an invitation.

    Raises:
        InputError: if it is none.
    """
    return _read_key(text, INVITATION)


def read_plea(text: str) -> bytes:
    """The X-Wing key of a plea.

    Raises:
        InputError: if it is none.
    """
    return _read_key(text, PLEA)


def number_of(sealing_key: bytes) -> str:
    """25 digits by which two people make sure that they mean the same key, such as on the phone."""
    size = GROUPS * DIGITS_IN_A_GROUP
    digits = str(int.from_bytes(sha256(NUMBERED + sealing_key).digest()) % 10**size).zfill(size)
    return " ".join(digits[start : start + DIGITS_IN_A_GROUP] for start in range(0, size, DIGITS_IN_A_GROUP))


def _read_key(text: str, prefix: str) -> bytes:
    sealing_key = _read(text, prefix)
    verify_sealing_key(sealing_key)
    return sealing_key


def _read(text: str, prefix: str) -> bytes:
    stripped = "".join(text[: TEXT_CHARACTERS_MAX + 1].split())  # a message may have broken it into lines
    if len(stripped) > TEXT_CHARACTERS_MAX or not stripped.startswith(prefix):
        raise InputError(f"a text that begins with {prefix} is expected here")
    try:
        return from_base64url(stripped.removeprefix(prefix))
    except FormatError as error:
        raise InputError("this text is not whole") from error
