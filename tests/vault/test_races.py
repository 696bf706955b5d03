"""Many at once: what must hold however requests meet, in one process or between two.

Two instances of the service on one database stand for two processes: they share nothing
but the database and the keys.
"""

import os
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import closing, contextmanager
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from anchor.encoding import to_base64url
from anchor.keys import kid_of
from anchor.records.signed import by, verify
from anchor.records.usage import Receipt, Use, sealed_hash
from tests.vault.test_blobs import announced
from tests.vault.test_openings import guard
from tests.vault.world import Item, World
from vault.accounts import flow as accounts
from vault.blobs import flow as blobs
from vault.db import Transaction, connect, writing
from vault.errors import Conflict, NotFound
from vault.items.store import Items, SealedField
from vault.openings.rules import Asked as AskedOpening
from vault.openings.store import Openings
from vault.stores import Stores
from vault.uses.flow import Answer, Asked, answer
from vault.webhooks.store import ACTIVE, Webhook, Webhooks

THREADS = 8


@pytest.fixture
def both(world: World) -> Iterator[tuple[World, World]]:
    """Two instances of one vault."""
    with world.second_instance() as other:
        yield world, other


def at_once(calls: Iterable[Callable[[], Any]]) -> list[Any]:
    """Make all calls, some at a time, and bring their answers in their order."""
    with ThreadPoolExecutor(THREADS) as threads:
        return list(threads.map(lambda call: call(), calls))


def codes(answers: Iterable[Any]) -> set[str]:
    return {one.json()["code"] for one in answers if one.status_code != 200}


def test_a_revocation_among_many_uses_closes_the_chain(both: tuple[World, World]) -> None:
    one, other = both
    item = one.write_item()
    grant = one.granted([item])
    uses = [one.use(grant, [item]) for _ in range(60)]
    sends: list[Callable[[], Any]] = [partial(both[i % 2].send, use) for i, use in enumerate(uses)]
    sends.insert(30, partial(other.revoke, grant))
    answers = at_once(sends)
    closing = one.receipt(answers.pop(30).json()["receipt"])
    assert codes(answers) <= {"grant-revoked"}
    opened = [answer for answer in answers if answer.status_code == 200]
    assert closing.record.seq == len(opened) + 1
    assert one.verify_books().receipts[grant.hash][-1].hash == closing.hash


@pytest.mark.parametrize("limit", ["uses", "budget"])
def test_a_limit_is_kept_however_many_ask_at_once(both: tuple[World, World], limit: str) -> None:
    one, _ = both
    item = one.write_item()
    terms = {"max_uses": 10} if limit == "uses" else {"budget": 10 * 120_000 + 1}
    grant = one.granted([item], **terms)
    uses = [one.use(grant, [item]) for _ in range(40)]
    answers = at_once(partial(both[i % 2].send, use) for i, use in enumerate(uses))
    assert sum(answer.status_code == 200 for answer in answers) == 10
    assert codes(answers) == {"uses-exhausted" if limit == "uses" else "budget-exhausted"}
    one.verify_books()


def test_one_use_sent_by_many_is_charged_once(both: tuple[World, World]) -> None:
    one, _ = both
    item = one.write_item()
    use = one.use(one.granted([item]), [item])
    answers = at_once(partial(both[i % 2].send, use) for i in range(30))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.text for answer in answers}) == 1
    one.verify_books()
    assert one.get("/v1/account").json()["balances"]["pending"] == 108_000


def test_one_use_in_many_batches_is_charged_once(both: tuple[World, World]) -> None:
    one, _ = both
    item = one.write_item()
    grant = one.granted([item])
    uses = [one.use(grant, [item]).text for _ in range(5)]
    answers = at_once(partial(both[i % 2].http.post, "/v1/uses", json={"uses": uses * 2}) for i in range(12))
    receipts = {one["receipt"] for answer in answers for one in answer.json()["answers"]}
    assert len(receipts) == 5
    one.verify_books()


def test_uses_of_many_owners_and_grants_in_every_order_never_stop_each_other(
    both: tuple[World, World],
) -> None:
    one, _ = both
    owners = [one] + [replace(one.newcomer(one.domain), partner=one.partner) for _ in range(3)]
    for owner in owners[1:]:
        owner.sealing_key = one.sealing_key
        owner.open_account()
        owner.pair()
    items = [owner.write_item() for owner in owners]
    grants = [(owner, item, owner.granted([item])) for owner, item in zip(owners, items, strict=True)] * 2
    batches = []
    for i in range(20):
        order = grants[i % 4 :] + grants[: i % 4]
        batches.append([owner.use(grant, [item]).text for owner, item, grant in order][:: -1 if i % 2 else 1])
    answers = at_once(
        partial(both[i % 2].http.post, "/v1/uses", json={"uses": body}) for i, body in enumerate(batches)
    )
    assert all("receipt" in one for answer in answers for one in answer.json()["answers"])
    one.verify_books()


def test_only_one_of_two_devices_writes_the_next_item(both: tuple[World, World]) -> None:
    one, other = both
    seq, head = one.journal
    bodies = []
    for _ in range(8):
        one.journal = (seq, head)
        bodies.append({"items": [one.item_body(one.new_item())]})
    answers = at_once(partial(both[i % 2].post, "/v1/items", body) for i, body in enumerate(bodies))
    statuses = sorted(answer.status_code for answer in answers)
    assert statuses == [201] + [409] * 7
    assert {a.json()["code"] for a in answers if a.status_code == 409} == {"journal-moved"}
    assert len(other.get("/v1/journal").json()["data"]) == 1


def test_only_one_of_many_next_versions_of_a_grant_stands(both: tuple[World, World]) -> None:
    one, _ = both
    item = one.write_item()
    ask = one.put_ask()
    first = one.grant(ask)
    one.give(first, [item]).raise_for_status()
    later = [one.grant(ask, id=first.record.id, version=2, prev=first.hash) for _ in range(8)]
    answers = at_once(partial(both[i % 2].give, grant, [item]) for i, grant in enumerate(later))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7
    one.verify_books()


def test_uses_and_a_next_version_do_not_meet(both: tuple[World, World]) -> None:
    """Once the new version stands nothing is opened, or paid, under the old one."""
    one, other = both
    item = one.write_item()
    ask = one.put_ask()
    first = one.grant(ask)
    one.give(first, [item]).raise_for_status()
    second = one.grant(ask, id=first.record.id, version=2, prev=first.hash, max_uses=60, budget=60 * 120_000)
    uses = [one.use(first, [item]) for _ in range(30)]
    sends: list[Callable[[], Any]] = [partial(both[i % 2].send, use) for i, use in enumerate(uses)]
    sends.insert(15, partial(other.give, second, [item]))
    answers = at_once(sends)
    assert answers.pop(15).status_code == 201
    assert codes(answers) <= {"grant-superseded"}
    one.verify_books()


def test_one_ask_is_granted_or_denied_and_not_both(both: tuple[World, World]) -> None:
    one, other = both
    for _ in range(6):
        ask = one.put_ask()
        grant = one.grant(ask)
        given, denied = at_once([partial(one.give, grant), partial(other.deny, ask)])
        assert sorted([given.status_code, denied.status_code]) == [201, 409]
    one.verify_books()


def test_the_last_money_is_reserved_once(both: tuple[World, World]) -> None:
    one, _ = both
    grants = [one.grant(one.put_ask()) for _ in range(12)]
    answers = at_once(partial(both[i % 2].give, grant) for i, grant in enumerate(grants))
    assert sorted(answer.status_code for answer in answers) == [201] * 8 + [402] * 4
    one.verify_books()


def test_one_top_up_sent_by_many_is_booked_once(both: tuple[World, World]) -> None:
    one, _ = both
    answers = at_once(partial(both[i % 2].top_up, 5, "the same") for i in range(16))
    assert {answer.status_code for answer in answers} == {201}
    assert {answer.json()["funding"] for answer in answers} == {100_000_005}
    assert sum("idempotent-replayed" not in answer.headers for answer in answers) == 1
    one.verify_books()


def test_one_nonce_sent_by_many_passes_once(both: tuple[World, World]) -> None:
    answers = at_once(partial(both[i % 2].signed, "GET", "/v1/balance", nonce="once") for i in range(16))
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 15


def test_one_account_sent_by_many_is_opened_once(both: tuple[World, World]) -> None:
    new = both[0].newcomer()
    body = {"entry": new.account_entry().text, "sealed_root": "AQAB", "root_mac": to_base64url(bytes(32))}
    answers = at_once(partial(both[i % 2].http.post, "/v1/accounts", json=body) for i in range(8))
    assert {answer.status_code for answer in answers} == {201}


def test_one_directory_entry_sent_by_many_is_added_once(both: tuple[World, World]) -> None:
    new = both[0].newcomer()
    body = {"entry": new.partner_entry().text}
    answers = at_once(partial(both[i % 2].http.post, "/v1/partners", json=body) for i in range(8))
    assert {answer.status_code for answer in answers} == {201}
    assert len(both[0].http.get(f"/v1/partners/{new.domain}").json()["entries"]) == 1


class _Interrupted(Items):
    """Items whose owner writes anew when a use has read the envelopes and not yet the fields."""

    meanwhile: threading.Thread

    def fields(self, wanted: Iterable[tuple[bytes, bytes]]) -> dict[tuple[bytes, bytes], SealedField]:
        self.meanwhile.start()
        self.meanwhile.join(0.7)
        return super().fields(wanted)


def test_a_use_never_mixes_two_versions_of_an_item(world: World) -> None:
    item = world.write_item()
    grant = world.granted([item])
    newer = Item(item.id, 2, {name: os.urandom(104) for name in item.fields})
    body = {"items": [world.item_body(newer, [(grant.hash, sorted(newer.fields)[:2])])]}
    written: list[Any] = []
    use = verify(world.use(grant, [item]).raw, Use, by(world.partner.public))
    assert kid_of(world.partner.public) == use.kid
    connection = connect(world.settings.database_url)
    with writing(connection) as transaction:
        items = _Interrupted(transaction)
        items.meanwhile = threading.Thread(target=lambda: written.append(world.post("/v1/items", body)))
        stores = replace(Stores.of(transaction), items=items)
        (opened,) = answer([Asked(use, world.domain)], stores, world.service.issuer, world.clock())
    items.meanwhile.join()
    connection.close()
    assert written[0].status_code == 201
    assert isinstance(opened, Answer)
    receipt = verify(opened.receipt, Receipt, by(world.service.keys.records.public)).record
    (brought,) = opened.items
    version = {1: item, 2: newer}[receipt.opened[0].version]
    hashes = {name: world.hash_of_field(version, name) for name in sorted(item.fields)[:2]}
    assert receipt.opened[0].sealed == sealed_hash(hashes)
    assert {name: field.sealed for name, field in brought.fields} == {n: version.fields[n] for n in hashes}


def test_no_envelope_is_left_behind_by_a_revocation(both: tuple[World, World]) -> None:
    one, other = both
    item = one.write_item()
    for _ in range(4):
        grant = one.granted([])
        envelope = {
            "item": to_base64url(item.id),
            "version": 1,
            "fields": [to_base64url(name) for name in item.fields],
            "sealed": "AQAB",
        }
        path = f"/v1/grants/{to_base64url(grant.hash)}/envelopes"
        calls: list[Callable[[], Any]] = [
            partial(one.post, path, {"envelopes": [envelope]}) for _ in range(6)
        ]
        calls.insert(3, partial(other.revoke, grant))
        at_once(calls)
    with one.database() as transaction:
        assert transaction.all("SELECT item FROM envelopes") == []
        assert transaction.all("SELECT sealed FROM grant_keys") == []


@contextmanager
def meanwhile(world: World, work: Callable[[Transaction], Any]) -> Iterator[Callable[..., Any]]:
    """Run ``work`` in a transaction that ends when another call, made in here, has come as far as it can."""
    connection, threads = connect(world.settings.database_url), ThreadPoolExecutor(1)

    def call(other: Callable[[], Any]) -> Any:
        answer = threads.submit(other)
        wait([answer], 0.7)
        connection.commit()
        return answer.result(10)

    connection.begin()
    work(connection)
    try:
        yield call
    finally:
        connection.rollback()
        connection.close()
        threads.shutdown()


def test_no_grant_is_given_by_an_account_that_ends_in_this_moment(world: World) -> None:
    grant, issuer = world.grant(None, price=0, budget=0), world.service.issuer
    with meanwhile(world, lambda t: accounts.erase(t, world.account, 0, issuer, world.clock())) as call:
        assert call(lambda: world.give(grant)).status_code in {403, 404}
    with world.database() as transaction:
        assert transaction.all("SELECT hash FROM grants") == []


def test_no_part_is_put_into_a_blob_that_is_finished_or_deleted_in_this_moment(world: World) -> None:
    def put(blob: bytes, content: bytes) -> int:
        path = f"/v1/blobs/{to_base64url(blob)}/parts/0"
        octets = {"Content-Type": "application/octet-stream"}
        return int(world.http.put(path, content=content, headers=world.as_owner | octets).status_code)

    first, second = os.urandom(16), os.urandom(16)
    assert (put(first, b"sealed"), put(second, b"sealed")) == (201, 201)
    now = int(world.clock().timestamp())
    parts = {blob: announced(world, blob, b"another") for blob in (first, second)}

    def keep(blob: bytes) -> Any:
        with closing(connect(world.settings.database_url)) as connection, writing(connection) as transaction:
            blobs.keep(transaction, world.account, blob, parts[blob])

    with (
        meanwhile(world, lambda t: blobs.finish(t, world.account, first, 1, None, now)) as call,
        pytest.raises(Conflict),
    ):
        call(partial(keep, first))
    with (
        meanwhile(world, lambda t: blobs.delete(t, world.account, second)) as call,
        pytest.raises(NotFound),
    ):
        call(partial(keep, second))
    with world.database() as transaction:
        ((blob, size),) = transaction.all("SELECT blob, size FROM blob_parts")
    assert (blob, size) == (first, len(b"sealed"))


def test_no_endpoint_of_another_partner_is_changed_that_came_in_this_moment(world: World) -> None:
    name = os.urandom(16)
    first = Webhook(name, "other.example", "https://other.example/in", (), 0, 1, None, ACTIVE, None)
    path, body = f"/v1/webhooks/{to_base64url(name)}", b'{"url":"https://music.example/in"}'
    with meanwhile(world, lambda t: Webhooks(t).put(first, 0)) as call:
        assert call(lambda: world.signed("PUT", path, body)).status_code == 409
    with world.database() as transaction:
        assert Webhooks(transaction).get(name) == first


def test_no_opening_outlives_its_locker_that_is_removed_in_this_moment(world: World) -> None:
    guarded, asked = guard(world), AskedOpening(bytes(32), b"opening", world.clock(), None)

    def ask(transaction: Transaction) -> None:
        assert Openings(transaction).lock(kid_of(guarded.asking.public))
        Openings(transaction).keep(guarded.locker.kid, asked)

    with meanwhile(world, ask) as call:
        removal = guarded.chain.entry("remove", guarded.locker, kind="guardians")
        assert call(lambda: guarded.chain.send(removal, world.device)).status_code == 201
    with world.database() as transaction:
        assert transaction.all("SELECT locker FROM openings") == []
