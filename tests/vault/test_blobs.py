"""Blobs: parts in any order and again, ranges out, and nothing left behind."""

import os
import random
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import closing
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anchor.encoding import to_base64url
from tests.vault.world import Item, World, settle
from vault.blobs import flow
from vault.blobs.rules import (
    CHARGED_MIN,
    PART_BYTES,
    PARTS_MAX,
    Part,
    charged,
    pieces,
    read_range,
    verify_whole,
)
from vault.blobs.store import Blobs
from vault.db import Transaction, connect, writing
from vault.errors import Conflict, RangeUnsatisfiable, Unavailable
from vault.worker import Worker

OCTETS = {"Content-Type": "application/octet-stream"}
LIMITS = flow.Limits(1 << 30)
T = TypeVar("T")
LARGE = os.urandom(PART_BYTES) + b"the rest"


def put(world: World, blob: bytes, part: int, content: bytes) -> int:
    answer = world.http.put(
        f"/v1/blobs/{to_base64url(blob)}/parts/{part}", content=content, headers=world.as_owner | OCTETS
    )
    if answer.status_code in {200, 201}:
        assert answer.json()["hash"] == to_base64url(sha256(content).digest())
    return answer.status_code


def finish(world: World, blob: bytes, parts: int, **field: str) -> int:
    return int(world.post(f"/v1/blobs/{to_base64url(blob)}", {"parts": parts} | field).status_code)


def stored(world: World, content: bytes = b"sealed", **field: str) -> bytes:
    """A finished blob of one part."""
    blob = os.urandom(16)
    assert (put(world, blob, 0, content), finish(world, blob, 1, **field)) == (201, 201)
    return blob


def content(world: World, blob: bytes, wanted: str = "") -> tuple[int, bytes, str]:
    headers = world.as_owner | ({"Range": wanted} if wanted else {})
    answer = world.http.get(f"/v1/blobs/{to_base64url(blob)}/content", headers=headers)
    return answer.status_code, answer.content, answer.headers.get("content-range", "")


def objects(world: World) -> list[Path]:
    return [path for path in (world.settings.folder / "objects").rglob("*") if path.is_file()]


def swept(world: World, later: int) -> int:
    connection = connect(world.settings.database_url)
    try:
        return flow.sweep(connection, world.service.objects, seconds(world) + later)
    finally:
        connection.close()


def test_a_blob_of_two_parts_comes_back_whole_and_in_ranges(world: World) -> None:
    blob = os.urandom(16)
    assert put(world, blob, 1, LARGE[PART_BYTES:]) == 201
    assert finish(world, blob, 2) == 409
    assert put(world, blob, 0, LARGE[:PART_BYTES]) == 201
    assert put(world, blob, 0, LARGE[:PART_BYTES]) == 200
    assert (finish(world, blob, 2), finish(world, blob, 2)) == (201, 201)
    assert content(world, blob) == (200, LARGE, "")
    size = len(LARGE)
    assert content(world, blob, "bytes=0-9") == (206, LARGE[:10], f"bytes 0-9/{size}")
    at = PART_BYTES - 3
    assert content(world, blob, f"bytes={at}-{at + 7}") == (
        206,
        LARGE[at : at + 8],
        f"bytes {at}-{at + 7}/{size}",
    )
    assert content(world, blob, "bytes=-4")[:2] == (206, b"rest")
    assert content(world, blob, f"bytes={size}-")[0] == 416
    assert content(world, blob, "bytes=4-2,7-9") == (200, LARGE, "")


def test_an_upload_that_broke_off_goes_on_from_what_is_there(world: World) -> None:
    blob = os.urandom(16)
    put(world, blob, 1, b"the rest")
    shown = world.get(f"/v1/blobs/{to_base64url(blob)}").json()
    assert (shown["finished"], shown["part_bytes"]) == (None, PART_BYTES)
    assert shown["parts"] == [{"part": 1, "size": 8, "hash": to_base64url(sha256(b"the rest").digest())}]
    assert content(world, blob)[0] == 409
    listed = world.get("/v1/blobs").json()["data"]
    assert [one["blob"] for one in listed] == [to_base64url(blob)]


def test_what_was_finished_does_not_change(world: World) -> None:
    blob = stored(world)
    assert put(world, blob, 0, b"other") == 409
    assert finish(world, blob, 2) == 409
    assert content(world, blob)[1] == b"sealed"


def test_a_blob_is_its_owners_alone(world: World) -> None:
    blob, other = stored(world), settle(world.newcomer())
    assert content(other, blob)[0] == 404
    assert put(other, blob, 0, b"mine") == 409
    assert other.http.delete(f"/v1/blobs/{to_base64url(blob)}", headers=other.as_owner).status_code == 404
    assert content(world, blob)[1] == b"sealed"


def test_parts_have_bounds(world: World) -> None:
    blob = os.urandom(16)
    assert put(world, blob, 0, b"") == 400
    assert put(world, blob, 8192, b"x") == 413
    assert put(world, blob, 0, bytes(PART_BYTES + 1)) == 413
    assert put(world, blob, 0, b"short") == 201
    assert put(world, blob, 1, b"last") == 201
    assert finish(world, blob, 2) == 409


@pytest.mark.parametrize(
    ("sizes", "size"),
    [
        ({0: 5}, 5),
        ({0: PART_BYTES, 1: PART_BYTES}, 2 * PART_BYTES),
        ({0: PART_BYTES, 1: PART_BYTES, 2: 1}, 2 * PART_BYTES + 1),
        ({0: PART_BYTES - 1, 1: PART_BYTES}, None),
        ({0: PART_BYTES, 1: 1, 2: PART_BYTES}, None),
        ({0: PART_BYTES, 2: PART_BYTES}, None),
        ({1: PART_BYTES}, None),
        ({}, None),
    ],
)
def test_a_blob_is_whole_if_no_part_is_missing_and_only_the_last_is_short(
    world: World, sizes: dict[int, int], size: int | None
) -> None:
    blob = os.urandom(16)
    rows = [{"blob": blob, "part": part, "size": size} for part, size in sizes.items()]
    sql = "INSERT INTO blob_parts (blob, part, size, hash, object) VALUES (:blob, :part, :size, :blob, 'o')"
    done(world, lambda t: t.run_many(sql, rows))
    extent = done(world, lambda t: Blobs(t).extent(blob))
    if size is None:
        with pytest.raises(Conflict):
            verify_whole(extent, len(sizes) or 1)
    else:
        assert verify_whole(extent, len(sizes)) == size
        with pytest.raises(Conflict):
            verify_whole(extent, len(sizes) + 1)


def test_a_request_for_a_blob_of_many_parts_fetches_none_of_them(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    blob, fetched = os.urandom(16), list[Part]()
    for number in range(1, 5):
        assert put(world, blob, number, b"x") == 201
    parts = Blobs.parts

    def counted(blobs: Blobs, *asked: Any) -> list[Part]:
        fetched.extend(found := parts(blobs, *asked))
        return found

    monkeypatch.setattr(Blobs, "parts", counted)
    assert [whole(world, blob, b"y"), finish(world, blob, 1), finish(world, blob, 4)] == [409] * 3
    assert fetched == []


@pytest.mark.parametrize("parts", [-1, 0, PARTS_MAX + 1, 10**10, 10**18])
def test_a_number_of_parts_that_no_blob_has_is_refused_before_anything_is_counted(
    world: World, parts: int
) -> None:
    blob = os.urandom(16)
    assert put(world, blob, 0, b"sealed") == 201
    assert finish(world, blob, parts) == 400


def test_an_account_has_room_for_so_much_and_so_many_unfinished(world: World) -> None:
    for number in range(32):
        assert put(world, number.to_bytes(16, "big"), 0, b"x") == 201
    assert put(world, os.urandom(16), 0, b"x") == 409
    assert finish(world, (0).to_bytes(16, "big"), 1) == 201
    assert put(world, os.urandom(16), 0, b"x") == 201


def test_what_is_replaced_deleted_or_abandoned_leaves_the_store(world: World) -> None:
    blob = os.urandom(16)
    put(world, blob, 0, b"one")
    put(world, blob, 0, b"two")
    assert (len(objects(world)), swept(world, 0), len(objects(world))) == (2, 1, 1)
    path = f"/v1/blobs/{to_base64url(blob)}"
    assert world.http.delete(path, headers=world.as_owner).status_code == 204
    assert world.get(path).status_code == 404
    assert (swept(world, 0), objects(world)) == (1, [])


def test_an_upload_that_dies_between_object_and_row_is_cleaned_up_after_an_hour(world: World) -> None:
    announced(world, os.urandom(16), b"written, and then the power went")
    assert (swept(world, 3599), len(objects(world))) == (0, 1)
    assert (swept(world, 3601), objects(world)) == (1, [])


def test_a_part_whose_object_was_given_up_meanwhile_is_not_kept(world: World) -> None:
    """Whoever stood still for an hour between writing and keeping finds no place for it any more."""
    blob = os.urandom(16)
    part = announced(world, blob, b"written, and then the lid was shut")
    assert swept(world, 3601) == 1
    with pytest.raises(Conflict):
        done(world, lambda t: flow.keep(t, world.account, blob, part))
    assert put(world, blob, 0, b"written again") == 201


def announced(world: World, blob: bytes, content: bytes, number: int = 0) -> Part:
    """A part that is written, and not kept yet."""
    part = flow.part_of(number, content)
    assert done(world, lambda t: flow.announce(t, world.account, blob, part, LIMITS, seconds(world)))
    world.service.objects.put(part.object, content)
    return part


def done(world: World, work: Callable[[Transaction], T]) -> T:
    with closing(connect(world.settings.database_url)) as connection, writing(connection) as transaction:
        return work(transaction)


def seconds(world: World) -> int:
    return int(world.clock().timestamp())


def whole(world: World, blob: bytes, content: bytes, **field: str) -> int:
    path = f"/v1/blobs/{to_base64url(blob)}"
    answer = world.http.put(path, content=content, params=field, headers=world.as_owner | OCTETS)
    return int(answer.status_code)


def test_a_blob_of_one_part_comes_whole_and_finished(world: World) -> None:
    blob, item = os.urandom(16), world.write_item()
    field = {"item": to_base64url(item.id), "field": to_base64url(min(item.fields))}
    assert whole(world, blob, b"sealed", **field) == 201
    assert content(world, blob) == (200, b"sealed", "")
    with world.database() as transaction:
        assert Blobs(transaction).find(world.account, blob).field == (item.id, min(item.fields))


def test_what_came_whole_may_come_again_and_not_otherwise(world: World) -> None:
    blob, field = os.urandom(16), {"item": to_base64url(bytes(16)), "field": to_base64url(bytes(16))}
    assert (whole(world, blob, b"sealed"), whole(world, blob, b"sealed")) == (201, 200)
    assert whole(world, blob, b"other") == 409
    assert whole(world, blob, b"sealed", **field) == 409
    assert whole(settle(world.newcomer()), blob, b"sealed") == 409
    assert len(objects(world)) == 1
    assert content(world, blob)[1] == b"sealed"


def test_a_part_that_came_before_is_finished_by_the_whole(world: World) -> None:
    blob = os.urandom(16)
    assert (put(world, blob, 0, b"sealed"), whole(world, blob, b"sealed")) == (201, 201)
    assert content(world, blob)[1] == b"sealed"


def test_a_blob_of_more_parts_does_not_come_whole(world: World) -> None:
    blob = os.urandom(16)
    put(world, blob, 0, LARGE[:PART_BYTES])
    put(world, blob, 1, b"the rest")
    assert whole(world, blob, LARGE[:PART_BYTES]) == 409
    assert finish(world, blob, 2) == 201
    assert whole(world, blob, LARGE[:PART_BYTES]) == 409
    assert whole(world, os.urandom(16), bytes(PART_BYTES + 1)) == 413
    assert whole(world, os.urandom(16), b"") == 400


@pytest.mark.parametrize("field", [{"item": "A" * 22}, {"field": "A" * 22}, {"item": "A", "field": "A" * 22}])
def test_half_a_field_is_none(world: World, field: dict[str, str]) -> None:
    assert whole(world, os.urandom(16), b"sealed", **field) == 400


def test_a_full_account_may_replace_what_it_has(world: World) -> None:
    with_room(world, 2 * CHARGED_MIN)
    blob, large = os.urandom(16), os.urandom(2 * CHARGED_MIN)
    assert [put(world, blob, 0, b"x"), put(world, blob, 0, large), put(world, blob, 1, b"z")] == [
        201,
        201,
        409,
    ]
    assert put(world, blob, 0, large) == 200


def with_room(world: World, room: int) -> None:
    world.service.settings = world.settings.model_copy(update={"blob_bytes_max": room})


def test_small_parts_take_more_room_than_their_bytes(world: World) -> None:
    with_room(world, 3 * CHARGED_MIN)
    assert [whole(world, os.urandom(16), b"x") for _ in range(4)] == [201, 201, 201, 409]


def test_what_is_on_its_way_at_once_finds_no_more_room_than_there_is(world: World) -> None:
    with_room(world, 1_000_000)
    blob = os.urandom(16)
    with ThreadPoolExecutor(8) as threads:
        codes = list(threads.map(lambda n: put(world, blob, n, os.urandom(1_000_000)), range(8)))
    assert sorted(codes) == [201, *[409] * 7]
    swept(world, 0)
    assert sum(path.stat().st_size for path in objects(world)) == 1_000_000


def test_what_was_not_kept_takes_no_room_and_is_deleted_soon(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_room(world, CHARGED_MIN)
    blob, put_object = os.urandom(16), type(world.service.objects).put

    def breaks(store: Any, name: str, content: bytes) -> None:
        put_object(store, name, content)
        raise Unavailable("the answer of the store was lost")

    with monkeypatch.context() as patch:
        patch.setattr(type(world.service.objects), "put", breaks)
        assert [put(world, blob, 0, b"1"), whole(world, os.urandom(16), b"2")] == [503, 503]
    assert put(world, blob, 0, b"1") == 201
    assert (swept(world, 0), len(objects(world))) == (2, 1)


def test_a_part_is_not_let_go_by_whoever_only_lost_the_answer_that_it_was_kept(world: World) -> None:
    blob = os.urandom(16)
    part = announced(world, blob, b"kept, and the connection broke")
    done(world, lambda t: flow.keep(t, world.account, blob, part))
    done(world, lambda t: flow.let_go(t, world.account, blob, part))
    assert (swept(world, 0), len(objects(world))) == (0, 1)


def test_a_blob_with_other_parts_is_not_whole_and_nothing_is_written_for_it(world: World) -> None:
    blob = os.urandom(16)
    assert put(world, blob, 1, b"x") == 201
    before = objects(world)
    assert [whole(world, blob, os.urandom(90)) for _ in range(3)] == [409] * 3
    assert objects(world) == before


def test_bytes_that_others_replaced_meanwhile_are_not_said_to_be_kept(world: World) -> None:
    blob, mine = os.urandom(16), flow.part_of(0, b"mine")
    assert put(world, blob, 0, b"mine") == 201
    now = seconds(world)
    assert done(world, lambda t: flow.announce_whole(t, world.account, blob, mine, LIMITS, now)) == "finish"
    assert put(world, blob, 0, b"other") == 201
    with pytest.raises(Conflict, match="took the place"):
        done(world, lambda t: flow.keep_whole(t, world.account, blob, mine, None, now, written=False))
    assert content(world, blob)[0] == 409


def test_the_same_whole_blob_twice_at_once_is_kept_once_and_no_conflict(world: World) -> None:
    for _ in range(10):
        blob, sealed = os.urandom(16), os.urandom(200_000)
        with ThreadPoolExecutor(2) as threads:
            codes = set(threads.map(lambda _, blob=blob, sealed=sealed: whole(world, blob, sealed), range(2)))
        assert codes <= {200, 201}
    swept(world, 0)
    assert len(objects(world)) == 10


def test_an_object_that_was_written_after_it_was_given_up_is_deleted_all_the_same(world: World) -> None:
    blob, part = os.urandom(16), flow.part_of(0, b"late")
    done(world, lambda t: flow.announce(t, world.account, blob, part, LIMITS, seconds(world)))
    assert swept(world, 3601) == 1  # the process stood still before it wrote
    world.service.objects.put(part.object, b"late")
    with pytest.raises(Conflict):
        done(world, lambda t: flow.keep(t, world.account, blob, part))
    done(world, lambda t: flow.let_go(t, world.account, blob, part))
    assert (swept(world, 0), objects(world)) == (1, [])


def test_an_object_that_was_written_while_the_worker_deleted_it_is_deleted_again(world: World) -> None:
    blob, part, store = os.urandom(16), flow.part_of(0, b"late"), world.service.objects
    done(world, lambda t: flow.announce(t, world.account, blob, part, LIMITS, seconds(world)))

    class Passed:
        """A store whose answer comes when the upload that stood still has gone on."""

        def delete(self, names: Sequence[str]) -> None:
            store.delete(names)
            store.put(part.object, b"late")
            done(world, lambda t: flow.let_go(t, world.account, blob, part))

    with closing(connect(world.settings.database_url)) as connection:
        passed: Any = Passed()
        assert flow.sweep(connection, passed, seconds(world) + 3601) == 1
    assert (len(objects(world)), swept(world, 0), objects(world)) == (1, 1, [])


def meanwhile(world: World, first: Callable[[Transaction], Any], then: Callable[[Transaction], Any]) -> None:
    """Do ``then`` on another connection while ``first`` is done and not committed; both must end well."""
    with ThreadPoolExecutor(1) as other:

        def work(transaction: Transaction) -> "Future[Any]":
            first(transaction)
            begun = other.submit(done, world, then)
            wait([begun], 0.3)
            return begun

        done(world, work).result()


def give_up(transaction: Transaction, world: World) -> list[str]:
    return Blobs(transaction).give_up(seconds(world) + 3601, 10)


def test_room_is_given_back_once_by_the_upload_and_the_worker_that_both_let_go(world: World) -> None:
    blob = os.urandom(16)
    part = announced(world, blob, b"an hour on its way")
    meanwhile(world, lambda t: give_up(t, world), lambda t: flow.let_go(t, world.account, blob, part))
    assert done(world, lambda t: Blobs(t).room(world.account)) == 0


def test_a_part_that_is_kept_while_the_worker_gives_it_up_stops_neither(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    blob, charge = os.urandom(16), Blobs._charge
    part = announced(world, blob, b"an hour on its way")
    with ThreadPoolExecutor(1) as other:
        worker: list[Future[Any]] = []

        def charge_slowly(blobs: Blobs, account: bytes, more: int) -> None:
            charge(blobs, account, more)
            if not worker:
                worker.append(other.submit(done, world, lambda t: give_up(t, world)))
                wait(worker, 0.3)

        monkeypatch.setattr(Blobs, "_charge", charge_slowly)
        done(world, lambda t: flow.keep(t, world.account, blob, part))
        assert worker[0].result() == []
    assert done(world, lambda t: Blobs(t).room(world.account)) == due(world) == CHARGED_MIN


@pytest.mark.parametrize("seed", range(3))
def test_room_is_what_all_parts_are_charged_whatever_came_and_went(world: World, seed: int) -> None:
    dice, blobs = random.Random(seed), [os.urandom(16) for _ in range(3)]  # noqa: S311 - a test's dice
    for _ in range(40):
        blob, number, sealed = dice.choice(blobs), dice.randrange(3), os.urandom(dice.choice((1, 2, 300_000)))
        match dice.randrange(5):
            case 0 | 1:
                put(world, blob, number, sealed)
            case 2:
                announced(world, blob, sealed, number)
            case 3:
                world.http.delete(f"/v1/blobs/{to_base64url(blob)}", headers=world.as_owner)
            case _:
                swept(world, dice.choice((0, 3601)))
        assert done(world, lambda t: Blobs(t).room(world.account)) == due(world)
    swept(world, 3601)
    assert done(world, lambda t: Blobs(t).room(world.account)) == due(world)


def due(world: World) -> int:
    with world.database() as connection:
        kept = connection.all("SELECT size FROM blob_parts")
        coming = connection.all("SELECT charged FROM blob_leavings")
    return sum(charged(size) for (size,) in kept) + sum(int(more) for (more,) in coming)


def test_a_store_that_does_not_answer_stops_neither_the_log_nor_money(world: World) -> None:
    grant = world.granted([item := world.write_item()])
    blob, asked, go = stored(world), threading.Event(), threading.Event()
    assert world.http.delete(f"/v1/blobs/{to_base64url(blob)}", headers=world.as_owner).status_code == 204
    worker, stop = Worker.of(world.settings, world.clock), threading.Event()

    class Away:
        """A store that keeps whoever deletes waiting."""

        def delete(self, _names: list[str]) -> None:
            asked.set()
            go.wait(30)

    worker.duties._objects = Away()  # type: ignore[assignment]  # no more of it is needed
    thread = threading.Thread(target=worker.run, args=(stop, 0.05))
    thread.start()
    try:
        assert asked.wait(10)
        receipt = world.send(world.use(grant, [item]))
        assert receipt.status_code == 200
        for _ in range(100):
            with world.database() as connection:
                waiting = connection.all("SELECT 1 FROM log_queue")
            if not waiting or stop.wait(0.1):
                break
        assert waiting == []
    finally:
        go.set()
        stop.set()
        thread.join()


def granted_blob(world: World) -> tuple[bytes, Item, bytes]:
    """A blob on the first field of an item."""
    item = world.write_item()
    name = min(item.fields)
    blob = stored(world, item=to_base64url(item.id), field=to_base64url(name))
    return blob, item, name


def fetched(world: World, receipt: bytes, blob: bytes) -> int:
    target = f"/v1/receipts/{to_base64url(receipt)}/blobs/{to_base64url(blob)}"
    return int(world.signed("GET", target).status_code)


def test_a_partner_reads_a_blob_by_a_use_that_opened_its_field(world: World) -> None:
    blob, item, _ = granted_blob(world)
    grant = world.granted([item])
    receipt = world.receipt(world.send(world.use(grant, [item])).json()["receipt"]).hash
    target = f"/v1/receipts/{to_base64url(receipt)}/blobs/{to_base64url(blob)}"
    answer = world.signed("GET", target)
    assert (answer.status_code, answer.content) == (200, b"sealed")
    assert fetched(settle(world.newcomer()), receipt, blob) == 404
    world.clock.pass_by(hours=25)
    assert fetched(world, receipt, blob) == 403


def test_no_use_opens_the_blob_of_another_field_or_after_the_revocation(world: World) -> None:
    blob, item, _ = granted_blob(world)
    third = sorted(item.fields)[2]  # the envelopes of these tests hold the first two
    hidden = stored(world, item=to_base64url(item.id), field=to_base64url(third))
    loose = stored(world)
    grant = world.granted([item])
    receipt = world.receipt(world.send(world.use(grant, [item])).json()["receipt"]).hash
    assert [fetched(world, receipt, one) for one in (blob, hidden, loose)] == [200, 404, 404]
    world.revoke(grant)
    assert fetched(world, receipt, blob) in {403, 404}


def test_the_end_of_an_account_ends_its_blobs(world: World) -> None:
    stored(world)
    with world.database() as connection:
        connection.begin()
        Blobs(connection).erase(world.account)
        connection.commit()
    assert (swept(world, 0), objects(world)) == (1, [])


def test_what_was_on_its_way_when_an_account_ended_does_not_name_it_and_goes(world: World) -> None:
    announced(world, os.urandom(16), b"on its way")
    done(world, lambda t: Blobs(t).erase(world.account))
    for later, left in ((0, 1), (3601, 0)):
        swept(world, later)
        assert len(objects(world)) == left
        with world.database() as connection:
            assert connection.all("SELECT account FROM blob_leavings WHERE account IS NOT NULL") == []
            assert connection.all("SELECT account FROM blob_rooms") == []


def test_a_store_that_is_away_is_said_before_the_answer_begins(world: World) -> None:
    blob = stored(world)
    for path in objects(world):
        path.unlink()
    assert content(world, blob)[0] == 503


@given(sizes=st.integers(1, 3 * PART_BYTES), data=st.data())
def test_any_range_lies_in_pieces_that_make_it_up(sizes: int, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, sizes - 1))
    end = data.draw(st.integers(start + 1, sizes))
    count = -(-sizes // PART_BYTES)
    parts = [Part(n, min(PART_BYTES, sizes - n * PART_BYTES), b"", str(n)) for n in range(count)]
    covered = [
        (int(p.object) * PART_BYTES + p.start, int(p.object) * PART_BYTES + p.end)
        for p in pieces(parts, start, end)
    ]
    assert (covered[0][0], covered[-1][1]) == (start, end)
    assert all(left[1] == right[0] for left, right in pairwise(covered))


@pytest.mark.parametrize(
    ("header", "found"),
    [
        (None, None),
        ("bytes=0-0", (0, 1)),
        ("bytes=5-", (5, 10)),
        ("bytes=-3", (7, 10)),
        ("bytes=-99", (0, 10)),
        ("bytes=2-99", (2, 10)),
        ("bytes=-", None),
        ("items=0-1", None),
        ("bytes=0-1,3-4", None),
    ],
)
def test_a_range_is_read_as_the_rfc_says(header: str | None, found: tuple[int, int] | None) -> None:
    assert read_range(header, 10) == found


@pytest.mark.parametrize("header", ["bytes=10-", "bytes=10-12", "bytes=-0", "bytes=5-2"])
def test_a_range_with_nothing_in_it_is_refused(header: str) -> None:
    with pytest.raises(RangeUnsatisfiable):
        read_range(header, 10)
