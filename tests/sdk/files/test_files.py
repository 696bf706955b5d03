"""Files as blobs: back as they were, on with what was broken off, in ranges, and found out when changed."""

import os
import tracemalloc
from collections.abc import Callable, Iterator
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from threading import Thread

import httpx2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from planetvault import fetching
from planetvault.errors import FileChanged, ItemChanged, NotFound, Unreachable
from planetvault.fetching import PART_BYTES
from planetvault.memory import RamMemory
from planetvault.opened import FILE
from planetvault.owner import Owner, RecoveryPhrase
from planetvault.sealing.blob import BlobReference, open_blob
from planetvault.sealing.blob_parts import WINDOW_BYTES, BlobPlan, outline_of, seal_parts, sealed_size

from tests.attacks.town import Between, Town
from tests.sdk.client.scene import plays

LARGE = 2 * PART_BYTES + 12_345


class Dying(httpx2.BaseTransport):
    """A line that breaks for good after so many requests of one method."""

    def __init__(self, between: Between, method: str, after: int) -> None:
        self.between, self.method, self.left = between, method, after
        self.seen = 0

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        if request.method == self.method and "/v1/blobs/" in str(request.url):
            self.seen += 1
            if self.seen > self.left:
                raise httpx2.ConnectError("the line is dead")
        return self.between.handle_request(request)


class Interposed(httpx2.BaseTransport):
    """Lets something happen, once, just before the first request of a method to a path."""

    def __init__(self, between: Between, method: str, path: str, happens: Callable[[], object]) -> None:
        self.between, self.awaited, self.happens = between, (method, path), happens
        self.puts = self.met = 0

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        path = request.url.path
        self.puts += (request.method, path[:10]) == ("PUT", "/v1/blobs/")
        if request.method == self.awaited[0] and path.startswith(self.awaited[1]):
            self.met += 1
            if self.met == 1:
                self.happens()
        return self.between.handle_request(request)


@pytest.fixture
def large(tmp_path: Path) -> Path:
    path = tmp_path / "film.mp4"
    path.write_bytes(os.urandom(LARGE))
    return path


def on(town: Town, transport: httpx2.BaseTransport) -> Owner:
    """The same device, on another line."""
    return Owner.open(town.url, town.memory, transport=transport, clock=town.clock)


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("planetvault.http.PAUSES", ())


@pytest.mark.parametrize("size", [0, 1, 16_384, 100_000])
def test_a_file_comes_back_as_it_was(town: Town, tmp_path: Path, size: int) -> None:
    path = tmp_path / "photo.jpg"
    path.write_bytes(os.urandom(size))
    town.owner.put_blob(path)
    [file] = town.owner.files()
    assert (file.name, file.media_type, file.size) == ("photo.jpg", "image/jpeg", size)
    assert town.owner.get_blob(file, tmp_path / "back").read_bytes() == path.read_bytes()
    assert sorted(one.name for one in tmp_path.iterdir() if one.name.startswith("back")) == ["back"]


def test_progress_goes_from_part_to_part_up_to_the_whole(town: Town, large: Path, tmp_path: Path) -> None:
    up: list[tuple[int, int]] = []
    down: list[tuple[int, int]] = []
    stored = town.owner.put_blob(large, progress=lambda here, total: up.append((here, total)))
    town.owner.get_blob(stored, tmp_path / "back", progress=lambda here, total: down.append((here, total)))
    total = sealed_size(LARGE)
    assert up == down == [(PART_BYTES, total), (2 * PART_BYTES, total), (total, total)]


def test_an_upload_goes_on_where_the_line_broke(town: Town, large: Path, tmp_path: Path) -> None:
    town.owner.files()
    with pytest.raises(Unreachable):
        on(town, Dying(town.between, "PUT", 2)).put_blob(large)
    again = Dying(town.between, "PUT", 99)
    stored = on(town, again).put_blob(large)
    assert again.seen == 1
    assert town.owner.get_blob(stored, tmp_path / "back").read_bytes() == large.read_bytes()
    assert not town.memory.under("upload/")


def test_a_download_goes_on_where_the_line_broke(town: Town, large: Path, tmp_path: Path) -> None:
    stored = town.owner.put_blob(large)
    back = tmp_path / "back"
    dying = Dying(town.between, "GET", 2)
    with pytest.raises(Unreachable):
        on(town, dying).get_blob(stored, back)
    assert not back.exists()
    again = Dying(town.between, "GET", 99)
    assert on(town, again).get_blob(stored, back).read_bytes() == large.read_bytes()
    assert again.seen == 1


def test_a_full_disk_at_the_end_costs_nothing_of_what_came(
    town: Town, large: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored, back = town.owner.put_blob(large), tmp_path / "back"

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(fetching, "open_blob", full)
    with pytest.raises(OSError, match="No space"):
        town.owner.get_blob(stored, back)
    monkeypatch.setattr(fetching, "open_blob", open_blob)
    again = Dying(town.between, "GET", 0)
    assert on(town, again).get_blob(stored, back).read_bytes() == large.read_bytes()
    assert sorted(one.name for one in tmp_path.iterdir() if one.name.startswith("back")) == ["back"]


def test_a_file_that_is_put_twice_is_kept_twice(town: Town, tmp_path: Path) -> None:
    path = tmp_path / "note.txt"
    path.write_bytes(b"the same")
    one, other = town.owner.put_blob(path), town.owner.put_blob(path)
    assert one.item != other.item
    assert len(town.owner.files()) == 2


def test_no_other_write_waits_for_the_bytes_of_a_file(town: Town, tmp_path: Path) -> None:
    path = tmp_path / "photo.jpg"
    path.write_bytes(os.urandom(5000))
    town.owner.put_blob(path)
    waited = list[bool]()

    def write() -> None:
        other = Thread(target=lambda: owner.import_export(plays("2027-01")), daemon=True)
        other.start()
        other.join(10)
        waited.append(other.is_alive())

    owner = on(town, Interposed(town.between, "PUT", "/v1/blobs/", write))
    path.write_bytes(os.urandom(5000))
    stored = owner.put_blob(path)
    assert waited == [False]
    assert owner.get_blob(stored, tmp_path / "back").read_bytes() == path.read_bytes()


def test_the_bytes_of_a_file_travel_once_though_another_device_writes_first(
    town: Town, tmp_path: Path
) -> None:
    path, other = tmp_path / "photo.jpg", town.reopened()
    path.write_bytes(os.urandom(5000))
    line = Interposed(town.between, "POST", "/v1/items", lambda: other.import_export(plays("2027-01")))
    stored = on(town, line).put_blob(path)
    assert (line.met, line.puts) == (2, 1)
    assert town.owner.get_blob(stored, tmp_path / "back").read_bytes() == path.read_bytes()


def test_a_file_whose_collection_is_erased_meanwhile_hangs_on_the_next(town: Town, tmp_path: Path) -> None:
    path, other = tmp_path / "photo.jpg", town.reopened()
    path.write_bytes(os.urandom(5000))
    town.owner.put_blob(path)
    line = Interposed(town.between, "POST", "/v1/items", lambda: other.erase_collection(FILE))
    path.write_bytes(os.urandom(5000))
    stored = on(town, line).put_blob(path)
    assert line.puts == 2
    assert [one.item for one in town.owner.files()] == [stored.item]
    assert town.owner.get_blob(stored, tmp_path / "back").read_bytes() == path.read_bytes()
    [(field,)] = town.sql("SELECT field FROM blobs WHERE item = ?", stored.item)
    assert (field,) in town.sql("SELECT field FROM fields WHERE item = ?", stored.item)


def test_a_range_is_read_without_the_rest(town: Town, large: Path) -> None:
    stored, octets = town.owner.put_blob(large), large.read_bytes()
    for start, size in ((0, 10), (PART_BYTES - 100, 200), (LARGE - 5, 100), (LARGE, 1), (16_384, 16_384)):
        town.between.answers.clear()
        assert town.owner.read_blob(stored, start, size) == octets[start : start + size]
        fetched = sum(len(body) for path, body in town.between.answers if path.endswith("/content"))
        assert fetched < 4 * 16_400 + size


def test_a_file_that_changes_while_it_is_read_is_not_kept(town: Town, large: Path) -> None:
    def meddle(_here: int, _total: int) -> None:
        with large.open("r+b") as file:
            file.seek(LARGE - 1)
            file.write(bytes([file.seek(LARGE - 1) & 1]))

    large.write_bytes(bytes([7]) * LARGE)
    with pytest.raises(FileChanged):
        town.owner.put_blob(large, progress=meddle)
    assert town.owner.files() == []
    assert town.owner._driver.run(town.owner._steps.get("/v1/blobs"))._values["data"] == []
    assert not town.memory.under("upload/")


def test_a_changed_byte_is_found_out_and_nothing_is_left(town: Town, tmp_path: Path) -> None:
    path, back = tmp_path / "photo.jpg", tmp_path / "back"
    path.write_bytes(os.urandom(100_000))
    stored = town.owner.put_blob(path)

    def flip(where: str, body: bytes) -> bytes:
        return body[:-1] + bytes([body[-1] ^ 1]) if where.endswith("/content") else body

    town.between.rewrite = flip
    with pytest.raises(ItemChanged):
        town.owner.get_blob(stored, back)
    with pytest.raises(ItemChanged):
        town.owner.read_blob(stored, 99_000, 1000)
    assert not list(tmp_path.glob("back*"))


def test_the_vault_sees_no_name_no_type_and_no_byte_of_a_file(town: Town, tmp_path: Path) -> None:
    path = tmp_path / "canary-name.pdf"
    path.write_bytes(b"canary content " * 1000)
    town.owner.put_blob(path)
    kept = [one.read_bytes() for one in town.folder.rglob("*") if one.is_file() and one != path]
    assert len(kept) > 3
    for canary in (b"canary", b"application/pdf"):
        assert not any(canary in octets for octets in kept)


def test_a_file_comes_back_on_a_new_device(town: Town, tmp_path: Path) -> None:
    path, phrase = tmp_path / "photo.jpg", RecoveryPhrase.new()
    path.write_bytes(os.urandom(5000))
    town.owner.put_blob(path)
    town.owner.add_locker(phrase)
    found = Owner.open_with(town.url, RamMemory(), phrase, transport=town.between, clock=town.clock)
    [file] = found.files()
    assert found.get_blob(file, tmp_path / "back").read_bytes() == path.read_bytes()


def test_a_deleted_file_is_gone(town: Town, tmp_path: Path) -> None:
    path = tmp_path / "photo.jpg"
    path.write_bytes(os.urandom(5000))
    town.owner.put_blob(path)
    [file] = town.owner.files()
    town.owner.delete_blob(file)
    assert town.owner.files() == []
    with pytest.raises(NotFound):
        town.owner.get_blob(file, tmp_path / "back")


# -- sealing in parts ------------------------------------------------------------------------


def gather(parts: Iterator[bytes], into: bytearray) -> None:
    for part in parts:
        into += part


def plan(path: Path, key: bytes = bytes(32)) -> BlobPlan:
    return BlobPlan(bytes(16), key, outline_of(path))


@settings(deadline=None, max_examples=30)
@given(size=st.integers(0, 70_000), part=st.sampled_from([1000, 16_400, 50_000]))
def test_parts_join_to_a_stream_that_opens(
    size: int, part: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("parts") / "file"
    path.write_bytes(os.urandom(size))
    one = plan(path)
    parts = list(seal_parts(one, path, part))
    assert all(len(octets) == part for octets in parts[:-1])
    sealed, target = b"".join(parts), BytesIO()
    assert len(sealed) == one.sealed_size
    reference = BlobReference(one.blob_id, one.key, size, sha256(sealed).digest(), "a/b", "c")
    open_blob(reference, BytesIO(sealed), target)
    assert target.getvalue() == path.read_bytes()


def test_the_same_file_is_sealed_to_the_same_bytes_and_another_to_quite_another(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(bytes(40_000))
    first = b"".join(seal_parts(plan(path), path, 1 << 20))
    assert b"".join(seal_parts(plan(path), path, 9999)) == first
    path.write_bytes(bytes(39_999) + b"\1")
    other = b"".join(seal_parts(plan(path), path, 1 << 20))
    assert first[1:25] != other[1:25]
    assert not any(first[at : at + 16] == other[at : at + 16] for at in range(57, len(first) - 16))


@settings(deadline=None, max_examples=20)
@given(size=st.integers(0, 3 * WINDOW_BYTES), data=st.data())
def test_nothing_leaves_that_is_not_of_the_file_as_it_was_hashed(
    size: int, data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("changing") / "file"
    path.write_bytes(os.urandom(size))
    one = plan(path)
    whole = b"".join(seal_parts(one, path, 1 << 20))
    place = data.draw(st.integers(0, size))
    with path.open("r+b") as file:  # a byte is another, or one is there that was not
        file.seek(place)
        before = file.read(1)
        file.seek(place)
        file.write(bytes([before[0] ^ 1]) if before else b"\0")
    left = bytearray()
    with pytest.raises(FileChanged):
        gather(seal_parts(one, path, 1 << 20), left)
    assert whole.startswith(left)


def test_a_file_that_was_cut_is_not_sealed(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(bytes(100_000))
    one = plan(path)
    path.write_bytes(bytes(50_000))
    with pytest.raises(FileChanged):
        list(seal_parts(one, path, 1 << 20))


def test_sealing_holds_a_few_parts_however_long_the_file(tmp_path: Path) -> None:
    path = tmp_path / "zeros"
    with path.open("wb") as file:
        file.truncate(96 << 20)
    tracemalloc.start()
    try:
        for octets in seal_parts(plan(path), path, fetching.PART_BYTES):
            assert octets
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 4 * fetching.PART_BYTES
