"""Partners met and asks read: every key is pinned, every ask is checked against it.

In memory: ``partner/<domain>`` are a partner's pinned entries, ``pairing/<domain>`` what the
vault was told of the owner's key for it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from anchor.keys import kid_of
from anchor.records.consent import Ask, Denial
from anchor.records.parties import Pairing
from anchor.records.signed import Signed, sign, verify
from planetvault.answers import Fields
from planetvault.errors import GrantChanged, NothingRemembered, PartnerKeyChanged
from planetvault.owner.deleting import OwnerDeleting
from planetvault.pinned import PinnedPartner, fetch_partner, remembered_partner
from planetvault.receipts import breaking
from planetvault.steps import Keep, Steps


@dataclass(frozen=True, slots=True)
class ReceivedAsk:
    """An ask, signed by a pinned partner. Its state is ``open``, ``granted``, ``denied`` or ``expired``."""

    signed: Signed[Ask]
    state: str
    partner: PinnedPartner = field(repr=False)

    @property
    def hash(self) -> bytes:
        """The name of the ask in records and URLs."""
        return self.signed.hash

    @property
    def asked(self) -> Ask:
        """What the partner asks for."""
        return self.signed.record


class OwnerConsents(OwnerDeleting):
    """Pairings, asks and denials."""

    def connect(self, partner: str, *, kid: bytes | None = None) -> Steps[bytes]:
        """Pin a partner's keys, and tell the vault under which key it knows this owner.

        The answer is that key's kid: hand it to the partner, who puts its asks to it. ``kid`` is
        the partner's own, if it is known from somewhere else than the vault's directory.

        Raises:
            PartnerKeyChanged: if the directory shows other keys than those pinned or expected.
        """
        yield from fetch_partner(self.memory, partner, kid=kid)
        key = self.signing_key_for(partner)
        name = f"pairing/{partner}"
        raw = self.memory.get(name)
        if raw is None:
            pairing = Pairing(account=self.account, partner=partner, owner_key=key.public, time=self.clock())
            raw = sign(pairing, key).raw
            yield Keep({name: raw})
        yield from self.send("POST", "/v1/pairings", {"pairing": raw.decode()})
        return key.kid

    def pinned(self, partner: str) -> PinnedPartner:
        """A partner as it is pinned.

        Raises:
            NothingRemembered: before ``connect``.
        """
        found = remembered_partner(self.memory, partner)
        if found is None:
            raise NothingRemembered("this device is not connected to that partner")
        return found

    def asks(self) -> Steps[list[ReceivedAsk]]:
        """Every ask put to this owner, oldest first, each checked against the partner's pinned key.

        Raises:
            PartnerKeyChanged: if a partner shows other keys than those pinned.
            GrantChanged: if an ask is not signed by its partner, or is for somebody else.
        """
        rows = yield from self.listed("/v1/asks")
        found: list[ReceivedAsk] = []
        for row in rows:
            found.append((yield from self._received(row)))  # noqa: PERF401 - a comprehension can't yield
        return found

    def _received(self, row: Fields) -> Steps[ReceivedAsk]:
        raw, shown = row.record("ask"), row.records("partner")
        partner = yield from self._continued(raw, shown)
        with breaking(GrantChanged, raw):
            keys = {kid_of(entry.record.sign_key): entry.record.sign_key for entry in partner.entries}
            signed = verify(raw, Ask, lambda kid, _: keys.get(kid, partner.newest.sign_key))
        ask = signed.record
        us = self.signing_key_for(ask.partner).kid
        if (ask.vault, ask.partner, ask.owner) != (self.trust.vault, partner.newest.partner, us):
            raise GrantChanged("this ask is for another owner or another vault", raw)
        if signed.hash != row.hash("hash"):
            raise GrantChanged("the vault names an ask by another hash than its own", raw)
        return ReceivedAsk(signed, row.text("state"), partner)

    def _continued(self, ask: bytes, shown: Sequence[bytes]) -> Steps[PinnedPartner]:
        """The pinned partner whose entries these are; newer ones are taken if they follow."""
        first = shown[0] if shown else b""
        names = {one.entries[0].raw: one for one in self._all_pinned()}
        if first not in names:
            raise PartnerKeyChanged("an ask comes from keys that were never pinned", ask, *shown)
        pinned = names[first]
        if list(shown) == [entry.raw for entry in pinned.entries]:
            return pinned
        return (yield from fetch_partner(self.memory, pinned.newest.partner))

    def _all_pinned(self) -> list[PinnedPartner]:
        domains = [name.removeprefix("partner/") for name in self.memory.under("partner/")]
        return [self.pinned(domain) for domain in domains]

    def deny(self, ask: ReceivedAsk) -> Steps[None]:
        """Say no, without a reason."""
        key = self.signing_key_for(ask.asked.partner)
        denial = Denial(ask=ask.hash, owner_key=key.public, time=self.clock())
        yield from self.send("POST", "/v1/denials", {"denial": sign(denial, key).text})
