"""Grants as the use path needs them: locked, with the small row that moves."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache

from anchor.records.consent import Grant, Revocation, verify_grant
from anchor.records.signed import Signed
from vault.db import Row, Transaction, chunks
from vault.errors import Conflict
from vault.grants.standing import STANDING, Envelope, Standing

FIELD_ID_BYTES = 16


@lru_cache(maxsize=65_536)
def verified_grant(raw: bytes) -> Signed[Grant]:
    """A grant is immutable, so it is checked once in a process's life."""
    return verify_grant(raw)


class Grants:
    """The grants of one transaction."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def lock(self, hashes: Iterable[bytes]) -> dict[bytes, Standing]:
        """The named grants, held until the transaction ends, in one order for everybody."""
        sql = """
            SELECT g.hash, g.raw, g.account, p.sign_kid, c.state, c.seq, c.head, c.uses, c.escrow,
                   c.period, c.period_uses
            FROM grants g JOIN grant_chains c ON c.grant_hash = g.hash JOIN partners p ON p.domain = g.partner
            WHERE g.hash IN :hashes ORDER BY g.hash FOR UPDATE OF c
            """
        rows = (
            row for some in chunks(sorted(hashes)) for row in self._transaction.all(sql, {"hashes": some})
        )
        return {row[0]: Standing(verified_grant(row[1]), *row[2:]) for row in rows}

    def move(self, standings: Sequence[Standing]) -> None:
        """Write where the chains of these grants stand now."""
        self._transaction.run_many(
            """
            UPDATE grant_chains SET state = :state, seq = :seq, head = :head, uses = :uses, escrow = :escrow,
                period = :period, period_uses = :period_uses
            WHERE grant_hash = :hash
            """,
            [
                {
                    "state": s.state,
                    "seq": s.seq,
                    "head": s.head,
                    "uses": s.uses,
                    "escrow": s.escrow,
                    "period": s.period,
                    "period_uses": s.period_uses,
                    "hash": s.grant.hash,
                }
                for s in standings
            ],
        )

    def keys(self, hashes: Iterable[bytes]) -> dict[bytes, list[bytes]]:
        """The sealed shares of each grant's key, by holder."""
        sql = """
            SELECT grant_hash, sealed FROM grant_keys
            WHERE grant_hash IN :hashes ORDER BY grant_hash, holder
            """
        shares: dict[bytes, list[bytes]] = {}
        for some in chunks(list(hashes)):
            for grant_hash, sealed in self._transaction.all(sql, {"hashes": some}):
                shares.setdefault(grant_hash, []).append(sealed)
        return shares

    def envelopes(self, wanted: Iterable[tuple[bytes, bytes]]) -> dict[tuple[bytes, bytes], Envelope]:
        """What grants open, by (grant, item), where it is of the item's newest version."""
        sql = """
            SELECT e.grant_hash, e.item, e.version, e.fields, e.sealed, e.size
            FROM (VALUES :wanted) AS w CROSS JOIN envelopes e CROSS JOIN items i
            WHERE e.grant_hash = w.column1 AND e.item = w.column2 AND i.id = e.item AND i.version = e.version
            """
        rows = (row for some in chunks(list(wanted)) for row in self._transaction.all(sql, {"wanted": some}))
        return {(row[0], row[1]): Envelope(row[1], row[2], _field_ids(row[3]), *row[4:]) for row in rows}

    def exists(self, grant: bytes) -> bool:
        """Whether this very grant was given before."""
        return (
            self._transaction.one("SELECT id FROM grants WHERE hash = :grant", {"grant": grant}) is not None
        )

    def stands(self, grant: bytes, account: bytes) -> bool:
        """Whether this owner gave this grant, and it stands."""
        row = self._transaction.one(
            """
            SELECT c.state FROM grants g JOIN grant_chains c ON c.grant_hash = g.hash
            WHERE g.hash = :grant AND g.account = :account
            """,
            {"grant": grant, "account": account},
        )
        return row is not None and row[0] == STANDING

    def version_exists(self, grant: Grant) -> bool:
        """Whether there is a grant of this id and version."""
        row = self._transaction.one(
            "SELECT id FROM grants WHERE grant_id = :id AND version = :version",
            {"id": grant.id, "version": grant.version},
        )
        return row is not None

    def add(self, grant: Signed[Grant], account: bytes, keys: Sequence[bytes], escrow: int) -> None:
        """Let a grant stand, with the sealed shares of its key, and queue it for the log."""
        record = grant.record
        self._transaction.run(
            """
            INSERT INTO grants (hash, grant_id, version, account, partner, ask, raw)
            VALUES (:hash, :grant_id, :version, :account, :partner, :ask, :raw)
            """,
            {
                "hash": grant.hash,
                "grant_id": record.id,
                "version": record.version,
                "account": account,
                "partner": record.partner,
                "ask": record.ask,
                "raw": grant.raw,
            },
        )
        self._transaction.run(
            """
            INSERT INTO grant_chains (grant_hash, state, seq, uses, escrow, period, period_uses)
            VALUES (:grant, :state, 0, 0, :escrow, 0, 0)
            """,
            {"grant": grant.hash, "state": STANDING, "escrow": escrow},
        )
        self._transaction.run(
            "INSERT INTO expiries (grant_hash, expires) VALUES (:grant, :expires)",
            {"grant": grant.hash, "expires": int(record.expires.timestamp())},
        )
        self._transaction.run_many(
            "INSERT INTO grant_keys (grant_hash, holder, sealed) VALUES (:grant, :holder, :sealed)",
            [{"grant": grant.hash, "holder": i, "sealed": sealed} for i, sealed in enumerate(keys)],
        )
        self._transaction.run("INSERT INTO log_queue (entry) VALUES (:entry)", {"entry": grant.entry})

    def keep_envelopes(self, envelopes: Sequence[tuple[bytes, Envelope]]) -> None:
        """Keep what grants open, each in place of the envelope for an older version."""
        self._transaction.run_many(
            """
            INSERT INTO envelopes (grant_hash, item, version, fields, sealed, size)
            VALUES (:grant, :item, :version, :fields, :sealed, :size)
            ON CONFLICT (grant_hash, item) DO UPDATE
            SET version = excluded.version, fields = excluded.fields, sealed = excluded.sealed,
                size = excluded.size
            """,
            [
                {
                    "grant": grant,
                    "item": envelope.item,
                    "version": envelope.version,
                    "fields": b"".join(envelope.fields),
                    "sealed": envelope.sealed,
                    "size": envelope.size,
                }
                for grant, envelope in envelopes
            ],
        )

    def measured(self, account: bytes, envelopes: Sequence[Envelope]) -> list[Envelope]:
        """These envelopes with the sizes of what they open.

        Raises:
            Conflict: if one is not for fields that this owner's items have in their newest version.
        """
        return [one for some in chunks(envelopes) for one in self._measured(account, some)]

    def _measured(self, account: bytes, envelopes: Sequence[Envelope]) -> Iterator[Envelope]:
        rows = self._transaction.all(
            """
            SELECT f.item, i.version, f.field, length(f.sealed) FROM items i JOIN fields f ON f.item = i.id
            WHERE i.account = :account AND i.id IN :items
            """,
            {"account": account, "items": tuple({envelope.item for envelope in envelopes})},
        )
        sizes = {(item, version, field): size for item, version, field, size in rows}
        for one in envelopes:
            opened = [sizes.get((one.item, one.version, name)) for name in one.fields]
            if None in opened:
                raise Conflict("an envelope is for an item that is not there in this version")
            yield replace(one, size=sum(filter(None, opened)))

    def shut(self, grant: bytes) -> None:
        """Delete a grant's shares and envelopes: from here on there is nothing to hand out."""
        for table in ("grant_keys", "envelopes", "expiries"):
            self._transaction.run(
                f"DELETE FROM {table} WHERE grant_hash = :grant",  # noqa: S608 - one of the words above
                {"grant": grant},
            )

    def ended(self, until: int, limit: int) -> list[bytes]:
        """Grants that expired at ``until`` (seconds) or before and are not shut yet, the first ones first."""
        rows = self._transaction.all(
            "SELECT grant_hash FROM expiries WHERE expires <= :until ORDER BY expires LIMIT :limit",
            {"until": until, "limit": limit},
        )
        return [row[0] for row in rows]

    def keep_revocation(self, revocation: Signed[Revocation], time: int) -> None:
        """Keep a revocation, and queue it for the log behind every receipt of its grant."""
        self._transaction.run(
            "INSERT INTO revocations (grant_hash, hash, raw, time) VALUES (:grant, :hash, :raw, :time)",
            {
                "grant": revocation.record.grant,
                "hash": revocation.hash,
                "raw": revocation.raw,
                "time": time,
            },
        )
        self._transaction.run("INSERT INTO log_queue (entry) VALUES (:entry)", {"entry": revocation.entry})

    def revoked_by(self, grant: bytes) -> bytes | None:
        """The hash of the revocation that took a grant back."""
        row = self._transaction.one(
            "SELECT hash FROM revocations WHERE grant_hash = :grant", {"grant": grant}
        )
        return row[0] if row else None

    def answering(self, ask: bytes) -> bytes | None:
        """The newest grant that answered an ask."""
        row = self._transaction.one(
            "SELECT hash FROM grants WHERE ask = :ask ORDER BY version DESC LIMIT 1", {"ask": ask}
        )
        return row[0] if row else None

    def given(self, *, account: bytes | None, partner: str | None, after: int, limit: int) -> list[Row]:
        """Row number, bytes, hash, state, uses and escrow of the grants of an owner or to a partner."""
        column = "account" if partner is None else "partner"
        return self._transaction.all(
            f"""
            SELECT g.id, g.raw, g.hash, c.state, c.uses, c.escrow
            FROM grants g JOIN grant_chains c ON c.grant_hash = g.hash
            WHERE g.{column} = :party AND g.id > :after ORDER BY g.id LIMIT :limit
            """,  # noqa: S608 - the column is one of the two words above
            {"party": account if partner is None else partner, "after": after, "limit": limit},
        )

    def partner_of(self, grant: bytes) -> str | None:
        """Whom a grant was given to."""
        row = self._transaction.one("SELECT partner FROM grants WHERE hash = :grant", {"grant": grant})
        return row[0] if row else None

    def open_items(self, grant: bytes, after: bytes, limit: int) -> list[Row]:
        """Item and version of what a grant opens, in the order of ids."""
        return self._transaction.all(
            """
            SELECT e.item, e.version FROM envelopes e JOIN items i ON i.id = e.item AND i.version = e.version
            WHERE e.grant_hash = :grant AND e.item > :after ORDER BY e.item LIMIT :limit
            """,
            {"grant": grant, "after": after, "limit": limit},
        )


def _field_ids(joined: bytes) -> tuple[bytes, ...]:
    return tuple(joined[i : i + FIELD_ID_BYTES] for i in range(0, len(joined), FIELD_ID_BYTES))
