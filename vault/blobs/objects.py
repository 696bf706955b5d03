"""Where the bytes of blobs lie: a folder, or any store that speaks S3.

An object is written once under a name nobody chose, never changed, and deleted when
nothing speaks of it. ``put`` returns when the object is durable.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

from vault import durable
from vault.errors import Unavailable
from vault.settings import Settings

if TYPE_CHECKING:
    from obstore.store import S3Store

SECONDS = 30
FRESH = ".new"
"""Where a folder's objects lie while they are written; no object is called so."""


class Objects(Protocol):
    """The port. Names are relative paths of letters, digits, ``-``, ``_`` and ``/``."""

    def put(self, name: str, content: bytes) -> None:
        """Keep ``content``, durably.

        Raises:
            Unavailable: the store does not answer, or is full; nothing of it is left, then.
        """
        ...

    def read(self, name: str, start: int, end: int) -> bytes:
        """Bytes ``start`` to ``end`` (exclusive), or to the object's own end if that is nearer.

        Raises:
            Unavailable: the object is not there, or the store does not answer.
        """
        ...

    def has(self, name: str) -> bool:
        """Whether there is an object of this name.

        Raises:
            Unavailable: the store does not answer.
        """
        ...

    def size(self, name: str) -> int | None:
        """How many bytes it has; None if there is none. Raises as ``has`` does."""
        ...

    def delete(self, names: Sequence[str]) -> None:
        """Delete them; those that are gone already are no fault."""
        ...


def objects_of(settings: Settings) -> "Objects":
    """The store that the settings name. Nothing is opened yet."""
    if settings.objects:
        return S3Objects(settings)
    return FolderObjects((settings.folder / "objects").resolve())


@dataclass(frozen=True)
class FolderObjects:
    """Files in a folder."""

    folder: Path

    def put(self, name: str, content: bytes) -> None:
        """See ``Objects``."""
        fresh = self.folder / FRESH
        try:
            durable.clear(fresh)
            with durable.written(self.folder / name, fresh) as file:
                file.write(content)
        except OSError as error:
            raise Unavailable(f"the folder of objects takes nothing: {error.strerror}") from error

    def read(self, name: str, start: int, end: int) -> bytes:
        """See ``Objects``."""
        try:
            with (self.folder / name).open("rb") as file:
                file.seek(start)
                return file.read(end - start)
        except FileNotFoundError:
            raise Unavailable("an object is missing from the store") from None

    def has(self, name: str) -> bool:
        """See ``Objects``."""
        return (self.folder / name).is_file()

    def size(self, name: str) -> int | None:
        """See ``Objects``."""
        try:
            return (self.folder / name).stat().st_size
        except FileNotFoundError:
            return None

    def delete(self, names: Sequence[str]) -> None:
        """See ``Objects``."""
        for name in names:
            (self.folder / name).unlink(missing_ok=True)


class S3Objects:
    """A bucket. ``objects`` is ``s3://bucket/prefix``; the endpoint and the keys come from settings."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    @cached_property
    def _store(self) -> "S3Store":
        from obstore.store import S3Store  # noqa: PLC0415 - an extra, and without a bucket not needed

        place = urlsplit(self._settings.objects)
        endpoint = self._settings.objects_endpoint
        return S3Store(
            place.netloc,
            prefix=place.path.strip("/") or None,
            endpoint=endpoint or None,
            region=self._settings.objects_region,
            access_key_id=self._settings.objects_key_id,
            secret_access_key=self._settings.objects_key.get_secret_value(),
            client_options={"allow_http": endpoint.startswith("http://"), "timeout": f"{SECONDS}s"},
        )

    def put(self, name: str, content: bytes) -> None:
        """See ``Objects``."""
        import obstore  # noqa: PLC0415

        try:
            obstore.put(self._store, name, content)
        except Exception as error:
            raise _unavailable(error) from error

    def read(self, name: str, start: int, end: int) -> bytes:
        """See ``Objects``."""
        import obstore  # noqa: PLC0415

        try:
            return bytes(obstore.get_range(self._store, name, start=start, end=end))
        except Exception as error:
            raise _unavailable(error) from error

    def has(self, name: str) -> bool:
        """See ``Objects``."""
        return self.size(name) is not None

    def size(self, name: str) -> int | None:
        """See ``Objects``."""
        import obstore  # noqa: PLC0415

        try:
            return obstore.head(self._store, name)["size"]
        except FileNotFoundError:
            return None
        except Exception as error:
            raise _unavailable(error) from error

    def delete(self, names: Sequence[str]) -> None:
        """See ``Objects``."""
        import obstore  # noqa: PLC0415

        try:
            obstore.delete(self._store, list(names))  # up to 1,000 in one question
        except FileNotFoundError:  # from a store that takes them one by one, and stopped there
            for name in names:
                with suppress(FileNotFoundError):
                    obstore.delete(self._store, name)
        except Exception as error:
            raise _unavailable(error) from error


def _unavailable(error: Exception) -> Unavailable:
    # The library's message may hold the store's address; its kind is enough for a caller.
    return Unavailable(f"the object store does not answer as it should: {type(error).__name__}")
