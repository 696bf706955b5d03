"""The file for a stranger: a receipt, what it rests on, and its way into a published checkpoint.

Where a receipt stands is never written down with it. Its position in the log says it all,
held against four sizes, of the newest checkpoint of each kind::

    committed   published
    witnessed   cosigned by as many witnesses as the trust file asks for, one at least
    anchored    in a block of the trust file's chain
    final       in a block that is final by the vault's rule; never on a chain without one
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from anchor.records.consent import Grant, verify_grant
from anchor.records.proof import Materials, Proof, fits, write_proof
from anchor.records.signed import entry_of, named_kid
from anchor.records.trust import ChainTrust
from anchor.records.usage import Receipt, Use
from anchor.tiles import Tree
from vault.db import Transaction
from vault.errors import NotFound
from vault.log.chain_proofs import stored_proof
from vault.log.store import AnchorRecords, Checkpoints, Cosignatures, Entries, Receipted, Stored, Tiles

State = Literal["recorded", "committed", "witnessed", "anchored", "final"]


class NotYet(NotFound):
    """The receipt is here, but not yet in a checkpoint of the kind asked for."""

    code = "not-yet"


@dataclass(frozen=True, slots=True)
class Place:
    """How far a receipt came. ``index`` is its position in the log, once that is published."""

    index: int | None
    state: State


@dataclass(frozen=True, slots=True)
class _Stored:
    """A receipt as it is stored; ``use`` is None for the one that closes a chain."""

    raw: bytes
    use: bytes | None
    grant_hash: bytes
    grant: bytes
    position: int | None


class Proofs:
    """Proofs from one consistent view of the log ``origin``.

    ``chain``, ``witnesses`` and ``quorum`` are those of the vault's trust file: an anchor on
    another chain would prove nothing to its readers, so it is left out, and a checkpoint
    without its quorum would be refused by them, so an older one with it is taken.
    """

    def __init__(
        self,
        transaction: Transaction,
        origin: str,
        chain: ChainTrust | None,
        witnesses: Sequence[str] = (),
        quorum: int = 0,
    ) -> None:
        self._transaction = transaction
        self._witnesses, self._quorum = witnesses, quorum
        self._cosignatures = Cosignatures(transaction)
        self._tiles = Tiles(transaction, origin)
        self._checkpoints = Checkpoints(transaction, origin)
        self._anchors = AnchorRecords(transaction, chain)

    def of(self, receipt: bytes, *, anchored: bool = False) -> Proof:
        """The proof for a receipt by its hash, against the newest checkpoint or the newest anchored one.

        The anchor goes with it whenever that checkpoint has one.

        Raises:
            NotFound: if there is no such receipt.
            NotYet: if that checkpoint does not cover it yet.
        """
        stored = self._receipt(receipt)
        checkpoint = self._anchored() if anchored else self._newest()
        index = stored.position
        if checkpoint is None or index is None or index >= checkpoint.size:
            raise NotYet(_NOT_ANCHORED if anchored else self._not_committed(index))
        path = Tree(self._tiles.tile, checkpoint.size).inclusion(index)
        materials = self._anchored_materials(stored, checkpoint.size)
        return write_proof(materials, index=index, path=path, checkpoint=self._cosignatures.on(checkpoint))

    def places(self, receipts: Iterable[bytes]) -> dict[bytes, Place]:
        """How far each of these receipts came, by hash."""
        reached = self._watermarks()
        entries = [entry_of(Receipt, one) for one in receipts]
        found = Entries(self._transaction).receipts(entries)
        return {entry[1:]: _place(found.get(entry), reached) for entry in entries}

    def _newest(self) -> Stored | None:
        if self._quorum == 0:
            return self._checkpoints.published()
        return self._checkpoints.at(self._cosignatures.newest_size(self._witnesses, self._quorum))

    def _not_committed(self, index: int | None) -> str:
        committed = index is not None and index < self._checkpoints.published_size()
        return _NOT_WITNESSED if committed else _NOT_COMMITTED

    def _anchored(self) -> Stored | None:
        return self._checkpoints.at(self._anchors.newest_size())

    def _watermarks(self) -> dict[State, int]:
        mined = self._anchors.reached("mined", "final")
        return {
            "committed": self._checkpoints.published_size(),
            "witnessed": self._cosignatures.newest_size(self._witnesses, self._quorum),
            "anchored": max(mined, self._anchors.newest_size()),
            "final": self._anchors.reached("final"),
        }

    def _receipt(self, receipt: bytes) -> _Stored:
        row = self._transaction.one(
            """
            SELECT r.raw, r.use_raw, g.hash, g.raw, e.position
            FROM receipts r JOIN grants g ON g.hash = r.grant_hash LEFT JOIN log_entries e ON e.receipt = r.id
            WHERE r.hash = :receipt
            """,
            {"receipt": receipt},
        )
        if row is None:
            raise NotFound("there is no such receipt")
        return _Stored(*row)

    def _anchored_materials(self, stored: _Stored, size: int) -> Materials:
        """With the anchor of this size and, if there is room left in a proof file, what its chain shows."""
        anchor, kept = self._anchors.at(size) or (None, None)
        materials = self._materials(stored, anchor)
        whole = replace(materials, chain=stored_proof(kept))
        return whole if fits(whole) else materials

    def _materials(self, stored: _Stored, anchor: bytes | None) -> Materials:
        grant = verify_grant(stored.grant).record
        kid = grant.partner_key if stored.use is None else named_kid(stored.use, Use)
        closing = self._revocation(stored.grant_hash) if stored.use is None else None
        return Materials(
            receipt=stored.raw.decode(),
            grant=stored.grant.decode(),
            use=stored.use.decode() if stored.use else None,
            revocation=closing.decode() if closing else None,
            partner_key=self._partner_key(grant.partner, kid),
            partner=() if kid == grant.partner_key else self._partner(grant, kid),
            anchor=anchor.decode() if anchor else None,
        )

    def _revocation(self, grant: bytes) -> bytes:
        return self._must(
            "SELECT raw FROM revocations WHERE grant_hash = :grant",
            {"grant": grant},
            "the grant's revocation",
        )

    def _partner_key(self, partner: str, kid: bytes) -> bytes:
        return self._must(
            """
            SELECT sign_key FROM partner_entries WHERE domain = :partner AND sign_kid = :kid
            ORDER BY seq LIMIT 1
            """,
            {"partner": partner, "kid": kid},
            "the partner's key",
        )

    def _must(self, sql: str, parameters: dict[str, object], what: str) -> bytes:
        row = self._transaction.one(sql, parameters)
        if row is None:
            raise NotFound(f"{what} is not stored here")
        found: bytes = row[0]
        return found

    def _partner(self, grant: Grant, kid: bytes) -> tuple[str, ...]:
        rows = self._transaction.all(
            """
            SELECT raw FROM partner_entries WHERE domain = :partner AND seq >= (
                SELECT MAX(seq) FROM partner_entries WHERE domain = :partner AND sign_kid = :pinned
            ) AND seq <= (
                SELECT MIN(seq) FROM partner_entries WHERE domain = :partner AND sign_kid = :kid
            ) ORDER BY seq
            """,
            {"partner": grant.partner, "pinned": grant.partner_key, "kid": kid},
        )
        return tuple(row[0].decode() for row in rows)


_NOT_COMMITTED = "this receipt is not in a published checkpoint yet"
_NOT_WITNESSED = "this receipt is not in a checkpoint that enough witnesses cosigned yet"
_NOT_ANCHORED = "this receipt is not in an anchored checkpoint yet"


def _place(receipt: Receipted | None, reached: Mapping[State, int]) -> Place:
    position = receipt.position if receipt else None
    if position is None or position >= reached["committed"]:
        return Place(None, "recorded")
    return Place(position, [state for state, size in reached.items() if position < size][-1])
