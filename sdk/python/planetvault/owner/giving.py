"""Saying yes: what it would mean, in plain words, and the grant that is signed over those words.

The grant key is split over the holders the owner names, by default the vault alone, and
every item the grant covers gets its envelope. In memory: ``text/<hash>`` is every text the
owner agreed to.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from secrets import token_bytes
from typing import Any, Unpack

from anchor.encoding import to_base64url
from anchor.keys import kid_of
from anchor.records.account import Manifest
from anchor.records.consent import Grant
from anchor.records.shape import Holder
from anchor.records.signed import Signed, sign
from planetvault.clusters import columns_of
from planetvault.columns import Columns
from planetvault.errors import Conflict, ItemChanged
from planetvault.http import get
from planetvault.owner.consents import ReceivedAsk
from planetvault.owner.given import GivenGrant
from planetvault.owner.items import StoredItem
from planetvault.owner.offers import FoundOffer, OwnerOffers
from planetvault.owner.terms import Narrower, Terms, narrow, terms_of
from planetvault.owner.wording import text_hash, text_of
from planetvault.sealing.contexts import ID_BYTES
from planetvault.sealing.grant_key import derive_grant_key, seal_grant_key
from planetvault.sealing.item import SealedItem, open_item_key
from planetvault.steps import Keep, Steps, Turn

ENVELOPES = 1000
"""In one request: each is a kilobyte or two, and a body may have 16 MiB."""
SAMPLE_ROWS = 3


@dataclass(frozen=True, slots=True)
class Preview:
    """What a grant would mean, before it is signed.

    ``text`` is what is shown and whose hash is signed; ``items`` are those it would open at
    once, and ``samples`` a few of the owner's newest rows as the partner would see them, by kind.
    """

    terms: Terms
    text: str
    items: tuple[StoredItem, ...]
    samples: dict[str, Columns] = field(repr=False)

    @property
    def most_earned(self) -> int:
        """The most all uses together can bring the owner, in micros."""
        return self.terms.most_earned


@dataclass(frozen=True, slots=True)
class _Granting:
    """A grant just signed, and the sealed shares of its key in the order of its holders."""

    signed: Signed[Grant]
    shares: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class _Covered:
    """An item that a grant covers, with what its envelope is made of."""

    stored: StoredItem
    manifest: Signed[Manifest]
    sealed_key: bytes


def text_name(text: bytes) -> str:
    """Where a text that was agreed to is remembered."""
    return f"text/{to_base64url(text)}"


class OwnerGiving(OwnerOffers):
    """Previews and grants."""

    def preview(
        self, ask: ReceivedAsk | FoundOffer, *, language: str = "en", **narrower: Unpack[Narrower]
    ) -> Steps[Preview]:
        """What a yes would mean, in plain words (``en`` or ``zh-CN``) and with the owner's own rows.

        What is named narrows the ask: fewer clusters, purposes, uses or days, a smaller budget.

        Raises:
            TooWide: if something goes beyond the ask.
        """
        terms = yield from self._terms(ask, narrower)
        text = text_of(terms, language)
        grant = self._sign(ask, terms, text, language, self._holders()).signed
        covered = yield from self._covered(grant)
        stored = tuple(one.stored for one in covered)
        return Preview(terms, text, stored, (yield from self._samples(terms, stored)))

    def grant(
        self,
        ask: ReceivedAsk | FoundOffer,
        *,
        language: str = "en",
        holders: Sequence[str] = (),
        **narrower: Unpack[Narrower],
    ) -> Steps[Signed[Grant]]:
        """Say yes to an ask or an offer, or to less of it: see ``preview``, whose text is signed.

        ``holders`` are the domains that each get a share of the key, all of which must release
        it; by default that is the vault alone. Shares of others than the vault are left in
        ``shares_of`` for the caller to hand over.

        Raises:
            TooWide: if something goes beyond the ask.
            InsufficientFunds: if the partner can't set the budget aside.
        """
        yield Turn("grants")
        if isinstance(ask, FoundOffer):
            yield from self.connect(ask.asked.partner, kid=ask.partner.kid)
        terms = yield from self._terms(ask, narrower)
        text = text_of(terms, language)
        granting = self._sign(ask, terms, text, language, tuple(holders) or self._holders())
        yield Keep({text_name(text_hash(text)): text.encode(), **self._kept_shares(granting)})
        envelopes = yield from self._envelopes_of(granting.signed)
        try:
            yield from self._send_grant(granting, envelopes[:ENVELOPES])
        except Conflict:
            return (yield from self._given_before(ask, text_hash(text)))
        for start in range(ENVELOPES, len(envelopes), ENVELOPES):
            yield from self._add_envelopes(granting.signed, envelopes[start : start + ENVELOPES])
        return granting.signed

    def cover(self, grant: GivenGrant | Signed[Grant]) -> Steps[int]:
        """Give every item that a standing grant covers its envelope, and say how many there are.

        ``grant`` and every import do that by themselves. This makes up for a crash in between,
        and for a grant that one device gave while another was writing.
        """
        signed = grant.signed if isinstance(grant, GivenGrant) else grant
        envelopes = yield from self._envelopes_of(signed)
        for start in range(0, len(envelopes), ENVELOPES):
            yield from self._add_envelopes(signed, envelopes[start : start + ENVELOPES])
        return len(envelopes)

    def shares_of(self, grant: Signed[Grant]) -> dict[str, bytes]:
        """The sealed shares of a grant's key that other holders than the vault must be given."""
        prefix = f"share/{to_base64url(grant.hash)}/"
        return {name.removeprefix(prefix): blob for name, blob in self.memory.under(prefix).items()}

    def text_agreed(self, grant: Signed[Grant]) -> str | None:
        """The text the owner saw when she gave this grant; None if another device showed it."""
        raw = self.memory.get(text_name(grant.record.text))
        return None if raw is None else raw.decode()

    # -- the grant ---------------------------------------------------------------------

    def _terms(self, ask: ReceivedAsk | FoundOffer, narrower: Narrower) -> Steps[Terms]:
        vault = yield from get("/v1/vault")
        asked = terms_of(ask.asked, name=ask.partner.newest.name, fee=vault.integer("fee"))
        return narrow(asked, narrower)

    def _holders(self) -> tuple[str, ...]:
        return (self.trust.vault,)

    def _sign(
        self, ask: ReceivedAsk | FoundOffer, terms: Terms, text: str, language: str, holders: Sequence[str]
    ) -> _Granting:
        key, partner, now = self.signing_key_for(terms.partner), ask.partner.newest, self.clock()
        grant_id = token_bytes(ID_BYTES)
        sealed = seal_grant_key(
            derive_grant_key(self.unlocked.roots[0], grant_id, 1),
            partner=terms.partner,
            sealing_key=partner.sealing_key,
            owner_kid=key.kid,
            holders=len(holders),
        )
        named = zip(holders, sealed.commitment.shares, strict=True)
        grant = Grant(
            vault=self.trust.vault,
            id=grant_id,
            version=1,
            prev=None,
            ask=ask.hash,
            owner_key=key.public,
            partner=terms.partner,
            partner_key=ask.partner.kid,
            sealing_key=kid_of(partner.sealing_key),
            clusters=terms.clusters,
            purposes=terms.purposes,
            price=terms.price,
            fee=terms.fee,
            budget=terms.budget,
            currency=terms.currency,
            max_uses=terms.max_uses,
            period_days=terms.period_days,
            period_uses=terms.period_uses,
            paid_by_period=terms.paid_by_period,
            look_back_days=terms.look_back_days,
            future_items=terms.future_items,
            not_before=now,
            expires=now + timedelta(days=terms.duration_days),
            retention_days=terms.retention_days,
            text=text_hash(text),
            language=language,
            key_commitment=sealed.commitment.key,
            holders=tuple(Holder(name, commitment) for name, commitment in named),
            time=now,
        )
        return _Granting(sign(grant, key), sealed.shares)

    def _kept_shares(self, granting: _Granting) -> dict[str, bytes | None]:
        holders = granting.signed.record.holders
        prefix = f"share/{to_base64url(granting.signed.hash)}/"
        pairs = zip(holders, granting.shares, strict=True)
        return {prefix + one.name: share for one, share in pairs if one.name != self.trust.vault}

    def _send_grant(self, granting: _Granting, envelopes: list[dict[str, Any]]) -> Steps[None]:
        pairs = zip(granting.signed.record.holders, granting.shares, strict=True)
        keys = [to_base64url(share) for one, share in pairs if one.name == self.trust.vault]
        body = {"grant": granting.signed.text, "keys": keys, "envelopes": envelopes}
        yield from self.send("POST", "/v1/grants", body)

    def _add_envelopes(self, grant: Signed[Grant], envelopes: list[dict[str, Any]]) -> Steps[None]:
        target = f"/v1/grants/{to_base64url(grant.hash)}/envelopes"
        yield from self.send("POST", target, {"envelopes": envelopes})

    def _given_before(self, ask: ReceivedAsk | FoundOffer, text: bytes) -> Steps[Signed[Grant]]:
        """The grant by which this very ask was answered, if an earlier try of ours arrived after all."""
        for given in (yield from self.grants()):
            if given.terms.ask == ask.hash and given.terms.text == text:
                return given.signed
        raise Conflict(
            "this ask was answered otherwise, or the partner's keys have changed: look at asks() again",
            code="conflict",
            status=409,
            request_id="",
        )

    # -- what it opens -------------------------------------------------------------------

    def _covered(self, grant: Signed[Grant]) -> Steps[list[_Covered]]:
        """The items a grant covers now, in the order of the journal."""
        yield from self.sync()
        rows = yield from self.listed("/v1/items")
        shown = {row.record("manifest"): row.sealed("key") for row in rows}
        covered: list[_Covered] = []
        for manifest in self.manifests():
            if manifest.raw not in shown:
                raise ItemChanged("the vault does not show an item in its newest version", manifest.raw)
            stored = yield from self._stored(manifest)
            if stored.covered_by(grant.record):
                covered.append(_Covered(stored, manifest, shown[manifest.raw]))
        return covered

    def _envelopes_of(self, grant: Signed[Grant]) -> Steps[list[dict[str, Any]]]:
        envelopes: list[dict[str, Any]] = []
        for one in (yield from self._covered(grant)):
            collection = yield from self.collection(one.manifest.record.collection)
            sealed = SealedItem(one.stored.item, one.stored.version, one.sealed_key, {})
            key = open_item_key(collection, sealed, one.manifest.record.key)
            period, named = one.stored.period, one.stored.named
            for envelope in self.envelopes([grant], one.manifest, collection, key, period, named=named):
                place = {"item": to_base64url(one.stored.item), "version": one.stored.version}
                envelopes.append(place | {name: envelope[name] for name in ("fields", "sealed")})
        return envelopes

    def _samples(self, terms: Terms, items: Sequence[StoredItem]) -> Steps[dict[str, Columns]]:
        samples: dict[str, Columns] = {}
        newest = {item.kind: item for item in sorted(items, key=lambda one: one.period)}
        for kind, names in columns_of(terms.clusters).items():
            if kind in newest:
                opened = yield from self.open_item(newest[kind])
                samples[kind] = {name: opened.columns[name][-SAMPLE_ROWS:] for name in names}
        return samples
