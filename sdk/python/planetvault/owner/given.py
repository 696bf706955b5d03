"""The grants an owner gave, and the envelopes that open items under them.

Whether a grant covers an item is decided here, on the owner's device: only an
item with an envelope can be opened. An item is covered if

- one of the grant's clusters is of its collection,
- its period, the month or day it is about, lies within the look-back of the grant as a whole,
- and it was there when the grant was signed, or the grant is for future items too.

A file is covered if one of the clusters is of its collection, and the file names the grant: an owner
chooses files one by one (``owner.sharing``).

In memory: ``given/<hash>`` is every grant this device has seen, so that none can be hidden from it.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from anchor.encoding import to_base64url
from anchor.records.account import Manifest
from anchor.records.consent import Grant, verify_grant
from anchor.records.signed import Signed
from planetvault.answers import Fields
from planetvault.clusters import columns_of
from planetvault.errors import GrantChanged
from planetvault.http import Clock
from planetvault.memory import Memory
from planetvault.opened import FILE, commitment_of
from planetvault.owner.journal import OwnerJournal
from planetvault.receipts import breaking
from planetvault.sealing.envelope import make_envelope, seal_envelope
from planetvault.sealing.errors import OpenError
from planetvault.sealing.grant_key import GrantKey, find_grant_key
from planetvault.sealing.item import ItemKey
from planetvault.sealing.tree import CollectionKey
from planetvault.steps import Keep, Steps

STANDING = "standing"
SEEN = "given/"
_PERIODS = ("%Y-%m-%d", "%Y-%m")


@dataclass(frozen=True, slots=True)
class GivenGrant:
    """A grant this owner signed, and where it stands. ``escrow`` is in micros."""

    signed: Signed[Grant]
    state: str
    uses: int
    escrow: int

    @property
    def hash(self) -> bytes:
        """The name of the grant in records and URLs."""
        return self.signed.hash

    @property
    def terms(self) -> Grant:
        """What the owner allowed."""
        return self.signed.record

    def stands(self, now: datetime) -> bool:
        """Whether uses can happen under it, now or later."""
        return self.state == STANDING and now < self.terms.expires


def period_start(period: str) -> datetime | None:
    """When a month (2026-03) or day (2026-03-14) begins in UTC; None for any other label."""
    for form in _PERIODS:
        try:
            return datetime.strptime(period, form).replace(tzinfo=UTC)
        except ValueError:
            continue
    return None


def covered_columns(
    grant: Grant, kind: str, period: str, sealed_at: datetime, named: Collection[bytes] = ()
) -> tuple[str, ...]:
    """The columns of an item that a grant opens; none, if the grant does not cover the item.

    ``sealed_at`` is when this version was sealed, ``named`` the ids of the grants that a file names.
    """
    if kind == FILE:
        return columns_of(grant.clusters).get(kind, ()) if grant.id in named else ()
    began = period_start(period)
    earliest = grant.time - timedelta(days=grant.look_back_days)
    within = began is not None and began >= earliest
    if not within or (sealed_at > grant.time and not grant.future_items):
        return ()
    return columns_of(grant.clusters).get(kind, ())


@lru_cache(maxsize=4096)
def _read_grant(raw: bytes) -> Signed[Grant]:
    return verify_grant(raw)


class OwnerGrants(OwnerJournal):
    """The grants given, and their keys."""

    def __init__(self, url: str, memory: Memory, clock: Clock) -> None:
        super().__init__(url, memory, clock)
        self._grant_keys: dict[bytes, GrantKey] = {}

    def grants(self) -> Steps[list[GivenGrant]]:
        """Every grant this owner gave, oldest first, each checked to be her own.

        Raises:
            GrantChanged: if the vault shows one that she did not sign, one twice, or one no more
                that this device has seen.
        """
        rows = yield from self.listed("/v1/grants")
        found = [self._given(row) for row in rows]
        names = {SEEN + to_base64url(one.hash): one.signed.raw for one in found}
        seen = self.memory.under(SEEN)
        if len(names) != len(found):
            raise GrantChanged("the vault shows one grant twice", *(one.signed.raw for one in found))
        if withheld := [raw for name, raw in seen.items() if name not in names]:
            raise GrantChanged("the vault does not show a grant that this device has seen", *withheld)
        if new := {name: raw for name, raw in names.items() if name not in seen}:
            yield Keep(new)
        return found

    def envelopes(
        self,
        grants: Iterable[Signed[Grant]],
        manifest: Signed[Manifest],
        collection: CollectionKey,
        key: ItemKey,
        period: str,
        since: datetime | None = None,
        named: Collection[bytes] = (),
    ) -> list[dict[str, Any]]:
        """The envelopes of one item version, for those grants that cover it (docs/spec/http.md).

        ``since`` is when its values were there already, if only its keys are new; ``named`` are the
        ids of the grants that a file names.
        """
        sealed_at = since or manifest.record.time
        pairs = [
            (grant, covered_columns(grant.record, collection.kind, period, sealed_at, named))
            for grant in grants
        ]
        made = [self._envelope(grant, columns, manifest, collection, key) for grant, columns in pairs]
        return [envelope for envelope in made if envelope is not None]

    def _envelope(
        self,
        grant: Signed[Grant],
        columns: Iterable[str],
        manifest: Signed[Manifest],
        collection: CollectionKey,
        key: ItemKey,
    ) -> dict[str, Any] | None:
        hashes = {one.field: one.sealed for one in manifest.record.fields}
        names = [name for name in columns if collection.field_id(name) in hashes]
        if not names:
            return None
        envelope = make_envelope(collection, key, hashes, names, sealed_at=manifest.record.time)
        return {
            "grant": to_base64url(grant.hash),
            "fields": sorted(to_base64url(collection.field_id(name)) for name in names),
            "sealed": to_base64url(seal_envelope(self.grant_key(grant), envelope)),
        }

    def grant_key(self, grant: Signed[Grant]) -> GrantKey:
        """The key of a grant she gave, from the account root.

        Raises:
            GrantChanged: if no root of this account gives the key it commits to.
        """
        if grant.hash not in self._grant_keys:
            terms = grant.record
            try:
                key = find_grant_key(self.unlocked.roots, terms.id, terms.version, commitment_of(terms))
            except OpenError as error:
                raise GrantChanged("this grant's key is not of this account", grant.raw) from error
            self._grant_keys[grant.hash] = key
        return self._grant_keys[grant.hash]

    def _given(self, row: Fields) -> GivenGrant:
        raw = row.record("grant")
        with breaking(GrantChanged, raw):
            signed = _read_grant(raw)
        if signed.kid != self.signing_key_for(signed.record.partner).kid or signed.hash != row.hash("hash"):
            raise GrantChanged("the vault shows a grant that this owner did not sign", raw)
        return GivenGrant(signed, row.text("state"), row.integer("uses"), row.integer("escrow"))
