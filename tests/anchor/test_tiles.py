"""Tiles: their names, their shape, a published log read from them, and damage noticed."""

from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anchor.errors import FormatError, ProofError
from anchor.log import Log, MemoryLogStore
from anchor.merkle import EMPTY_ROOT, leaf_hash, root
from anchor.note import Policy, VerifierKey
from anchor.records.checkpoint import verify_checkpoint
from anchor.tiles import (
    ENTRIES,
    TileId,
    Tree,
    narrow,
    parse_tile_path,
    read_bundle,
    tile_path,
    tile_width,
    write_bundle,
)

TESTLOG = Path(__file__).parents[3] / "shared" / "vectors" / "c2sp" / "tessera-testlog"
with_testlog = pytest.mark.skipif(not TESTLOG.exists(), reason="the published test log is not here")

tile_ids = st.builds(TileId, st.integers(ENTRIES, 63), st.integers(0, 2**55 - 1))


@pytest.mark.parametrize(
    ("tile", "width", "path"),
    [
        (TileId(0, 0), 256, "tile/0/000"),
        (TileId(0, 1234067), 256, "tile/0/x001/x234/067"),
        (TileId(0, 1234067), 8, "tile/0/x001/x234/067.p/8"),
        (TileId(63, 1000), 255, "tile/63/x001/000.p/255"),
        (TileId(ENTRIES, 5), 1, "tile/entries/005.p/1"),
    ],
)
def test_tiles_are_named_as_the_specification_names_them(tile: TileId, width: int, path: str) -> None:
    assert tile_path(tile, width) == path
    assert parse_tile_path(path) == (tile, width)


@given(tile_ids, st.integers(1, 256))
def test_every_name_of_a_tile_reads_back(tile: TileId, width: int) -> None:
    assert parse_tile_path(tile_path(tile, width)) == (tile, width)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "tile/0/0",
        "tile/0/0000",
        "tile/0/x000/000",
        "tile/0/001/000",
        "tile/0/x001",
        "tile/0/x001/x000",
        "tile/00/000",
        "tile/64/000",
        "tile/-1/000",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/08",
        "tile/0/000.p/",
        "tile/0/000/",
        "/tile/0/000",
        "tile/0/000\n",
        "tile/data/000",
        "tile/0/\u0660\u0660\u0660",
        "tile/0/../000",
        "tile/0/x999/x999/x999/x999/x999/999",
        "tile/0/" + "x001/" * 1000 + "000",
    ],
)
def test_a_path_no_log_would_write_is_refused(path: str) -> None:
    with pytest.raises(FormatError):
        parse_tile_path(path)


def test_widths_are_those_of_the_examples_in_the_specification() -> None:
    widths = {
        (0, 272): 256,
        (0, 273): 112,
        (0, 274): 0,
        (1, 0): 256,
        (1, 1): 17,
        (2, 0): 1,
        (3, 0): 0,
        (ENTRIES, 273): 112,
    }
    for (level, index), width in widths.items():
        assert tile_width(TileId(level, index), 70_000) == width
    assert (tile_width(TileId(0, 0), 256), tile_width(TileId(1, 0), 256)) == (256, 1)


@given(st.lists(st.binary(max_size=40), max_size=256))
def test_a_bundle_reads_back_and_any_cut_is_noticed_or_is_a_narrower_bundle(entries: list[bytes]) -> None:
    bundle = write_bundle(entries)
    assert read_bundle(bundle) == entries
    for end in range(len(bundle)):
        try:
            assert read_bundle(bundle[:end]) == entries[: len(read_bundle(bundle[:end]))]
        except FormatError:
            continue


def test_a_bundle_of_more_than_256_entries_is_refused() -> None:
    with pytest.raises(FormatError):
        read_bundle(write_bundle([b""] * 257))


def test_narrowing_takes_a_prefix_and_refuses_to_invent() -> None:
    hashes = b"".join(leaf_hash(b"%d" % number) for number in range(5))
    assert narrow(TileId(0, 0), hashes, 3) == hashes[:96]
    bundle = write_bundle([b"one", b"three"])
    assert narrow(TileId(ENTRIES, 0), bundle, 1) == write_bundle([b"one"])
    for tile, data in [(TileId(0, 0), hashes), (TileId(0, 0), b""), (TileId(ENTRIES, 0), bundle)]:
        with pytest.raises(ProofError, match="too short"):
            narrow(tile, data, 6)


def test_an_empty_tree_has_the_empty_root_and_no_proofs() -> None:
    tree = Tree(lambda _: b"", 0)
    assert tree.root() == EMPTY_ROOT
    for ask in (tree.inclusion, tree.consistency):
        with pytest.raises(ProofError):
            ask(0)


@with_testlog
@pytest.mark.parametrize("size", range(16))
def test_the_published_log_is_read_from_its_tiles(size: int) -> None:
    log = TESTLOG / "testdata" / "log"
    key = VerifierKey.parse((TESTLOG / "VKEY.txt").read_text().strip())
    note = (log / f"checkpoint.{size}").read_bytes()
    checkpoint = verify_checkpoint(note, Policy(key)).checkpoint
    tree = Tree(lambda tile: (log / tile_path(tile, size)).read_bytes(), size)
    assert checkpoint.head == (size, tree.root())
    if size == 0:
        return
    entries = read_bundle((log / tile_path(TileId(ENTRIES, 0), size)).read_bytes())
    leaves = [leaf_hash(entry) for entry in entries]
    assert checkpoint.root == root(leaves)
    assert (log / tile_path(TileId(0, 0), size)).read_bytes() == b"".join(leaves)
    for index in range(size):
        tree.inclusion(index)
        tree.consistency(index + 1)


@given(st.integers(0, 2), st.integers(0, 8191), st.sampled_from([255, 256, 700, 1024, 1100]), st.data())
def test_a_flipped_bit_in_a_tile_never_becomes_a_proof(
    number: int, at: int, size: int, data: st.DataObject
) -> None:
    store = MemoryLogStore()
    log = Log("log.example", store)
    log.append([b"\1" + sha256(b"%d" % number).digest() for number in range(size)])
    good = log.at(size).root()
    tile = TileId(0, number % -(-size // 256))
    damaged = bytearray(store.tile(tile))
    damaged[at % len(damaged)] ^= 1
    tree = Tree(lambda wanted: bytes(damaged) if wanted == tile else store.tile(wanted), size)
    index = data.draw(st.integers(0, size - 1))
    for ask, argument in [(Tree.inclusion, index), (Tree.consistency, index + 1)]:
        try:
            proof = ask(tree, argument)
        except ProofError:
            continue
        # The bit was not on the way; or it is at the edge, where the root shows it.
        assert tree.root() != good or proof == ask(log.at(size), argument)


@pytest.mark.parametrize("tile", [TileId(0, 0), TileId(0, 2), TileId(1, 0)])
def test_a_missing_tile_is_named(tile: TileId) -> None:
    store = MemoryLogStore()
    log = Log("log.example", store)
    log.append([b"\1" + sha256(b"%d" % number).digest() for number in range(700)])
    tree = Tree(lambda wanted: b"" if wanted == tile else store.tile(wanted), 700)
    with pytest.raises(ProofError, match=f"tile/{tile.level}/00{tile.index}"):
        tree.inclusion(tile.index * 256)
