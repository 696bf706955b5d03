"""The log over a store is the pure tree, whole after every append, and notices damage."""

from collections.abc import Callable, Mapping
from hashlib import sha256
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anchor.errors import AnchorError, FormatError, ProofError
from anchor.keys import SigningKey
from anchor.log import ENTRY_BYTES, Log, MemoryLogStore, StaleHeadError
from anchor.merkle import (
    EMPTY_ROOT,
    TreeHead,
    complete_levels,
    consistency_path,
    inclusion_path,
    leaf_hash,
    root,
    root_at,
    verify_consistency,
    verify_inclusion,
)
from anchor.note import NoteKey, Policy
from anchor.records.checkpoint import verify_checkpoint
from anchor.tiles import ENTRIES, TILE_WIDTH, TileId, tile_path, tile_width

ORIGIN = "log.example/receipts"
ENTRY_LIST = [bytes([number % 5]) + sha256(b"entry %d" % number).digest() for number in range(3000)]
LEAVES = [leaf_hash(entry) for entry in ENTRY_LIST]
LEVELS = complete_levels(LEAVES)


def read(level: int, index: int) -> bytes:
    return LEVELS[level][index]


class CountingStore(MemoryLogStore):
    """Counts what an append reads and writes."""

    def __init__(self) -> None:
        super().__init__()
        self.read: list[TileId] = []
        self.written: dict[TileId, bytes] = {}

    def tile(self, tile: TileId) -> bytes:
        self.read.append(tile)
        return super().tile(tile)

    def grow(self, old: TreeHead, new: TreeHead, tiles: Mapping[TileId, bytes]) -> None:
        self.written = dict(tiles)
        super().grow(old, new, tiles)


class DamagedStore(MemoryLogStore):
    """Hands out one tile otherwise than it was written."""

    def __init__(self, tile: TileId, damage: Callable[[bytes], bytes]) -> None:
        super().__init__()
        self.damaged, self.damage, self.broken = tile, damage, False

    def tile(self, tile: TileId) -> bytes:
        data = super().tile(tile)
        return self.damage(data) if self.broken and tile == self.damaged else data


def grown(store: MemoryLogStore, size: int, batch: int = 1000) -> Log:
    log = Log(ORIGIN, store)
    for start in range(0, size, batch):
        log.append(ENTRY_LIST[start : min(start + batch, size)])
    return log


@pytest.fixture(scope="module")
def log() -> Log:
    return grown(MemoryLogStore(), 3000, batch=77)


@given(st.lists(st.integers(0, 600), max_size=5))
def test_any_way_of_batching_gives_the_pure_tree(batches: list[int]) -> None:
    store = MemoryLogStore()
    log = Log(ORIGIN, store)
    size = 0
    for batch in batches:
        head = log.append(ENTRY_LIST[size : size + batch])
        size += batch
        assert head == log.head() == TreeHead(size, root(LEAVES[:size]))
    assert log.entries(0, size) == ENTRY_LIST[:size]
    assert log.verify() == log.head()
    assert {tile: len(data) for tile, data in store.tiles()} == {
        tile: tile_width(tile, size) * (ENTRY_BYTES + 2 if tile.level == ENTRIES else 32)
        for level in (ENTRIES, 0, 1)
        for tile in (TileId(level, index) for index in range(12))
        if tile_width(tile, size)
    }


@given(st.integers(0, 3000), st.data())
def test_every_root_and_proof_is_that_of_the_pure_tree(log: Log, size: int, data: st.DataObject) -> None:
    assert log.root(size) == root_at(read, size)
    if size == 0:
        return
    index = data.draw(st.integers(0, size - 1))
    old = data.draw(st.integers(1, size))
    inclusion, consistency = log.inclusion(index, size), log.consistency(old, size)
    assert inclusion == inclusion_path(read, index=index, size=size)
    assert consistency == consistency_path(read, old=old, new=size)
    verify_inclusion(LEAVES[index], index=index, size=size, path=inclusion, root=log.root(size))
    verify_consistency(old=old, new=size, path=consistency, old_root=log.root(old), new_root=log.root(size))


@given(st.integers(0, 3000), st.integers(0, 3000))
def test_any_range_of_entries_reads_back(log: Log, one: int, two: int) -> None:
    start, end = sorted((one, two))
    assert log.entries(start, end) == ENTRY_LIST[start:end]


def test_nothing_is_known_of_a_size_the_log_has_not_reached(log: Log) -> None:
    for ask in (
        lambda: log.root(3001),
        lambda: log.inclusion(3000, 3000),
        lambda: log.inclusion(0, 3001),
        lambda: log.consistency(5, 3001),
        lambda: log.consistency(0, 5),
        lambda: log.entries(0, 3001),
        lambda: log.entries(2, 1),
        lambda: log.root(-1),
    ):
        with pytest.raises(ProofError):
            ask()


def test_an_empty_log_has_the_empty_root_and_appending_nothing_writes_nothing() -> None:
    store = CountingStore()
    log = Log(ORIGIN, store)
    assert log.append([]) == log.verify() == TreeHead(0, EMPTY_ROOT)
    assert store.written == {}


@pytest.mark.parametrize("length", [0, 32, 34, 63, 64, 65])
def test_one_entry_of_another_length_refuses_the_whole_batch(length: int) -> None:
    log = grown(MemoryLogStore(), 10)
    before = log.head()
    with pytest.raises(FormatError):
        log.append([ENTRY_LIST[10], bytes(length)])
    assert log.head() == log.verify() == before


@pytest.mark.parametrize("size", [1, 255, 256, 257, 65_535, 65_536, 65_537])
def test_an_append_reads_and_writes_the_right_edge_alone(size: int) -> None:
    store = CountingStore()
    log = Log(ORIGIN, store)
    entry = ENTRY_LIST[0]
    log.append([entry] * size)
    store.read.clear()
    log.append([entry] * 1000)
    levels = 4  # entries, and three levels of hashes up to 16 million
    assert len(set(store.read)) <= levels
    assert len(store.written) <= 1000 // TILE_WIDTH + 2 + levels * 2
    assert all(tile.index >= (size >> 8 * max(tile.level, 0)) // TILE_WIDTH for tile in store.written)


def test_a_log_of_70000_has_the_tiles_the_specification_counts() -> None:
    store = MemoryLogStore()
    Log(ORIGIN, store).append([ENTRY_LIST[number % 3000] for number in range(70_000)])
    widths = {tile: len(data) // 32 for tile, data in store.tiles() if tile.level != ENTRIES}
    assert [width for tile, width in widths.items() if tile.level == 0] == [256] * 273 + [112]
    assert [width for tile, width in widths.items() if tile.level == 1] == [256, 17]
    assert [width for tile, width in widths.items() if tile.level == 2] == [1]
    assert max(tile.level for tile in widths) == 2


def test_the_slower_of_two_writers_is_refused_and_writes_nothing() -> None:
    store = MemoryLogStore()
    log = grown(store, 300)
    stale = log.head()
    log.append(ENTRY_LIST[300:400])
    with pytest.raises(StaleHeadError):
        store.grow(stale, TreeHead(301, bytes(32)), {TileId(0, 1): b"forged"})
    assert log.verify() == TreeHead(400, root(LEAVES[:400]))


EDGES = [TileId(0, 11), TileId(1, 0), TileId(ENTRIES, 11)]


@pytest.mark.parametrize("kept", [slice(0), slice(-1)], ids=["missing", "short"])
@pytest.mark.parametrize("tile", EDGES, ids=tile_path)
def test_a_tile_lost_at_the_edge_stops_the_append(tile: TileId, kept: slice) -> None:
    store = DamagedStore(tile, lambda data: data[kept])
    log = grown(store, 3000)
    store.broken = True
    with pytest.raises(AnchorError):
        log.append(ENTRY_LIST[:1])
    assert store.head().size == 3000


@pytest.mark.parametrize("tile", [*EDGES, TileId(0, 3), TileId(ENTRIES, 3)], ids=tile_path)
@pytest.mark.parametrize("at", [40, -1])
def test_a_flipped_bit_is_found_by_verify_and_at_the_edge_before_anything_is_signed(
    tile: TileId, at: int, signing_key: Callable[[str], SigningKey]
) -> None:
    def flip(data: bytes) -> bytes:
        damaged = bytearray(data)
        damaged[at] ^= 1
        return bytes(damaged)

    store = DamagedStore(tile, flip)
    log = grown(store, 3000)
    store.broken = True
    with pytest.raises(AnchorError):
        log.verify()
    if tile.level != ENTRIES and tile in EDGES:
        with pytest.raises(ProofError, match="root on record"):
            log.append(ENTRY_LIST[:1])
        assert store.head().size == 3000
        for size in (1, 2999, 3000):
            with pytest.raises(ProofError, match="root on record"):
                log.checkpoint(size, NoteKey(ORIGIN, signing_key("log")))


def test_a_root_on_record_that_the_entries_do_not_give_is_found() -> None:
    store = MemoryLogStore()
    log = grown(store, 300)
    store.grow(log.head(), TreeHead(300, bytes(32)), {})
    with pytest.raises(ProofError, match="root on record"):
        log.verify()


def test_a_restored_head_that_is_older_than_its_tiles_appends_where_it_stands() -> None:
    newer = MemoryLogStore()
    grown(newer, 500)
    store = MemoryLogStore()
    older = grown(store, 300)
    store.grow(older.head(), older.head(), dict(newer.tiles()))
    assert older.append(ENTRY_LIST[300:500]) == Log(ORIGIN, newer).head()
    assert older.verify() == older.head()


def test_checkpoints_of_all_sizes_are_signed_and_consistent(
    log: Log, signing_key: Callable[[str], SigningKey]
) -> None:
    key = NoteKey(ORIGIN, signing_key("log"))
    policy = Policy(key.verifier)
    heads = [
        verify_checkpoint(log.checkpoint(size, key), policy).checkpoint.head
        for size in (0, 1, 255, 256, 257, 3000)
    ]
    assert heads[0] == TreeHead(0, EMPTY_ROOT)
    for old, new in pairwise(heads[1:]):
        path = log.consistency(old.size, new.size)
        verify_consistency(old=old.size, new=new.size, path=path, old_root=old.root, new_root=new.root)
    for size in (-1, 3001):
        with pytest.raises(ProofError):
            log.checkpoint(size, key)
