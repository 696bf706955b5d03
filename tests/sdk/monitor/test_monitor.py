"""A monitor follows a log over HTTP, keeps both ends of a fork, and tells a fork from bad tiles."""

from collections.abc import Callable
from pathlib import Path

import httpx2
import pytest
from planetvault.monitor import command
from planetvault.monitor.command import CONTINUES, FORKED, USAGE, WRONG, look, over_http
from planetvault.monitor.following import Follower
from planetvault.monitor.mirror import Mirror

from anchor.encoding import from_base64
from anchor.errors import ForkError, ProofError
from anchor.keys import SigningKey
from anchor.log import Log, MemoryLogStore
from anchor.merkle import verify_consistency
from anchor.note import NoteKey, Policy
from anchor.records.checkpoint import verify_checkpoint
from anchor.tiles import narrow, parse_tile_path

KEY = NoteKey("vault.example/log", SigningKey(b"l" * 32))
POLICY = Policy(KEY.verifier)


class Served:
    """A log that is shown at any size, over HTTP without a network; tiles can be damaged."""

    def __init__(self, count: int, differs_from: int | None = None) -> None:
        self.store = MemoryLogStore()
        self.log = Log(KEY.name, self.store)
        start = count if differs_from is None else differs_from
        self.log.append(
            [bytes([1 + (number >= start)]) + number.to_bytes(32, "big") for number in range(count)]
        )
        self.size, self.damage = count, b""

    def answer(self, request: httpx2.Request) -> httpx2.Response:
        path = request.url.path.removeprefix("/log/")
        if path == "checkpoint":
            return httpx2.Response(200, content=self.log.checkpoint(self.size, KEY))
        tile, width = parse_tile_path(path)
        data = narrow(tile, self.store.tile(tile), width)
        return httpx2.Response(200, content=data[: len(data) - len(self.damage)] + self.damage)

    def follower(self, folder: Path) -> Follower:
        transport = httpx2.MockTransport(self.answer)
        return Follower(
            over_http(httpx2.Client(base_url="http://log/log/", transport=transport)), POLICY, folder
        )


@pytest.fixture
def log() -> Served:
    return Served(1500)


def test_it_follows_growth_and_rebuilds_every_root(log: Served, tmp_path: Path) -> None:
    before = 0
    for log.size in (1, 1, 255, 256, 700, 1500):
        seen = log.follower(tmp_path).step()
        assert (seen.before, seen.now) == (before, log.size)
        before = log.size
    mirror = Mirror(tmp_path)
    assert mirror.head() == log.log.head()


def test_an_older_checkpoint_of_the_same_story_is_no_fork(log: Served, tmp_path: Path) -> None:
    log.follower(tmp_path).step()
    log.size = 700
    seen = log.follower(tmp_path).step()
    assert (seen.now, seen.shown) == (1500, 700)


@pytest.mark.parametrize("size", [400, 900, 1000, 1500])
def test_a_fork_is_told_and_kept_as_two_signed_checkpoints(tmp_path: Path, size: int) -> None:
    first, second = Served(1000), Served(1500, differs_from=300)
    first.follower(tmp_path).step()
    second.size = size
    assert look(second.follower(tmp_path)) == FORKED
    assert look(second.follower(tmp_path)) == FORKED
    files = {path.suffix: path.read_bytes() for path in (tmp_path / "evidence").iterdir()}
    old = verify_checkpoint(files[".before"], POLICY).checkpoint
    new = verify_checkpoint(files[".after"], POLICY).checkpoint
    assert (old.size, new.size) == (1000, size)
    path = [from_base64(line) for line in files[".proof"].decode().split()]
    if size > old.size:
        with pytest.raises(ProofError, match="other roots"):
            verify_consistency(old=1000, new=size, path=path, old_root=old.root, new_root=new.root)
        own = second.log.root(1000)
        verify_consistency(old=1000, new=size, path=path, old_root=own, new_root=new.root)
    assert len(list((tmp_path / "evidence").iterdir())) == 3
    assert Mirror(tmp_path).head().size == 1000


def test_tiles_that_do_not_lead_to_the_signed_root_are_no_fork(log: Served, tmp_path: Path) -> None:
    log.size = 700
    log.follower(tmp_path).step()
    log.size, log.damage = 1500, bytes(5)
    assert look(log.follower(tmp_path)) == WRONG
    assert Mirror(tmp_path).head().size == 700
    log.damage = b""
    assert look(log.follower(tmp_path)) == CONTINUES


def test_a_checkpoint_by_another_key_says_nothing(log: Served, tmp_path: Path) -> None:
    stranger = Policy(NoteKey(KEY.name, SigningKey(b"s" * 32)).verifier)
    transport = httpx2.MockTransport(log.answer)
    client = httpx2.Client(base_url="http://log/log/", transport=transport)
    assert look(Follower(over_http(client), stranger, tmp_path)) == USAGE
    assert list(tmp_path.iterdir()) == []


def test_a_process_that_ended_between_tiles_and_checkpoint_goes_on(log: Served, tmp_path: Path) -> None:
    log.size = 700
    log.follower(tmp_path).step()
    old = (tmp_path / "checkpoint").read_bytes()
    log.size = 1400
    log.follower(tmp_path).step()
    (tmp_path / "checkpoint").write_bytes(old)
    log.size = 1500
    assert look(log.follower(tmp_path)) == CONTINUES
    assert Mirror(tmp_path).head() == log.log.head()


def test_the_first_checkpoint_can_not_be_a_fork(tmp_path: Path) -> None:
    with pytest.raises(ForkError):
        Served(10, differs_from=0).follower(_after(tmp_path, Served(10).follower)).step()


def _after(folder: Path, follower: Callable[[Path], Follower]) -> Path:
    assert look(follower(folder)) == CONTINUES
    return folder


def test_a_log_that_is_not_there_is_told(tmp_path: Path) -> None:
    trust = Path(__file__).parents[2] / "vectors" / "proofs" / "trust.json"
    arguments = ["http://127.0.0.1:9/log", "--trust", str(trust), "--state", str(tmp_path)]
    assert command.main(arguments) == USAGE
    assert command.main([*arguments[:2], str(tmp_path / "no trust"), *arguments[3:]]) == USAGE
