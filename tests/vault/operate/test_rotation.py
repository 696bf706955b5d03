"""The log gets another key: old receipts verify, new ones too, and the old key counts no further."""

import json
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from anchor.encoding import to_base64url
from anchor.errors import SignatureError
from anchor.merkle import verify_consistency
from anchor.note import NoteKey
from anchor.records.checkpoint import Checkpoint
from anchor.records.proof import read_proof, write_proof
from anchor.records.trust import Trust, read_trust
from anchor.tiles import Tree
from anchor.verify import verify
from tests.vault.world import Item, World, settle, vault_running
from vault.app import create_app
from vault.db import connect, reading
from vault.errors import Conflict, Unavailable
from vault.evidence.flow import log_key, origin_of
from vault.keyring import RETIRED, read_keys, rotate_log_key
from vault.log.store import Checkpoints, Tiles
from vault.rotation import rotate
from vault.worker import Worker


def a_receipt(world: World, item: Item) -> bytes:
    """Use an item, and let the worker bring the receipt into a checkpoint; its hash."""
    answer = world.send(world.use(world.granted([item]), [item])).json()
    work(world)
    return world.receipt(answer["receipt"]).hash


def work(world: World) -> None:
    with closing(Worker.of(world.settings, world.clock)) as worker:
        for _ in range(2):
            assert [outcome.error for outcome in worker.once() if outcome.error] == []


def proof(world: World, receipt: bytes) -> bytes:
    answer = world.get(f"/v1/receipts/{to_base64url(receipt)}/proof")
    assert answer.status_code == 200, answer.text
    content: bytes = answer.content
    return content


def trust(world: World) -> Trust:
    return read_trust(world.http.get("/v1/trust").content)


def test_after_a_change_of_the_logs_key_old_and_new_receipts_verify(
    tmp_path: Path, empty_sqlite: Path
) -> None:
    database = tmp_path / "vault.sqlite3"
    database.write_bytes(empty_sqlite.read_bytes())
    url = f"sqlite:///{database}"
    with vault_running(tmp_path, url) as world:
        settle(world)
        item = world.write_item()
        first = a_receipt(world, item)
        old_file, old_trust = proof(world, first), trust(world)
        settings, clock = world.settings, world.clock
    world.clock.pass_by(seconds=60)
    old_key = read_keys(settings.folder, settings.origin).log
    rotate(settings, clock())
    with TestClient(create_app(settings, clock), base_url=f"http://{settings.origin}") as http:
        later = replace(world, http=http)
        reader = trust(later)
        assert reader.log != old_trust.log
        assert [one.log for one in reader.retired] == [old_trust.log]
        verify(old_file, reader)
        second = a_receipt(later, item)
        new_file = proof(later, second)
        verify(new_file, reader)
        verify(proof(later, first), reader)
    with pytest.raises(SignatureError):
        verify(new_file, old_trust)
    verify_one_history(url, old_file, new_file)
    forge(new_file, old_key, reader)


def verify_one_history(url: str, old_file: bytes, new_file: bytes) -> None:
    """The tree under the new key begins with the one under the old."""
    old, new = (Checkpoint.parse(note_text(file)) for file in (old_file, new_file))
    with closing(connect(url)) as connection, reading(connection) as transaction:
        path = Tree(Tiles(transaction, new.origin).tile, new.size).consistency(old.size)
        assert Checkpoints(transaction, new.origin).published_size() == new.size
    verify_consistency(old=old.size, new=new.size, path=path, old_root=old.root, new_root=new.root)


def note_text(file: bytes) -> bytes:
    return read_proof(file).inclusion.checkpoint.partition(b"\n\n")[0] + b"\n"


def forge(file: bytes, old_key: NoteKey, reader: Trust) -> None:
    """Whoever holds the old key signs the newest checkpoint with it: it counts for nobody."""
    read = read_proof(file)
    note = Checkpoint.parse(note_text(file)).sign(old_key)
    index, path = read.inclusion.index, read.inclusion.path
    forged = bytes(write_proof(read.materials, index=index, path=path, checkpoint=note))
    with pytest.raises(SignatureError, match="gave up"):
        verify(forged, reader)


def test_the_logs_of_tenants_keep_their_keys(world: World) -> None:
    folder, origin = world.settings.folder, world.settings.origin
    tenant = origin_of(origin, "parts")
    before = log_key(read_keys(folder, origin), tenant)
    rotate(world.settings, world.clock())
    assert log_key(read_keys(folder, origin), tenant).verifier == before.verifier


def test_no_key_is_changed_under_a_worker(world: World) -> None:
    world.send(world.use(world.granted([item := world.write_item()]), [item]))
    with closing(Worker.of(world.settings, world.clock)) as worker:
        worker.once()
        with pytest.raises(Conflict, match="stop it"):
            rotate(world.settings, world.clock())
    assert read_keys(world.settings.folder, world.settings.origin).retired == ()


def test_a_change_that_ended_halfway_leaves_the_old_key_in_force(world: World) -> None:
    folder, origin = world.settings.folder, world.settings.origin
    seed, old = (folder / "log.key").read_bytes(), read_keys(folder, origin).log
    rotate_log_key(folder, origin, 5)
    (folder / "log.key").write_bytes(seed)
    assert read_keys(folder, origin).log.verifier == old.verifier
    assert read_keys(folder, origin).retired == ()
    rotate_log_key(folder, origin, 9)
    found = read_keys(folder, origin)
    assert [(one.log, one.size) for one in found.retired] == [(old.verifier.vkey, 9)]
    assert found.logs == (found.log.verifier, old.verifier)
    (folder / RETIRED).write_text(json.dumps({"log": 1}))
    with pytest.raises(Unavailable, match="damaged"):
        read_keys(folder, origin)
