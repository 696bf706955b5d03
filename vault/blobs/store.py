"""Blobs in the database: which parts there are and where. Their bytes are in the object store."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from anchor.records.consent import Grant
from anchor.records.signed import unverified
from anchor.records.usage import Use
from vault.blobs.rules import PARTS_MAX, UNFINISHED_MAX, Extent, Opening, Part, charged
from vault.db import Row, Transaction
from vault.errors import Conflict, NotFound

PAGE = 1_000
"""Rows in one question for the parts of all."""
GIVEN_UP, SOON = 0, 1
"""For the time when an object was announced: the worker deletes it; or has to, again if it just did."""

_OWN = ("blobs WHERE account = :account", "blob_rooms WHERE account = :account")


@dataclass(frozen=True, slots=True)
class Blob:
    """A blob as it is. ``field`` is the (item, field) it hangs on, if its owner said so."""

    id: bytes
    account: bytes
    field: tuple[bytes, bytes] | None
    size: int
    finished: int


def _blob(row: Row) -> Blob:
    name, account, item, field, size, finished = row
    return Blob(name, account, (item, field) if item and field else None, size, finished)


class Blobs:
    """The blobs of one transaction."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def find(self, account: bytes | None, blob: bytes) -> Blob:
        """A blob, of this account if one is named.

        Raises:
            NotFound: there is none.
        """
        row = self._transaction.one(
            "SELECT id, account, item, field, size, finished FROM blobs WHERE id = :blob", {"blob": blob}
        )
        if row is None or account not in {None, row[1]}:
            raise NotFound("no such blob")
        return _blob(row)

    def opening(self, receipt: bytes) -> Opening | None:
        """The use that a receipt answers, and where its grant and its owner stand; None if there is none."""
        row = self._transaction.one(
            """
            SELECT r.account, g.partner, r.grant_hash, g.raw, r.use_raw, r.time, c.state, a.paused
            FROM receipts r JOIN grants g ON g.hash = r.grant_hash
            JOIN grant_chains c ON c.grant_hash = r.grant_hash JOIN accounts a ON a.id = r.account
            WHERE r.hash = :hash AND r.use_raw IS NOT NULL
            """,
            {"hash": receipt},
        )
        if row is None:
            return None
        account, partner, grant, raw, use, time, state, paused = row
        expires, used = unverified(raw, Grant).expires, unverified(use, Use)
        at = datetime.fromtimestamp(time, UTC)
        return Opening(account, partner, grant, expires, used, at, state, paused is not None)

    def begin(self, account: bytes, blob: bytes, now: int) -> Blob:
        """The blob to add to: a new one if there is none of this id.

        Raises:
            Conflict: it is finished, another's, or too many are unfinished.
        """
        added = self._transaction.run(
            """
            INSERT INTO blobs (id, account, size, parts, begun, finished)
            VALUES (:blob, :account, 0, 0, :now, 0) ON CONFLICT DO NOTHING
            """,
            {"blob": blob, "account": account, "now": now},
        )
        if added:
            self._verify_room(account)
        try:
            found = self.find(account, blob)
        except NotFound:
            raise Conflict("a blob of this id exists") from None
        if found.finished:
            raise Conflict("this blob is finished")
        return found

    def _verify_room(self, account: bytes) -> None:
        rows = self._transaction.all(
            "SELECT COUNT(*) FROM blobs WHERE account = :account AND finished = 0", {"account": account}
        )
        if rows[0][0] > UNFINISHED_MAX:
            raise Conflict(f"an account has at most {UNFINISHED_MAX} unfinished blobs: finish or delete one")

    def keep_part(self, account: bytes, blob: bytes, part: Part) -> None:
        """Put a part in its place; the object of the one before it is left for the worker.

        Raises:
            Conflict: the part's object was given up meanwhile.
        """
        if not self._strike(part.object):  # first: who gives an object up holds it before its account's room
            raise Conflict("writing this part took too long: send it again")
        self._charge(account, -sum(charged(before.size) for before in self.parts(blob, part.number, 1)))
        self._leave("blob = :blob AND part = :part", {"blob": blob, "part": part.number})
        self._transaction.run(
            """
            INSERT INTO blob_parts (blob, part, size, hash, object)
            VALUES (:blob, :part, :size, :hash, :object)
            ON CONFLICT (blob, part) DO UPDATE SET size = excluded.size, hash = excluded.hash,
                                                   object = excluded.object
            """,
            {"blob": blob, "part": part.number, "size": part.size, "hash": part.hash, "object": part.object},
        )

    def parts(self, blob: bytes, first: int = 0, count: int = PARTS_MAX) -> list[Part]:
        """The parts that came, in their order: of the ``count`` places from ``first`` on."""
        rows = self._transaction.all(
            """
            SELECT part, size, hash, object FROM blob_parts
            WHERE blob = :blob AND part >= :first AND part < :behind ORDER BY part
            """,
            {"blob": blob, "first": first, "behind": first + count},
        )
        return [Part(*row) for row in rows]

    def last(self, blob: bytes) -> int:
        """The number of the last part that came; -1 if none did."""
        row = self._transaction.one("SELECT MAX(part) FROM blob_parts WHERE blob = :blob", {"blob": blob})
        return -1 if row is None or row[0] is None else int(row[0])

    def extent(self, blob: bytes) -> Extent:
        """What came, counted by the database: thousands of rows would keep the others waiting."""
        last = self.last(blob)
        row = self._transaction.one(
            """
            SELECT COUNT(*), COALESCE(SUM(size), 0), COALESCE(SUM(CASE WHEN part < :last THEN size END), 0)
            FROM blob_parts WHERE blob = :blob
            """,
            {"blob": blob, "last": last},
        )
        parts, size, before = map(int, row or (0, 0, 0))
        return Extent(parts, last, before, size)

    def finished_parts(self, account: bytes, blob: bytes) -> list[Part]:
        """The first two parts of a finished blob of this account; none if there is no such blob."""
        row = self._transaction.one(
            "SELECT 1 FROM blobs WHERE id = :blob AND account = :account AND finished > 0",
            {"blob": blob, "account": account},
        )
        return self.parts(blob, 0, 2) if row else []

    def all_parts(self) -> Iterator[Part]:
        """The parts of every blob of every account, a page at a time."""
        blob, part = b"", -1
        while rows := self._transaction.all(
            """
            SELECT blob, part, size, hash, object FROM blob_parts
            WHERE blob > :blob OR (blob = :blob AND part > :part) ORDER BY blob, part LIMIT :limit
            """,
            {"blob": blob, "part": part, "limit": PAGE},
        ):
            blob, part = rows[-1][:2]
            yield from (Part(*row[1:]) for row in rows)

    def finish(self, blob: bytes, size: int, parts: int, field: tuple[bytes, bytes] | None, now: int) -> None:
        """Let nothing more come."""
        item, name = field or (None, None)
        self._transaction.run(
            """
            UPDATE blobs SET size = :size, parts = :parts, item = :item, field = :field, finished = :now
            WHERE id = :blob
            """,
            {"blob": blob, "size": size, "parts": parts, "item": item, "field": name, "now": now},
        )

    def of_account(self, account: bytes, after: bytes, limit: int) -> list[Blob]:
        """The account's blobs in the order of their ids."""
        rows = self._transaction.all(
            """
            SELECT id, account, item, field, size, finished FROM blobs
            WHERE account = :account AND id > :after ORDER BY id LIMIT :limit
            """,
            {"account": account, "after": after, "limit": limit},
        )
        return [_blob(row) for row in rows]

    def room(self, account: bytes) -> int:
        """What the account's parts are charged, kept and on their way."""
        row = self._transaction.one(
            "SELECT charged FROM blob_rooms WHERE account = :account", {"account": account}
        )
        return int(row[0]) if row else 0

    def erase_one(self, account: bytes, blob: bytes) -> None:
        """Forget one blob of an account; its objects are left for the worker."""
        names = {"blob": blob}
        freed = sum(charged(part.size) for part in self.parts(blob))
        self._leave("blob = :blob", names)
        self._transaction.run("DELETE FROM blob_parts WHERE blob = :blob", names)
        self._transaction.run("DELETE FROM blobs WHERE id = :blob", names)
        self._charge(account, -freed)

    def erase(self, account: bytes) -> None:
        """Forget all blobs of an account; their objects are left for the worker."""
        names, own = {"account": account}, "blob IN (SELECT id FROM blobs WHERE account = :account)"
        self._leave(own, names)
        self._transaction.run(
            "UPDATE blob_leavings SET account = NULL, charged = 0 WHERE account = :account", names
        )
        for statement in (f"blob_parts WHERE {own}", *_OWN):
            self._transaction.run(f"DELETE FROM {statement}", names)  # noqa: S608 - fixed words

    def announce(self, account: bytes, part: Part, now: int) -> None:
        """The object of this part is about to be written; ``keep_part`` strikes it out."""
        self._transaction.run(
            """
            INSERT INTO blob_leavings (object, since, account, charged)
            VALUES (:object, :now, :account, :charged)
            """,
            {"object": part.object, "now": now, "account": account, "charged": charged(part.size)},
        )
        self._charge(account, charged(part.size))

    def let_go(self, name: str) -> None:
        """No part is kept by an object: it is deleted soon, even if it was given up and written since."""
        self._free([name])
        self._transaction.run(
            """
            INSERT INTO blob_leavings (object, since, charged) VALUES (:object, :soon, 0)
            ON CONFLICT (object) DO UPDATE SET since = :soon, charged = 0
            """,
            {"object": name, "soon": SOON},
        )

    def _leave(self, where: str, names: Mapping[str, bytes | int]) -> None:
        self._transaction.run(
            "INSERT INTO blob_leavings (object, since, charged) "  # noqa: S608 - fixed words
            f"SELECT object, {GIVEN_UP}, 0 FROM blob_parts WHERE {where}",
            names,
        )

    def _strike(self, name: str) -> bool:
        """Take an object from those that were announced; False if it was given up."""
        sql = "DELETE FROM blob_leavings WHERE object = :object AND charged > 0"
        return self._transaction.run(sql, {"object": name}) == 1

    def _free(self, objects: Sequence[str]) -> None:
        """Give back the room of objects that were announced."""
        for name in objects:
            row = self._transaction.one(
                """
                SELECT account, charged FROM blob_leavings
                WHERE object = :object AND charged > 0 FOR UPDATE
                """,
                {"object": name},
            )
            if row:
                self._charge(row[0], -row[1])

    def _charge(self, account: bytes, bytes_more: int) -> None:
        self._transaction.run(
            """
            INSERT INTO blob_rooms (account, charged) VALUES (:account, :more)
            ON CONFLICT (account) DO UPDATE SET charged = blob_rooms.charged + excluded.charged
            """,
            {"account": account, "more": bytes_more},
        )

    def give_up(self, before: int, limit: int) -> list[str]:
        """Objects that nothing speaks of, announced before this time: from now on no part is kept by them."""
        rows = self._transaction.all(
            """
            SELECT object FROM blob_leavings WHERE since < :before ORDER BY since LIMIT :limit FOR UPDATE
            """,
            {"before": before, "limit": limit},
        )
        names = [row[0] for row in rows]
        self._free(names)
        self._transaction.run_many(
            "UPDATE blob_leavings SET since = :gone, charged = 0 WHERE object = :object",
            [{"object": name, "gone": GIVEN_UP} for name in names],
        )
        return names

    def forget(self, objects: Sequence[str]) -> None:
        """These were given up, and are deleted; one that was let go since may be there again, and stays."""
        self._transaction.run_many(
            "DELETE FROM blob_leavings WHERE object = :object AND since = :gone",
            [{"object": name, "gone": GIVEN_UP} for name in objects],
        )
