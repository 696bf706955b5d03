"""Items: an export sealed month by month, and opened again, by the owner's own devices.

In memory: ``label/<id>`` is what an item is about, so that a list of items need not open
each. A vault never learns it.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from json import dumps, loads
from os import PathLike
from typing import Any, BinaryIO

from anchor.encoding import from_base64url, to_base64url
from anchor.errors import FormatError
from anchor.records.account import Manifest
from anchor.records.consent import Grant
from anchor.records.shape import TIME, binary, many, write_time
from anchor.records.signed import Signed
from planetvault.answers import Fields
from planetvault.columns import Columns, read_column, rows_of, write_column
from planetvault.errors import (
    Forbidden,
    ItemChanged,
    ItemTooLarge,
    JournalForked,
    JournalMoved,
    MemoryMoved,
    NotFound,
)
from planetvault.importers import Gathered, ImportSummary, Place, gather, merge, read_export
from planetvault.opened import FILE
from planetvault.owner.collections import OwnerCollections
from planetvault.owner.given import covered_columns
from planetvault.owner.journal import JOURNAL
from planetvault.sealing.contexts import ID_BYTES
from planetvault.sealing.errors import OpenError
from planetvault.sealing.item import SealedItem, open_item, open_item_key, seal_item
from planetvault.sealing.tree import CollectionKey
from planetvault.steps import Keep, Steps, Turn, Work

BATCH_ITEMS = 100
BATCH_BYTES = 11 << 20  # of sealed bytes; as base64url they stay below the 16 MiB of a body
TRIES = 8
"""How often to begin anew because another device wrote first."""
LABEL = "label/"
GRANTS, GRANTS_MAX = "grants", 20
"""The column of a file that names grants, and how many it may name."""
_IDS = many(binary(ID_BYTES), 0, GRANTS_MAX)

Progress = Callable[[int, int], None]
"""Called with (bytes read, bytes in all)."""


@dataclass(frozen=True, slots=True)
class StoredItem:
    """An item this owner has: a month, or a day, of one kind of data; or a file.

    ``sealed_at`` is when its values were sealed first: an item that was renewed is no newer to the device
    that did it. To others it is as new as its keys, and grants that are not for future items close to it at
    the next renewal there. ``named`` are the ids of the grants that a file names.
    """

    item: bytes
    version: int
    kind: str
    period: str
    rows: int
    sealed_at: datetime
    named: tuple[bytes, ...] = ()

    def covered_by(self, grant: Grant) -> bool:
        """Whether a grant opens something of it."""
        return bool(covered_columns(grant, self.kind, self.period, self.sealed_at, self.named))


@dataclass(frozen=True, slots=True)
class OwnItem:
    """An item, opened by its owner. ``columns`` are aligned: row 3 is the fourth of each."""

    stored: StoredItem
    columns: Columns = field(repr=False)

    def rows(self) -> Iterator[dict[str, Any]]:
        """The same, row by row."""
        return rows_of(self.columns)


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did: the reading's own account, and the items that were written or left as they were."""

    summary: ImportSummary
    written: int
    unchanged: int
    rows_added: int
    rows_updated: int


@dataclass(slots=True)
class _Tally:
    written: int = 0
    unchanged: int = 0
    added: int = 0
    updated: int = 0


@dataclass(frozen=True, slots=True)
class Draft:
    """An item version, sealed and not yet in the journal."""

    period: str
    collection: CollectionKey
    sealed: SealedItem
    rows: int
    added: int
    updated: int
    since: datetime | None = None
    """When these values were there already, if only their keys are new."""
    named: tuple[bytes, ...] = ()
    """The ids of the grants that a file names."""

    @property
    def size(self) -> int:
        """Its sealed bytes."""
        return sum(map(len, self.sealed.fields.values()))


class OwnerItems(OwnerCollections):
    """Items written and read."""

    def items(self) -> Steps[list[StoredItem]]:
        """Every item this owner has, in the order of the journal."""
        yield from self.sync()
        found: list[StoredItem] = []
        for manifest in self.manifests():
            found.append((yield from self._stored(manifest)))  # noqa: PERF401 - a comprehension can't yield
        return found

    def open_item(self, item: StoredItem | bytes) -> Steps[OwnItem]:
        """Open an item, in the newest version this device knows of.

        Raises:
            ItemChanged: if what the vault returns is older, altered, or incomplete.
        """
        name = item if isinstance(item, bytes) else item.item
        manifest, answer = yield from self._fetch(name)
        collection = yield from self.collection(manifest.record.collection)
        return (yield from self._open_item(manifest, answer, collection))

    def import_export(
        self, source: str | PathLike[str] | BinaryIO, *, progress: Progress | None = None
    ) -> Steps[Imported]:
        """Read an export, join it to what is there month by month, and seal what changed.

        ``source`` is the path of a file, a ZIP or a folder, or a seekable binary file. Importing
        a file again changes nothing. Standing grants for future items get their envelopes at once.

        Raises:
            planetvault.importers.ExportError: if the file can't be read.
            ItemTooLarge: if a month holds more than one item may.
        """
        gathered: Gathered = yield Work(lambda: self._gather(source, progress))
        yield Turn(JOURNAL)
        yield from self.sync()
        tally, waiting = _Tally(), list(gathered.tables)
        while waiting:
            waiting = yield from self._import_some(gathered, waiting, tally)
        return Imported(gathered.summary, tally.written, tally.unchanged, tally.added, tally.updated)

    # -- importing -----------------------------------------------------------------------

    def _gather(self, source: str | PathLike[str] | BinaryIO, progress: Progress | None) -> Gathered:
        secret = self.unlocked.identity.record_secret()
        reading = read_export(source, owner_secret=secret, imported_at=self.clock(), progress=progress)
        return gather(reading)

    def item_of(self, place: Place) -> bytes:
        """The id of the item of a collection and period: the same on every device and at every import."""
        return self.unlocked.identity.import_id(place.collection, place.period.encode())

    def _import_some(self, gathered: Gathered, places: Sequence[Place], tally: _Tally) -> Steps[list[Place]]:
        """Write as many places as fit one request; what is left comes back."""
        for _ in range(TRIES):
            drafts, taken = yield from self._drafts(gathered, places)
            try:
                yield from self._write(drafts)
            except (JournalMoved, Forbidden):  # another device wrote, or a grant ended, in between
                yield from self.sync()
                continue
            tally.written += len(drafts)
            tally.unchanged += taken - len(drafts)
            tally.added += sum(draft.added for draft in drafts)
            tally.updated += sum(draft.updated for draft in drafts)
            return list(places[taken:])
        raise JournalForked("the journal keeps moving: is another device writing all the time?")

    def _drafts(self, gathered: Gathered, places: Sequence[Place]) -> Steps[tuple[list[Draft], int]]:
        drafts: list[Draft] = []
        size = 0
        for taken, place in enumerate(places):
            draft = yield from self._draft(place, gathered.tables[place])
            if draft is None:
                continue
            if draft.size > BATCH_BYTES:
                raise ItemTooLarge(f"{place.collection} of {place.period} is larger than a vault takes")
            if len(drafts) == BATCH_ITEMS or size + draft.size > BATCH_BYTES:
                return drafts, taken
            drafts.append(draft)
            size += draft.size
        return drafts, len(places)

    def _draft(self, place: Place, table: dict[str, list[object]]) -> Steps[Draft | None]:
        """The place with the imported rows joined in, sealed; None if that changes nothing."""
        item = self.item_of(place)
        existing = None if self.manifest(item) is None else (yield from self.open_item(item))
        columns = None if existing is None else {name: list(v) for name, v in existing.columns.items()}
        merged = merge(place.collection, columns, table)
        if merged.unchanged:
            return None
        collection = yield from self.writable(place.collection)
        rows = len(merged.columns["id"])
        values = {name: write_column(column) for name, column in merged.columns.items()}
        sealed = seal_item(collection, item, self.version(item) + 1, values, label=place.period, rows=rows)
        return Draft(place.period, collection, sealed, rows, merged.added, merged.updated)

    def _write(self, drafts: Sequence[Draft]) -> Steps[None]:
        if not drafts:
            return
        standing = yield from self._standing_grants()
        future = [one for one in standing if one.record.future_items]
        head, manifests, bodies = self.journal, list[Signed[Manifest]](), list[dict[str, Any]]()
        labels: dict[str, bytes | None] = {}
        for draft in drafts:
            manifest = self.sign_manifest(draft.collection.collection_id, draft.sealed, head)
            key = open_item_key(draft.collection, draft.sealed, draft.sealed.key_hash())
            grants = standing if draft.since else future
            envelopes = self.envelopes(
                grants, manifest, draft.collection, key, draft.period, draft.since, draft.named
            )
            manifests.append(manifest)
            bodies.append(body_of(manifest, draft.sealed, envelopes))
            labels[LABEL + to_base64url(draft.sealed.item_id)] = _label(manifest, draft)
            head = type(head)(manifest.record.seq, manifest.hash)
        yield from self._write_to_journal(manifests, bodies, labels)

    def _standing_grants(self) -> Steps[list[Signed[Grant]]]:
        now = self.clock()
        given = yield from self.grants()
        return [one.signed for one in given if one.stands(now)]

    def _write_to_journal(
        self,
        manifests: Sequence[Signed[Manifest]],
        bodies: Sequence[dict[str, Any]],
        others: dict[str, bytes | None],
    ) -> Steps[Fields]:
        answer = yield from self._send_items(bodies)
        walk, seen = self.walk(), self.memory.get(JOURNAL)
        for manifest in manifests:
            walk.step(manifest.raw)
        if (answer.integer("seq"), answer.maybe_hash("head")) != (walk.head.seq, walk.head.hash):
            raise JournalForked("the vault put the journal elsewhere than this device did", manifests[-1].raw)
        try:
            yield walk.keep(seen, others)
        except MemoryMoved:
            yield from self.sync()
            yield Keep(others)
        return answer

    def _send_items(self, bodies: Sequence[dict[str, Any]]) -> Steps[Fields]:
        try:
            return (yield from self.send("POST", "/v1/items", {"items": list(bodies)}))
        except NotFound as gone:  # another device erased the collection: begin another one
            self.forget_collections()
            raise JournalMoved(
                str(gone), code=gone.code, status=gone.status, request_id=gone.request_id
            ) from gone

    # -- reading -------------------------------------------------------------------------

    def _fetch(self, item: bytes) -> Steps[tuple[Signed[Manifest], Fields]]:
        """What the vault stores of an item, if its manifest is the newest this device knows of."""
        for fresh in (False, True):
            if fresh:
                yield from self.sync()
            answer = yield from self.get(f"/v1/items/{to_base64url(item)}")
            manifest = self.manifest(item)
            if manifest is not None and answer.record("manifest") == manifest.raw:
                return manifest, answer
        raise ItemChanged(
            "the vault shows another version of an item than the journal", answer.record("manifest")
        )

    def _open_item(
        self, manifest: Signed[Manifest], answer: Fields, collection: CollectionKey
    ) -> Steps[OwnItem]:
        said = manifest.record
        sealed = SealedItem(said.item, said.version, answer.sealed("key"), answer.sealed_by_id("fields"))
        hashes = {one.field: one.sealed for one in said.fields}
        try:
            item = open_item(collection, sealed, hashes, key_hash=said.key)
            columns = {name: read_column(value) for name, value in item.fields.items()}
            named = named_in(columns) if item.kind == FILE else ()
        except (OpenError, FormatError, ValueError) as error:
            raise ItemChanged("an item is not what its manifest says", manifest.raw) from error
        known = _read_label(self.memory.get(LABEL + to_base64url(said.item)))
        since = known.since if known.version == said.version else None
        label = _Label(said.version, item.label, item.rows, named, since)
        yield Keep({LABEL + to_base64url(said.item): bytes(label)})
        stored = StoredItem(
            said.item, said.version, item.kind, item.label, item.rows, since or said.time, named
        )
        return OwnItem(stored, columns)

    def _stored(self, manifest: Signed[Manifest]) -> Steps[StoredItem]:
        said = manifest.record
        known = _read_label(self.memory.get(LABEL + to_base64url(said.item)))
        if known.version != said.version:
            return (yield from self.open_item(said.item)).stored
        collection = yield from self.collection(said.collection)
        sealed_at = known.since or said.time
        return StoredItem(
            said.item, said.version, collection.kind, known.period, known.rows, sealed_at, known.named
        )


def body_of(
    manifest: Signed[Manifest], sealed: SealedItem, envelopes: Sequence[dict[str, Any]]
) -> dict[str, Any]:
    """An item version as the vault takes it (docs/spec/http.md)."""
    return {
        "manifest": manifest.text,
        "key": to_base64url(sealed.key),
        "fields": {to_base64url(name): to_base64url(blob) for name, blob in sealed.fields.items()},
        "envelopes": list(envelopes),
    }


def named_in(columns: Columns) -> tuple[bytes, ...]:
    """The ids of the grants that a file names.

    Raises:
        ValueError, FormatError: if the columns are not those of one file.
    """
    (named,) = columns.get(GRANTS, [])
    ids: tuple[bytes, ...] = _IDS.read(named)
    return ids


@dataclass(frozen=True, slots=True)
class _Label:
    """What a device remembers of an item version, so that it need not open it again."""

    version: int
    period: str
    rows: int
    named: tuple[bytes, ...]
    since: datetime | None

    def __bytes__(self) -> bytes:
        names = [to_base64url(one) for one in self.named]
        since = write_time(self.since) if self.since else None
        return dumps([self.version, self.period, self.rows, names, since], ensure_ascii=False).encode()


def _label(manifest: Signed[Manifest], draft: Draft) -> bytes:
    return bytes(_Label(manifest.record.version, draft.period, draft.rows, draft.named, draft.since))


def _read_label(raw: bytes | None) -> _Label:
    version, period, rows, names, since = loads(raw) if raw else (0, "", 0, [], None)
    return _Label(version, period, rows, tuple(map(from_base64url, names)), since and TIME.read(since))
