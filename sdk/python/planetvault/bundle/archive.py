"""The archive of a bundle: files with a hash each, and a signature over the list of them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from zipfile import ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from anchor.encoding import from_base64url, to_base64url
from anchor.errors import AnchorError
from anchor.keys import SigningKey, verify_signature
from anchor.records.shape import read_json, write_json
from planetvault.answers import Fields
from planetvault.errors import BundleBroken

INDEX, SIGNATURE = "index.json", "index.signature"
SIGNED = b"planetvault/bundle/v1\0"
FILES_MAX = 1_000_000
FILE_BYTES_MAX = 64 << 20
_LONG_AGO = (1980, 1, 1, 0, 0, 0)


class BundleWriter:
    """Writes a bundle file by file, and at the end its index, signed."""

    def __init__(self, path: Path) -> None:
        self._path, self._part = path, path.with_name(path.name + ".part")
        self._zip = ZipFile(self._part, "w", ZIP_STORED)
        self._hashes: dict[str, str] = {}

    def __contains__(self, name: str) -> bool:
        return name in self._hashes

    def add(self, name: str, octets: bytes) -> None:
        """Put one file in."""
        self._put(name, octets)
        self._hashes[name] = to_base64url(sha256(octets).digest())

    def add_lines(self, name: str, raws: Iterable[bytes]) -> None:
        """Put signed records in, one a line."""
        self.add(name, b"".join(raw + b"\n" for raw in raws))

    def finish(self, said: dict[str, Any], key: SigningKey) -> None:
        """Sign the list of all files, and let the bundle appear under its name."""
        index = write_json({"v": 1, **said, "files": dict(sorted(self._hashes.items()))})
        self._put(INDEX, index)
        signature = to_base64url(key.kid) + "." + to_base64url(key.sign(SIGNED + index))
        self._put(SIGNATURE, signature.encode())
        self._zip.close()
        self._part.replace(self._path)

    def give_up(self) -> None:
        """Leave nothing behind."""
        self._zip.close()
        self._part.unlink(missing_ok=True)

    def _put(self, name: str, octets: bytes) -> None:
        self._zip.writestr(ZipInfo(name, _LONG_AGO), octets)


@dataclass(frozen=True, slots=True)
class Index:
    """What a bundle says about itself."""

    raw: bytes
    vault: str
    account: bytes
    made: str
    files: dict[str, bytes]

    def verify_signer(self, signature: bytes, key_of: Callable[[bytes], bytes]) -> bytes:
        """The kid of the locker that signed.

        Raises:
            AnchorError: if none did.
        """
        kid, _, signed = signature.decode("latin-1").partition(".")
        name = from_base64url(kid)
        verify_signature(key_of(name), SIGNED + self.raw, from_base64url(signed))
        return name


class BundleReader:
    """Reads a bundle, every file against the index.

    Raises:
        BundleBroken: if it is no bundle, or a file is missing, too many, changed or too large.
    """

    def __init__(self, path: Path) -> None:
        try:
            self._zip = ZipFile(path)
        except (OSError, BadZipFile, ValueError, NotImplementedError) as error:
            raise BundleBroken("this is not a bundle") from error
        try:
            self.index = _index(self._read(INDEX))
            self._require_names()
        except BaseException:
            self._zip.close()
            raise

    def read(self, name: str) -> bytes:
        """A file of the index, with the hash that the index names."""
        if name not in self.index.files:
            raise BundleBroken(f"the bundle has no {name}")
        octets = self._read(name)
        if sha256(octets).digest() != self.index.files[name]:
            raise BundleBroken(f"{name} is not what the index says")
        return octets

    def signature(self) -> bytes:
        """The signature over the index."""
        return self._read(SIGNATURE)

    def lines(self, name: str) -> list[bytes]:
        """Signed records, one a line."""
        octets = self.read(name)
        if octets and not octets.endswith(b"\n"):
            raise BundleBroken(f"{name} is cut off")
        return octets.split(b"\n")[:-1]

    def object(self, name: str) -> Fields:
        """A JSON object."""
        value = self._json(name)
        if type(value) is not dict:
            raise BundleBroken(f"{name} is not an object")
        return Fields(value)

    def objects(self, name: str) -> list[Fields]:
        """A list of JSON objects."""
        return Fields({"rows": self._json(name)}).objects("rows")

    def under(self, prefix: str) -> list[str]:
        """The names of all files that begin so."""
        return [name for name in self.index.files if name.startswith(prefix)]

    def _json(self, name: str) -> Any:
        try:
            return read_json(self.read(name))
        except AnchorError as error:
            raise BundleBroken(f"{name} is not JSON") from error

    def _read(self, name: str) -> bytes:
        try:
            info = self._zip.getinfo(name)
            if info.compress_type != ZIP_STORED or info.file_size > FILE_BYTES_MAX:
                raise BundleBroken("a file in a bundle is uncompressed, and at most 64 MiB")
            return self._zip.read(info)
        except (KeyError, OSError, BadZipFile, RuntimeError, NotImplementedError, EOFError) as error:
            raise BundleBroken("a file of the bundle is missing or damaged") from error

    def _require_names(self) -> None:
        if self._zip.comment:
            raise BundleBroken("a bundle has no comment")
        names = [info.filename for info in self._zip.infolist()]
        if len(names) > FILES_MAX or sorted(names) != sorted([*self.index.files, INDEX, SIGNATURE]):
            raise BundleBroken("the bundle holds other files than its index names")

    def close(self) -> None:
        """Let go of the file."""
        self._zip.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _index(raw: bytes) -> Index:
    try:
        value = read_json(raw)
        if type(value) is not dict or value.keys() != {"v", "vault", "account", "made", "files"}:
            raise BundleBroken("the index is not one of version 1")
        said = Fields(value)
        names = value["files"]
        if value["v"] != 1 or type(names) is not dict:
            raise BundleBroken("the index is not one of version 1")
        files = {name: Fields(names).hash(name) for name in names}
    except AnchorError as error:
        raise BundleBroken("the index is malformed") from error
    return Index(raw, said.text("vault"), said.identifier("account"), said.text("made"), files)
