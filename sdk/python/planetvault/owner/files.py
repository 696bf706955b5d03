"""Files: each an item of its own, and its bytes a blob, sealed here and sent part by part.

::

    stored = owner.put_blob("holiday.mp4", media_type="video/mp4")
    owner.get_blob(stored, "back.mp4")
    owner.read_blob(stored, 1_000_000, 4096)

Broken off, either goes on where it was: call it again. In memory: ``upload/<SHA-256 of the file>`` is
the blob's id, its key and the item's id, until the item is written.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from mimetypes import guess_type
from os import PathLike
from pathlib import Path
from typing import Any

from anchor.encoding import from_base64url, to_base64url
from anchor.errors import FormatError
from anchor.records.erasure import Deletion
from anchor.records.shape import write_time
from anchor.records.signed import Signed
from planetvault.columns import write_column
from planetvault.errors import FileChanged, ItemChanged, JournalForked, JournalMoved, NotFound
from planetvault.fetching import PART_BYTES, Progress, fetch_file, fetch_range, read_range
from planetvault.http import exchange
from planetvault.importers import RowError
from planetvault.importers.identity import Identity
from planetvault.importers.record import FIELDS
from planetvault.opened import CONTENT, FILE
from planetvault.owner.guardians import OwnerGuardians
from planetvault.owner.items import GRANTS, TRIES, Draft, StoredItem
from planetvault.owner.journal import JOURNAL
from planetvault.sealing.blob import BlobReference, read_blob_reference
from planetvault.sealing.blob_parts import BlobPlan, Outline, outline_of, seal_parts
from planetvault.sealing.contexts import ID_BYTES
from planetvault.sealing.errors import InputError, OpenError
from planetvault.sealing.item import seal_item
from planetvault.sealing.layout import write_text
from planetvault.sealing.seal import KEY_BYTES
from planetvault.sealing.sealer import FRESH
from planetvault.sealing.tree import CollectionKey
from planetvault.steps import Keep, Request, Steps, Turn, Work

UPLOAD = "upload/"
Source = str | PathLike[str]


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file that this owner keeps. ``size`` is in bytes."""

    item: bytes
    name: str
    media_type: str
    size: int
    added: datetime
    reference: BlobReference = field(repr=False)


class OwnerFiles(OwnerGuardians):
    """Files of any size."""

    def put_blob(
        self,
        source: Source,
        *,
        name: str | None = None,
        media_type: str | None = None,
        progress: Progress | None = None,
    ) -> Steps[StoredItem]:
        """Seal a file, send it in parts, and write the item that holds it. Broken off, it goes on.

        The file is read twice: once to know it, once to seal it.

        Raises:
            FileChanged: if it is not the same the second time; nothing is written.
            InputError: if it can't be called so, or be of this type.
        """
        path = Path(source)
        kind = media_type or guess_type(path.name)[0] or "application/octet-stream"
        verify_named(name or path.name, kind)
        outline: Outline = yield Work(lambda: outline_of(path))
        waiting = UPLOAD + to_base64url(outline.digest)
        yield Turn(waiting)
        plan, item = yield from self._plan(waiting, outline)
        try:
            sealed, parts, last = yield from self._send_parts(plan, path, progress)
        except FileChanged:  # nobody comes back for what was sent of a file that is no more
            yield Keep({waiting: None})
            yield from self._drop(plan.blob_id)
            raise
        reference = BlobReference(plan.blob_id, plan.key, outline.size, sealed, kind, name or path.name)
        stored = yield from self._write_file(item, reference, parts, last, outline.digest)
        if progress and last:
            progress(plan.sealed_size, plan.sealed_size)
        yield Keep({waiting: None})
        return stored

    def files(self) -> Steps[list[StoredFile]]:
        """Every file this owner keeps, in the order of the journal."""
        found: list[StoredFile] = []
        for stored in (yield from self.items()):
            if stored.kind == FILE:
                found.append((yield from self.file(stored)))  # noqa: PERF401 - a comprehension can't yield
        return found

    def file(self, stored: StoredItem | bytes) -> Steps[StoredFile]:
        """What an item says about the file it holds.

        Raises:
            ItemChanged: if it holds none.
        """
        opened = yield from self.open_item(stored)
        row = next(opened.rows(), {})
        try:
            reference = read_blob_reference(from_base64url(str(row.get(CONTENT))))
        except (OpenError, FormatError) as error:
            raise ItemChanged("this item holds no file") from error
        one = opened.stored
        said = reference.name, reference.media_type, reference.size
        return StoredFile(one.item, *said, one.sealed_at, reference)

    def get_blob(
        self, stored: StoredItem | StoredFile | bytes, into: Source, *, progress: Progress | None = None
    ) -> Steps[Path]:
        """Fetch a file's bytes; ``into`` stands there when the last of them is checked. Again, it goes on.

        Raises:
            ItemChanged: if they are not those that were sealed.
        """
        file = yield from self._file(stored)
        target = f"/v1/blobs/{to_base64url(file.reference.blob_id)}/content"
        try:
            return (
                yield from self.signed_in(
                    lambda who: fetch_file(target, who, file.reference, Path(into), progress)
                )
            )
        except OpenError as error:
            raise ItemChanged("the bytes of this file are not those that were sealed") from error

    def read_blob(self, stored: StoredItem | StoredFile | bytes, start: int, size: int) -> Steps[bytes]:
        """At most ``size`` bytes of a file from ``start`` on, without the rest of it.

        Raises:
            ItemChanged: if they were not sealed with the file's key.
        """
        file = yield from self._file(stored)
        target = f"/v1/blobs/{to_base64url(file.reference.blob_id)}/content"
        try:
            return (
                yield from self.signed_in(lambda who: read_range(target, who, file.reference, start, size))
            )
        except OpenError as error:
            raise ItemChanged("the bytes of this file are not those that were sealed") from error

    def sealed_range(self, file: StoredFile, start: int, end: int) -> Steps[bytes]:
        """Bytes of a file as they are sealed, from ``start`` up to ``end``."""
        target = f"/v1/blobs/{to_base64url(file.reference.blob_id)}/content"
        return (yield from self.signed_in(lambda who: fetch_range(target, who, start, end)))

    def hang_blob(self, file: StoredFile, parts: int) -> Steps[None]:
        """Say that all parts of a file's blob are there, and which field of which item refers to it."""
        manifest = self.manifest(file.item)
        if manifest is None:
            raise ItemChanged("the item of this file is gone")
        collection = yield from self.collection(manifest.record.collection)
        yield from self._finish(file.item, collection, file.reference, parts, b"")

    def put_part(self, blob_id: bytes, number: int, octets: bytes) -> Steps[None]:
        """Send one part of a blob as it is sealed. Again, it changes nothing."""
        yield from self._put(f"/v1/blobs/{to_base64url(blob_id)}/parts/{number}", octets)

    def _finish(
        self, item: bytes, collection: CollectionKey, reference: BlobReference, parts: int, whole: bytes
    ) -> Steps[None]:
        """Nothing more comes; ``whole`` is the blob itself, if its one part was not sent yet."""
        blob = f"/v1/blobs/{to_base64url(reference.blob_id)}"
        item_id, field_id = to_base64url(item), to_base64url(collection.field_id(CONTENT))
        if whole:
            yield from self._put(f"{blob}?item={item_id}&field={field_id}", whole)
        else:
            yield from self.send("POST", blob, {"parts": parts, "item": item_id, "field": field_id})

    def delete_blob(self, stored: StoredItem | StoredFile | bytes) -> Steps[Signed[Deletion] | None]:
        """Delete a file, its item and its bytes; as ``delete_item``."""
        file = yield from self._file(stored)
        deletion = yield from self.delete_item(file.item)
        yield from self._drop(file.reference.blob_id)
        return deletion

    def drop_bytes(self, stored: StoredItem | StoredFile | bytes) -> Steps[None]:
        """Delete a file's bytes alone."""
        file = yield from self._file(stored)
        yield from self._drop(file.reference.blob_id)

    def _drop(self, blob_id: bytes) -> Steps[None]:
        try:
            yield from self.send("DELETE", f"/v1/blobs/{to_base64url(blob_id)}", {})
        except NotFound:
            return

    def _file(self, stored: StoredItem | StoredFile | bytes) -> Steps[StoredFile]:
        return stored if isinstance(stored, StoredFile) else (yield from self.file(stored))

    # -- sending -------------------------------------------------------------------------

    def _plan(self, waiting: str, outline: Outline) -> Steps[tuple[BlobPlan, bytes]]:
        kept = self.memory.get(waiting)
        if kept is None:
            kept = FRESH.random(ID_BYTES) + FRESH.random(KEY_BYTES) + FRESH.random(ID_BYTES)
            yield Keep({waiting: kept}, {waiting: None})
        blob_id, key = kept[:ID_BYTES], kept[ID_BYTES : ID_BYTES + KEY_BYTES]
        return BlobPlan(blob_id, key, outline), kept[ID_BYTES + KEY_BYTES :]

    def _send_parts(
        self, plan: BlobPlan, path: Path, progress: Progress | None
    ) -> Steps[tuple[bytes, int, bytes]]:
        """Send what is not there yet; the SHA-256 of the sealed stream, and how many parts it has.

        A blob of one part is not sent: it comes back, to be put and finished in one request.
        """
        blob = f"/v1/blobs/{to_base64url(plan.blob_id)}"
        whole, parts, number, sent = sha256(), seal_parts(plan, path, PART_BYTES), 0, 0
        if plan.sealed_size <= PART_BYTES:
            octets = yield Work(lambda: b"".join(parts))
            return sha256(octets).digest(), 1, octets
        there = yield from self.parts_there(plan.blob_id)
        while octets := (yield Work(_next(parts))):
            whole.update(octets)
            if there.get(number) != sha256(octets).digest():
                yield from self._put(f"{blob}/parts/{number}", octets)
            number, sent = number + 1, sent + len(octets)
            if progress:
                progress(sent, plan.sealed_size)
        return whole.digest(), number, b""

    def parts_there(self, blob_id: bytes) -> Steps[dict[int, bytes]]:
        """Which parts of a blob the vault has, each with its SHA-256."""
        blob, there, after = f"/v1/blobs/{to_base64url(blob_id)}", dict[int, bytes](), -1
        while True:
            try:
                answer = yield from self.get(f"{blob}?after={after}")
            except NotFound:
                return there
            rows = answer.objects("parts")
            if not rows:
                return there
            there |= {row.integer("part"): row.hash("hash") for row in rows}
            after = max(there)

    def _put(self, target: str, octets: bytes) -> Steps[None]:
        request = Request("PUT", target, octets, {"content-type": "application/octet-stream"})
        yield from self.signed_in(lambda who: exchange(request, who))

    # -- the item ------------------------------------------------------------------------

    def _write_file(
        self, item: bytes, reference: BlobReference, parts: int, whole: bytes, digest: bytes
    ) -> Steps[StoredItem]:
        """The blob is finished first: an item never names one that is not whole."""
        period = f"{self.clock():%Y-%m}"
        hangs = yield from self._put_whole(item, reference, whole)
        yield Turn(JOURNAL)
        for _ in range(TRIES):
            yield from self.sync()
            manifest = self.manifest(item)
            if manifest is not None:
                return (yield from self._stored(manifest))
            collection = yield from self.writable(FILE)
            if collection.collection_id != hangs:
                if hangs and whole:  # another device renewed or erased that collection: no item will name it
                    yield from self._drop(reference.blob_id)
                yield from self._finish(item, collection, reference, parts, whole)
                hangs = collection.collection_id
            values = {name: write_column([value]) for name, value in self._row(reference, digest).items()}
            sealed = seal_item(collection, item, 1, values, label=period, rows=1)
            try:
                yield from self._write([Draft(period, collection, sealed, rows=1, added=1, updated=0)])
            except JournalMoved:
                continue
        raise JournalForked("the journal keeps moving: is another device writing all the time?")

    def _put_whole(self, item: bytes, reference: BlobReference, whole: bytes) -> Steps[bytes | None]:
        """Put a blob of one part before the turn: nobody waits for its bytes. The collection it hangs on."""
        if not whole or self.manifest(item) is not None:
            return None
        collection = yield from self.begun(FILE)
        if collection is None:
            return None
        yield from self._finish(item, collection, reference, 1, whole)
        return collection.collection_id

    def _row(self, reference: BlobReference, digest: bytes) -> dict[str, Any]:
        """The one row of a file's item (docs/spec/data-record.md)."""
        identity = Identity(self.unlocked.identity.record_secret(), "file")
        return {
            "id": identity.record_id("content", digest.hex()),
            "name": reference.name,
            "type": reference.media_type,
            "size_bytes": reference.size,
            "at": write_time(self.clock()),
            CONTENT: to_base64url(reference.to_bytes()),
            GRANTS: [],
        }


def verify_named(name: str, media_type: str) -> None:
    """Return if a file can be called so, and be of this type (docs/spec/data-record.md).

    Raises:
        InputError: if it can't.
    """
    checks = FIELDS["document.file"]
    try:
        checks["name"](name)
        checks["type"](media_type)
        write_text(name)
    except RowError as error:
        raise InputError("a file has a printable name, and a type such as image/jpeg") from error


def _next(parts: Iterator[bytes]) -> Callable[[], bytes]:
    return lambda: next(parts, b"")
