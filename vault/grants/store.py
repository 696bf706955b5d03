"""Grants as the use path needs them: locked, with the small row that moves."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from anchor.records.consent import Grant, verify_grant
from anchor.records.signed import Signed
from vault.db import Transaction

STANDING, REVOKED, SUPERSEDED = "standing", "revoked", "superseded"
FIELD_ID_BYTES = 16


@dataclass(slots=True)
class Standing:
    """A grant and where its chain stands. The last six fields move with every use."""

    grant: Signed[Grant]
    account: bytes
    partner_kid: bytes
    state: str
    seq: int
    head: bytes | None
    uses: int
    escrow: int


@dataclass(frozen=True, slots=True)
class Envelope:
    """One item version as a grant opens it: which fields, and their sealed keys."""

    item: bytes
    version: int
    fields: tuple[bytes, ...]
    sealed: bytes


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
        rows = self._transaction.all(
            """
            SELECT g.hash, g.raw, g.account, p.sign_kid, c.state, c.seq, c.head, c.uses, c.escrow
            FROM grants g JOIN grant_chains c ON c.grant_hash = g.hash JOIN partners p ON p.domain = g.partner
            WHERE g.hash IN :hashes ORDER BY g.hash
            """
            + (self._transaction.locking and f"{self._transaction.locking} OF c"),
            {"hashes": tuple(hashes)},
        )
        return {row[0]: Standing(verified_grant(row[1]), *row[2:]) for row in rows}

    def move(self, standings: Sequence[Standing]) -> None:
        """Write where the chains of these grants stand now."""
        self._transaction.run_many(
            """
            UPDATE grant_chains SET state = :state, seq = :seq, head = :head, uses = :uses, escrow = :escrow
            WHERE grant_hash = :hash
            """,
            [
                {
                    "state": s.state,
                    "seq": s.seq,
                    "head": s.head,
                    "uses": s.uses,
                    "escrow": s.escrow,
                    "hash": s.grant.hash,
                }
                for s in standings
            ],
        )

    def keys(self, hashes: Iterable[bytes]) -> dict[bytes, list[bytes]]:
        """The sealed shares of each grant's key, by holder."""
        rows = self._transaction.all(
            "SELECT grant_hash, sealed FROM grant_keys WHERE grant_hash IN :hashes ORDER BY grant_hash, holder",
            {"hashes": tuple(hashes)},
        )
        shares: dict[bytes, list[bytes]] = {}
        for grant_hash, sealed in rows:
            shares.setdefault(grant_hash, []).append(sealed)
        return shares

    def envelopes(self, wanted: Mapping[bytes, Iterable[bytes]]) -> dict[tuple[bytes, bytes], Envelope]:
        """What each grant opens of the items wanted under it, if it is of the newest version."""
        items = tuple({item for wanted_items in wanted.values() for item in wanted_items})
        rows = self._transaction.all(
            """
            SELECT e.grant_hash, e.item, e.version, e.fields, e.sealed
            FROM envelopes e JOIN items i ON i.id = e.item AND i.version = e.version
            WHERE e.grant_hash IN :hashes AND e.item IN :items
            """,
            {"hashes": tuple(wanted), "items": items},
        )
        return {
            (row[0], row[1]): Envelope(
                row[1],
                row[2],
                tuple(row[3][i : i + FIELD_ID_BYTES] for i in range(0, len(row[3]), FIELD_ID_BYTES)),
                row[4],
            )
            for row in rows
        }
