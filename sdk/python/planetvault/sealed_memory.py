"""A memory whose values are sealed: a copy of the file, or a script that reads it, takes no key away.

::

    key = ...                      32 bytes from the system's keyring, a TPM, or an HSM
    memory = SealedMemory(FileMemory("maya.memory"), key)

Names stay readable, since they are looked up; every value is sealed in the place of its
name (docs/spec/sealing.md), so none can be changed or put in another's place.
"""

from collections.abc import Mapping

from planetvault.errors import MemoryFault
from planetvault.memory import NOTHING, Memory
from planetvault.sealing.errors import OpenError
from planetvault.sealing.kept import open_kept, seal_kept


class SealedMemory:
    """A ``Memory`` over another one. The key stays with whoever made it."""

    def __init__(self, inner: Memory, key: bytes) -> None:
        self._inner, self.__key = inner, key

    def get(self, name: str) -> bytes | None:
        """See ``Memory``.

        Raises:
            MemoryFault: if the value was sealed with another key, changed, or moved.
        """
        kept = self._inner.get(name)
        return None if kept is None else self._open(name, kept)

    def under(self, prefix: str) -> dict[str, bytes]:
        """See ``Memory`` and ``get``."""
        return {name: self._open(name, kept) for name, kept in self._inner.under(prefix).items()}

    def put(
        self, changes: Mapping[str, bytes | None], *, expected: Mapping[str, bytes | None] = NOTHING
    ) -> None:
        """See ``Memory``. What is expected is compared with what is sealed there now."""
        before = {name: self._inner.get(name) for name in expected}
        if any(self.get(name) != value for name, value in expected.items()):
            # Another client moved it: the inner memory says so, whatever stands there.
            before = dict.fromkeys(expected, b"\x00")
        sealed = {
            name: None if value is None else seal_kept(self.__key, name, value)
            for name, value in changes.items()
        }
        self._inner.put(sealed, expected=before)

    def _open(self, name: str, kept: bytes) -> bytes:
        try:
            return open_kept(self.__key, name, kept)
        except OpenError as error:
            raise MemoryFault("this memory was sealed with another key, or changed") from error
