"""What this partner asked and offered: what its keys signed is its own, wherever they did.

In memory: ``ask/<hash>`` and ``offer/<hash>`` are the asks and offers it knows. Its console and its
other programs make some too; those are learned when a grant answers one.
"""

from collections.abc import Iterable
from typing import TypeVar

from anchor.encoding import to_base64url
from anchor.errors import SignatureError
from anchor.keys import kid_of
from anchor.records.consent import Ask, Grant
from anchor.records.offers import Offer
from anchor.records.signed import Signed, verify
from planetvault.errors import GrantChanged, NotFound
from planetvault.http import get, listed
from planetvault.partner.keyring import PartnerKeys
from planetvault.receipts import breaking
from planetvault.steps import Keep, Steps

Proposal = TypeVar("Proposal", Ask, Offer)


def ask_name(ask: bytes) -> str:
    """Where an ask is remembered."""
    return f"ask/{to_base64url(ask)}"


def offer_name(offer: bytes) -> str:
    """Where an offer is remembered."""
    return f"offer/{to_base64url(offer)}"


class PartnerAsked(PartnerKeys):
    """Asks and offers of this partner's."""

    def asked_for(self, grant: Signed[Grant]) -> Ask | Offer:
        """The ask or offer that a grant answers: without one of ours, anybody could sell us anything.

        Raises:
            GrantChanged: if we know none.
        """
        name = grant.record.ask or b""
        if (offered := self.memory.get(offer_name(name))) is not None:
            return self._ours(offered, Offer).record
        if (asked := self.memory.get(ask_name(name))) is not None:
            return self._ours(asked, Ask).record
        raise GrantChanged("this grant answers no ask of this client", grant.raw)

    def learn_asked(self, grants: Iterable[Signed[Grant]]) -> Steps[None]:
        """Learn what these grants answer, as far as it is not known here and the vault shows it.

        Raises:
            GrantChanged: if it shows an ask or offer as ours that none of our keys signed.
        """
        named = {grant.record.ask for grant in grants if grant.record.ask is not None}
        unknown = {ask for ask in named if not self._knows(ask)}
        if not unknown:
            return
        rows = yield from listed("/v1/asks", who=self.credential)
        asks = [self._ours(row.record("ask"), Ask) for row in rows]
        yield Keep({ask_name(ask.hash): ask.raw for ask in asks if ask.hash in unknown})
        for offer in unknown - {ask.hash for ask in asks}:
            yield from self._learn_offer(offer)

    def _learn_offer(self, name: bytes) -> Steps[None]:
        try:
            row = yield from get(f"/v1/offers/{to_base64url(name)}")
        except NotFound:
            return
        offer = self._ours(row.record("offer"), Offer)
        yield Keep({offer_name(offer.hash): offer.raw})

    def _knows(self, name: bytes) -> bool:
        return any(self.memory.get(where(name)) is not None for where in (ask_name, offer_name))

    def _ours(self, raw: bytes, kind: type[Proposal]) -> Signed[Proposal]:
        with breaking(GrantChanged, raw):
            return verify(raw, kind, lambda kid, _: self._own_key(kid))

    def _own_key(self, kid: bytes) -> bytes:
        """The public key of this name in our own entries: of today, or before."""
        for entry in self.entries:
            if kid_of(entry.record.sign_key) == kid:
                return entry.record.sign_key
        raise SignatureError("none of this partner's keys signed this")
