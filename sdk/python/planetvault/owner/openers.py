"""What opens an account besides a device: a recovery phrase, a password, a passkey.

::

    kept = RecoveryPhrase.new()              print kept.words, and keep nothing of it here
    owner.add_locker(kept)
    Owner.open_with(url, memory, RecoveryPhrase("friend burger mandate …"))     years later

Each has 128 random bits or more in it, so nobody guesses it with what the vault holds: a
password never stands alone. From these bits comes the finder too, by which a vault finds the
account for somebody who remembers nothing else of it (docs/spec/keys.md).
"""

from dataclasses import dataclass, field
from typing import Protocol, Self

from anchor.encoding import from_base64url, to_base64url
from anchor.errors import FormatError
from planetvault.answers import Fields
from planetvault.errors import OpensNothing
from planetvault.memory import Memory
from planetvault.sealing.errors import InputError, WeakKeyError
from planetvault.sealing.lockers import (
    RECOVERY_ENTROPY_BYTES,
    SECRET_KEY_BYTES,
    Locker,
    LockerKind,
    device_locker,
    finder_of,
    guardians_locker,
    passkey_locker,
    password_locker,
    recovery_locker,
)
from planetvault.sealing.recovery_phrase import entropy_of, words_of
from planetvault.sealing.sealer import FRESH
from planetvault.sealing.stretching import TODAY, Cost, Stretching, new_stretching

Parameters = dict[str, str | int]


class Opener(Protocol):
    """A way to open an account that a person, not a device, carries."""

    @property
    def kind(self) -> str:
        """The kind of locker it opens."""
        ...

    def finder(self) -> bytes:
        """32 bytes by which the vault finds the locker."""
        ...

    def new_parameters(self) -> Parameters:
        """What the vault must keep to make the locker again: nothing secret."""
        ...

    def locker(self, account: bytes, parameters: Fields) -> Locker:
        """The locker in this account.

        Raises:
            OpensNothing: if it can't be made with these parameters.
        """
        ...


@dataclass(frozen=True, slots=True)
class RecoveryPhrase:
    """Twelve English words (BIP-39) that stand for 128 random bits."""

    words: str = field(repr=False)

    @classmethod
    def new(cls) -> Self:
        """Twelve words that nobody has."""
        return cls(words_of(FRESH.random(RECOVERY_ENTROPY_BYTES)))

    def _entropy(self) -> bytes:
        try:
            return entropy_of(self.words)
        except InputError as error:
            raise OpensNothing(str(error)) from error

    @property
    def kind(self) -> str:
        """See ``Opener``."""
        return LockerKind.RECOVERY.value

    def finder(self) -> bytes:
        """See ``Opener``."""
        return finder_of(self._entropy())

    def new_parameters(self) -> Parameters:
        """See ``Opener``."""
        return {}

    def locker(self, account: bytes, parameters: Fields) -> Locker:  # noqa: ARG002 - it needs none
        """See ``Opener``."""
        return recovery_locker(self._entropy(), account)


@dataclass(frozen=True, slots=True)
class Password:
    """A password, and the secret key of 128 random bits without which it opens nothing.

    ``secret_key`` is what the owner keeps on paper or in her other devices, as ``text``.
    """

    password: str = field(repr=False)
    secret_key: bytes = field(repr=False)
    cost: Cost = TODAY

    @classmethod
    def new(cls, password: str) -> Self:
        """A password with a secret key that nobody has."""
        return cls(password, FRESH.random(SECRET_KEY_BYTES))

    @classmethod
    def of(cls, password: str, text: str) -> Self:
        """A password and a secret key as it was written down.

        Raises:
            OpensNothing: if the text is no secret key.
        """
        try:
            return cls(password, from_base64url("".join(text.split())))
        except FormatError as error:
            raise OpensNothing("a secret key has 22 characters") from error

    @property
    def text(self) -> str:
        """The secret key, 22 characters, to be written down."""
        return to_base64url(self.secret_key)

    @property
    def kind(self) -> str:
        """See ``Opener``."""
        return LockerKind.PASSWORD.value

    def finder(self) -> bytes:
        """See ``Opener``. It tells nothing about the password."""
        try:
            return finder_of(self.secret_key)
        except InputError as error:
            raise OpensNothing("a secret key has 16 bytes") from error

    def new_parameters(self) -> Parameters:
        """See ``Opener``."""
        cost = new_stretching(cost=self.cost)
        return {"salt": to_base64url(cost.salt), "passes": cost.passes, "memory": cost.memory_kib}

    def locker(self, account: bytes, parameters: Fields) -> Locker:
        """See ``Opener``. A cost below today's least is refused before anything is stretched."""
        cost = parameters.identifier("salt"), parameters.integer("passes"), parameters.integer("memory")
        try:
            return password_locker(self.password, self.secret_key, account, Stretching(*cost))
        except (WeakKeyError, InputError) as error:
            raise OpensNothing(str(error)) from error

    def is_dated(self, parameters: Fields) -> bool:
        """Whether a locker with these parameters costs less to guess against than one of today."""
        passes, memory = parameters.integer("passes"), parameters.integer("memory")
        return passes < self.cost.passes or memory < self.cost.memory_kib


@dataclass(frozen=True, slots=True)
class Passkey:
    """A passkey, by the 32 bytes that its PRF extension returned."""

    prf_output: bytes = field(repr=False)

    @property
    def kind(self) -> str:
        """See ``Opener``."""
        return LockerKind.PASSKEY.value

    def finder(self) -> bytes:
        """See ``Opener``."""
        return finder_of(self.prf_output)

    def new_parameters(self) -> Parameters:
        """See ``Opener``."""
        return {}

    def locker(self, account: bytes, parameters: Fields) -> Locker:  # noqa: ARG002 - it needs none
        """See ``Opener``."""
        try:
            return passkey_locker(self.prf_output, account)
        except InputError as error:
            raise OpensNothing("a passkey gives 32 bytes") from error


@dataclass(frozen=True, slots=True)
class Guardians:
    """What enough guardians brought back together (``planetvault.guardian``): 16 bytes.

    Alone it opens nothing. The vault adds its half, ``half`` among the parameters, when the waiting
    period is over.
    """

    secret: bytes = field(repr=False)

    @property
    def kind(self) -> str:
        """See ``Opener``."""
        return LockerKind.GUARDIANS.value

    def finder(self) -> bytes:
        """See ``Opener``."""
        return finder_of(self.secret)

    def new_parameters(self) -> Parameters:
        """See ``Opener``. What else stands there, the owner's device adds."""
        return {}

    def locker(self, account: bytes, parameters: Fields) -> Locker:
        """See ``Opener``."""
        return guardians_locker(self.secret, parameters.hash("half"), account)


@dataclass(frozen=True, slots=True)
class Device:
    """The locker of a device that is in, by what it remembers: to move with it, not to log in elsewhere."""

    memory: Memory = field(repr=False)

    @property
    def kind(self) -> str:
        """See ``Opener``."""
        return LockerKind.DEVICE.value

    def finder(self) -> bytes:
        """A device has none: it knows its account."""
        raise OpensNothing("a device is not found by what it remembers: open its memory")

    def new_parameters(self) -> Parameters:
        """See ``Opener``."""
        return {}

    def locker(self, account: bytes, parameters: Fields) -> Locker:  # noqa: ARG002 - a device has one
        """See ``Opener``."""
        secret = self.memory.get("device")
        if secret is None:
            raise OpensNothing("this memory holds no owner's device")
        return device_locker(secret)
