"""Lists inside sealed plaintext, written one way and read strictly.

Texts are ``u16be(length) ‖ UTF-8``, counts are ``u16be``, whole numbers 8 bytes
big-endian up to 2^53 - 1, times are whole seconds since 1970 in UTC. What was
read must be used up to its last byte. The bytes come from whoever holds the key,
who may still be hostile to the reader: a partner reads what an owner wrote.
"""

from datetime import UTC, datetime

from planetvault.sealing.contexts import INTEGER_MAX
from planetvault.sealing.errors import InputError, OpenError

TEXT_BYTES_MAX = 256
COUNT_MAX = 256
SECONDS_MAX = 253_402_300_799  # the end of the year 9999


def write_integer(value: int) -> bytes:
    """Write a whole number as 8 bytes big-endian."""
    if not 0 <= value <= INTEGER_MAX:
        raise InputError("a whole number lies between 0 and 2^53 - 1")
    return value.to_bytes(8)


def write_count(value: int) -> bytes:
    """Write the length of a list as 2 bytes big-endian."""
    if not 0 <= value <= COUNT_MAX:
        raise InputError("a list has at most 256 entries")
    return value.to_bytes(2)


def write_text(value: str) -> bytes:
    """Write a text with its length before it."""
    try:
        octets = value.encode()
    except UnicodeEncodeError as error:
        raise InputError("a text is well-formed Unicode") from error
    if len(octets) > TEXT_BYTES_MAX:
        raise InputError("a text has at most 256 bytes of UTF-8")
    return len(octets).to_bytes(2) + octets


def whole_second(moment: datetime) -> datetime:
    """The second in which ``moment`` falls, in UTC.

    Raises:
        InputError: if ``moment`` names no zone: it would be read as the machine's own.
    """
    if moment.tzinfo is None:
        raise InputError("a time names its zone")
    return moment.astimezone(UTC).replace(microsecond=0)


def write_time(moment: datetime) -> bytes:
    """Write a time as its whole seconds since 1970 in UTC."""
    return write_integer(int(whole_second(moment).timestamp()))


class LayoutReader:
    """Reads such a list from the front; anything amiss is an ``OpenError``."""

    def __init__(self, octets: bytes) -> None:
        self._octets = octets
        self._position = 0

    def take(self, size: int) -> bytes:
        """The next ``size`` bytes."""
        end = self._position + size
        if end > len(self._octets):
            raise OpenError
        taken = self._octets[self._position : end]
        self._position = end
        return taken

    def integer(self) -> int:
        """The next whole number."""
        value = int.from_bytes(self.take(8))
        if value > INTEGER_MAX:
            raise OpenError
        return value

    def time(self) -> datetime:
        """The next time, in UTC."""
        seconds = self.integer()
        if seconds > SECONDS_MAX:
            raise OpenError
        return datetime.fromtimestamp(seconds, UTC)

    def count(self) -> int:
        """The next length of a list."""
        value = int.from_bytes(self.take(2))
        if value > COUNT_MAX:
            raise OpenError
        return value

    def text(self) -> str:
        """The next text."""
        size = int.from_bytes(self.take(2))
        if size > TEXT_BYTES_MAX:
            raise OpenError
        try:
            return self.take(size).decode()
        except UnicodeDecodeError:
            raise OpenError from None

    def end(self) -> None:
        """Demand that nothing is left."""
        if self._position != len(self._octets):
            raise OpenError
