"""On the owner's device: 100,000 plays imported and sealed; one item written, granted and opened."""

import json
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography.cobblestone import Cobblestone256Encryptor
from planetvault.columns import write_column
from planetvault.importers import Gathered, gather, read_export
from planetvault.sealing.envelope import make_envelope, open_envelope, open_granted, seal_envelope
from planetvault.sealing.grant_key import GrantKey
from planetvault.sealing.item import SealedItem, new_item_id, open_item_key, seal_item
from planetvault.sealing.padding import pad
from planetvault.sealing.tree import CollectionKey, new_collection, new_root

from tests.bench import ceilings
from tests.bench.figure import Figure, rate, seconds

PLAYS, PLAYS_PER_FILE = 100_000, 16_000
FIRST_PLAY = datetime(2019, 1, 1, tzinfo=UTC)
BETWEEN_PLAYS = timedelta(minutes=37)
IMPORT_AND_SEAL_SECONDS_MOST, SEALING_LEAST = 10.0, 0.6
FIELDS, FIELD_BYTES, GRANTED = 12, 1024, 2
WRITTEN_MICROS_MOST, OPENED_MICROS_MOST = 1000, 500
NOW = datetime(2027, 3, 1, tzinfo=UTC)
MEGABYTE = 1_000_000

Items = Mapping[str, Mapping[str, bytes]]
"""By month: the columns of its table, each as the bytes to seal."""


def figures(folder: Path, quick: bool) -> Iterator[Figure]:
    """An export of 100,000 plays, a tenth of them in a quick run; then one item of twelve fields."""
    plays = PLAYS // (10 if quick else 1)
    export = _write_export(folder / "export", plays)
    gathered: list[Gathered] = []
    importing = seconds(lambda: gathered.append(_gather(export)))
    assert sum(len(table["id"]) for table in gathered[0].tables.values()) == plays
    collection = new_collection(new_root(os.urandom(16)), "music.play")
    items: list[Items] = []
    writing = seconds(lambda: items.append(_columns(gathered[0])))
    sealing = min(seconds(lambda: _seal(collection, items[0])) for _ in range(3))
    most = IMPORT_AND_SEAL_SECONDS_MOST * plays / PLAYS
    aside = f"imported in {importing:.2f} s, written as columns in {writing:.2f} s, sealed in {sealing:.2f} s"
    name = f"{plays:,} plays imported and sealed"
    yield Figure(name, importing + writing + sealing, "s", most=most, aside=aside)
    yield _beside_aes("… sealing alone", sealing, [v for item in items[0].values() for v in item.values()])
    large = {"field": os.urandom(MEGABYTE)}
    sealing = min(seconds(lambda: _seal(collection, {"large": large})) for _ in range(20))
    yield _beside_aes("sealing a field of 1 MB", sealing, list(large.values()))
    yield _the_cipher(pad(large["field"]))
    yield from _one_item(collection)


def _beside_aes(name: str, took: float, values: list[bytes]) -> Figure:
    size = sum(map(len, values)) / MEGABYTE
    raw = size / ceilings.encrypting([pad(value) for value in values])
    aside = f"{size:,.1f} MB in {len(values):,} fields"
    return Figure(name, size / took, "MB/s", raw, "raw AES-256-GCM", least=SEALING_LEAST * raw, aside=aside)


def _the_cipher(padded: bytes) -> Figure:
    """What sealing could reach: the cipher alone, without the copies and page faults around it."""

    def encrypt() -> None:
        cipher = Cobblestone256Encryptor(bytes(32), b"a field")
        cipher.update(padded)
        cipher.finalize()

    size = len(padded) / MEGABYTE
    raw = size / ceilings.encrypting([padded])
    took = min(seconds(encrypt) for _ in range(20))
    return Figure("… Cobblestone-256 alone", size / took, "MB/s", raw, "raw AES-256-GCM")


def _write_export(folder: Path, plays: int) -> Path:
    """An export as Spotify lays it out, of plays that nobody listened to."""
    folder.mkdir()
    for number, start in enumerate(range(0, plays, PLAYS_PER_FILE)):
        rows = [_play(n) for n in range(start, min(start + PLAYS_PER_FILE, plays))]
        name = f"Streaming_History_Audio_2019-2026_{number}.json"
        (folder / name).write_text(json.dumps(rows), encoding="utf-8")
    return folder


def _play(number: int) -> dict[str, object]:
    track = number * 7919 % 4001
    return {
        "ts": (FIRST_PLAY + number * BETWEEN_PLAYS).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "platform": ("android", "ios", "web_player", "linux")[number % 4],
        "ms_played": 30_000 + number % 240_000,
        "conn_country": "DE",
        "ip_addr": "203.0.113.7",
        "master_metadata_track_name": f"Track No. {track}",
        "master_metadata_album_artist_name": f"Artist No. {track % 389}",
        "master_metadata_album_album_name": f"Album No. {track % 997}",
        "spotify_track_uri": f"spotify:track:{track:022d}",
        "episode_name": None,
        "episode_show_name": None,
        "spotify_episode_uri": None,
        "reason_start": "trackdone",
        "reason_end": "trackdone" if number % 3 else "fwdbtn",
        "shuffle": False,
        "skipped": False,
        "offline": False,
        "offline_timestamp": None,
        "incognito_mode": False,
    }


def _gather(export: Path) -> Gathered:
    return gather(read_export(export, owner_secret=bytes(32), imported_at=NOW))


def _columns(gathered: Gathered) -> Items:
    tables = gathered.tables.items()
    return {p.period: {name: write_column(column) for name, column in t.items()} for p, t in tables}


def _seal(collection: CollectionKey, items: Items) -> list[SealedItem]:
    return [
        seal_item(collection, new_item_id(), 1, fields, label=label, rows=1)
        for label, fields in items.items()
    ]


@dataclass(frozen=True, slots=True)
class _Written:
    """An item with the envelope that opens some of its fields."""

    item: SealedItem
    envelope: bytes
    granted: Mapping[bytes, bytes]


def _one_item(collection: CollectionKey) -> Iterator[Figure]:
    fields = {f"field {n:02d}": os.urandom(FIELD_BYTES) for n in range(FIELDS)}
    names, grant_key = sorted(fields)[:GRANTED], GrantKey(os.urandom(16), os.urandom(32))
    padded = [pad(value) for value in fields.values()]
    written = _write(collection, fields, names, grant_key)
    yield _micros(
        f"item of {FIELDS} fields of 1 KiB sealed, with an envelope",
        lambda: _write(collection, fields, names, grant_key),
        ceilings.encrypting(padded * 100) / 100,
        WRITTEN_MICROS_MOST,
    )
    yield _micros(
        f"{GRANTED} granted fields opened by a partner",
        lambda: _open(grant_key, written),
        ceilings.encrypting(padded[:GRANTED] * 100) / 100,
        OPENED_MICROS_MOST,
    )


def _micros(name: str, work: Callable[[], object], raw: float, most: float) -> Figure:
    return Figure(name, 1e6 / rate(work, 300), "µs", raw * 1e6, "raw AES-256-GCM", most=most)


def _write(
    collection: CollectionKey, fields: Mapping[str, bytes], names: list[str], grant_key: GrantKey
) -> _Written:
    item = seal_item(collection, new_item_id(), 1, fields, label="2027-02", rows=1)
    item_key = open_item_key(collection, item, item.key_hash())
    envelope = make_envelope(collection, item_key, item.hashes(), names, sealed_at=NOW)
    granted = {field.field_id: item.fields[field.field_id] for field in envelope.fields}
    return _Written(item, seal_envelope(grant_key, envelope), granted)


def _open(grant_key: GrantKey, written: _Written) -> Mapping[str, bytes]:
    item = written.item
    return open_granted(
        open_envelope(grant_key, item.item_id, item.version, written.envelope), written.granted
    )
