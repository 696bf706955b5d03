"""A new device joins: three short texts between two devices, and six digits that a person compares.

::

    new device                                      a device that is in
    newcomer = Newcomer()
    newcomer.offer            ── QR or message ──▶  admission = owner.admit(offer)
    newcomer.answer(…)        ◀── its answer ─────  admission.answer
    newcomer.reveal           ── its reveal ─────▶  admission.digits(reveal)
    newcomer.digits   «372 041»   are they the same?   «372 041»
    Owner.join(url, memory, newcomer)               owner.add_device(admission, digits)

The texts may travel on any path, also one that somebody reads and changes. Each side fixes its
random part before it sees the other's: the offer commits to a nonce that is told only after the
answer. So whoever stands between has one try in a million, and a second one begins with new
digits (a short authentication string over a committed transcript: Vaudenay, CRYPTO 2005).
Specification: docs/spec/keys.md.
"""

from dataclasses import dataclass, field
from hashlib import sha256
from hmac import compare_digest
from secrets import token_bytes

from anchor.encoding import from_base64url, to_base64url
from anchor.errors import AnchorError
from anchor.keys import verify_public_key
from planetvault.errors import BrokenAnswer, DigitsDiffer
from planetvault.sealing.errors import InputError
from planetvault.sealing.hseal import verify_sealing_key
from planetvault.sealing.lockers import Locker, new_device_locker

OFFER, ANSWER, REVEAL = "planetvault-join:1:", "planetvault-answer:1:", "planetvault-reveal:1:"
COMMITTED, COMPARED = b"planetvault/joining-commitment/v1\0", b"planetvault/joining-digits/v1\0"
DIGITS = 6
_KEY, _SEALING, _NONCE, _ID = 32, 1216, 32, 16
TEXT_MAX = 4096


def _read(text: str, prefix: str, size: int) -> bytes:
    stripped = text[:TEXT_MAX].strip()
    try:
        octets = from_base64url(stripped.removeprefix(prefix))
    except AnchorError as error:
        raise BrokenAnswer("this text is not whole") from error
    if not stripped.startswith(prefix) or len(octets) != size:
        raise BrokenAnswer("this is another text than the one expected here")
    return octets


def _commitment(nonce: bytes, keys: bytes) -> bytes:
    return sha256(COMMITTED + nonce + keys).digest()


def _digits(offer: bytes, answer: bytes, nonce: bytes) -> str:
    compared = sha256(COMPARED + offer + answer + nonce).digest()
    return str(int.from_bytes(compared) % 10**DIGITS).zfill(DIGITS)


@dataclass(frozen=True, slots=True)
class Told:
    """What the device that is in tells the new one: account, root kid, and hash of the trust file."""

    account: bytes
    root_kid: bytes
    trust: bytes


class Newcomer:
    """A new device before it is let in. Its locker's secret never leaves it."""

    def __init__(self) -> None:
        self.locker: Locker = new_device_locker()
        self._nonce = token_bytes(_NONCE)
        keys = self.locker.signing.public + self.locker.opening.public
        self._offer = keys + _commitment(self._nonce, keys)
        self._answer: bytes | None = None

    @property
    def offer(self) -> str:
        """The first text: both public keys, and a commitment to a nonce."""
        return OFFER + to_base64url(self._offer)

    def answer(self, text: str) -> None:
        """Take the second text. It is taken once: the nonce is told after it.

        Raises:
            BrokenAnswer: if it is none, or another one was taken.
        """
        octets = _read(text, ANSWER, _ID + _KEY + _KEY + _NONCE)
        if self._answer not in {None, octets}:
            raise BrokenAnswer("another answer was taken: begin anew")
        self._answer = octets

    @property
    def reveal(self) -> str:
        """The third text: the nonce, once there is an answer."""
        self._require_answer()
        return REVEAL + to_base64url(self._nonce)

    @property
    def digits(self) -> str:
        """Six digits, to be compared with those on the other device."""
        return _digits(self._offer, self._require_answer(), self._nonce)

    @property
    def told(self) -> Told:
        """What the other device said; to be believed once the digits are the same."""
        octets = self._require_answer()
        return Told(octets[:_ID], octets[_ID : _ID + _KEY], octets[_ID + _KEY : _ID + 2 * _KEY])

    def _require_answer(self) -> bytes:
        if self._answer is None:
            raise BrokenAnswer("the other device has not answered yet")
        return self._answer


@dataclass(frozen=True, slots=True)
class Admission:
    """An offer, and the answer to it, on the device that is in."""

    sign_key: bytes
    sealing_key: bytes
    offer: bytes = field(repr=False)
    answered: bytes = field(repr=False)

    @property
    def answer(self) -> str:
        """The second text, for the new device."""
        return ANSWER + to_base64url(self.answered)

    def digits(self, reveal: str) -> str:
        """Six digits, to be compared with those on the new device.

        Raises:
            DigitsDiffer: if the nonce is not the one that the offer commits to.
        """
        nonce = _read(reveal, REVEAL, _NONCE)
        keys, commitment = self.offer[: _KEY + _SEALING], self.offer[_KEY + _SEALING :]
        if not compare_digest(_commitment(nonce, keys), commitment):
            raise DigitsDiffer("the new device reveals another nonce than it committed to")
        return _digits(self.offer, self.answered, nonce)


def admit(offer: str, told: Told) -> Admission:
    """Answer an offer.

    Raises:
        BrokenAnswer: if it is none, or its keys are unusable.
    """
    octets = _read(offer, OFFER, _KEY + _SEALING + _KEY)
    sign_key, sealing_key = octets[:_KEY], octets[_KEY : _KEY + _SEALING]
    try:
        verify_public_key(sign_key)
        verify_sealing_key(sealing_key)
    except (AnchorError, InputError) as error:
        raise BrokenAnswer("the new device offers keys that nobody can use") from error
    answered = told.account + told.root_kid + told.trust + token_bytes(_NONCE)
    return Admission(sign_key, sealing_key, octets, answered)
