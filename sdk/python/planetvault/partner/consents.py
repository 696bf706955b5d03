"""What a partner asks owners for, and what they granted."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from secrets import token_bytes

from anchor.encoding import to_base64url
from anchor.keys import kid_of
from anchor.records.consent import Ask, Grant, verify_grant
from anchor.records.signed import Signed, sign
from planetvault.answers import Fields
from planetvault.errors import GrantChanged, NothingRemembered
from planetvault.http import get, listed, send
from planetvault.partner.asked import PartnerAsked, ask_name
from planetvault.receipts import breaking
from planetvault.steps import Keep, Steps

ASK_LIFE = timedelta(days=30)
ITEMS_PER_USE = 64
"""The most items one use may name (docs/spec/use.md)."""


def grant_name(grant: bytes) -> str:
    """Where a grant is remembered."""
    return f"grant/{to_base64url(grant)}"


@dataclass(frozen=True, slots=True)
class AskState:
    """What became of an ask: ``open``, ``granted``, ``denied`` or ``expired``; and the grant's hash."""

    state: str
    grant: bytes | None


@dataclass(frozen=True, slots=True)
class HeldGrant:
    """A grant this partner holds, checked, and where it stands. ``escrow`` is in micros."""

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


@dataclass(frozen=True, slots=True)
class GrantedItem:
    """An item, in its newest version, that a grant opens."""

    item: bytes
    version: int


@dataclass(frozen=True, slots=True)
class Balance:
    """A partner's money at the vault, in micros of ``currency``: free, and reserved for grants."""

    funding: int
    escrow: int
    currency: str


@lru_cache(maxsize=4096)
def read_grant(raw: bytes) -> Signed[Grant]:
    """A grant is immutable, so it is checked once in a process's life."""
    return verify_grant(raw)


class PartnerConsents(PartnerAsked):
    """Asks and grants."""

    _currency: str | None = None

    def ask(
        self,
        owner: bytes,
        *,
        clusters: Iterable[str],
        purposes: Iterable[str],
        reason: str,
        price: int,
        max_uses: int,
        budget: int | None = None,
        period_days: int = 0,
        period_uses: int = 0,
        paid_by_period: bool = False,
        look_back_days: int = 365,
        future_items: bool = False,
        duration_days: int = 90,
        retention_days: int = 90,
        lasts: timedelta = ASK_LIFE,
    ) -> Steps[Signed[Ask]]:
        """Put an ask to one owner. ``owner`` is the kid she handed over when she paired.

        ``price`` is per use and ``budget`` for all uses together, in micros; without one it is
        the price of ``max_uses``. Periods of ``period_days`` may have at most ``period_uses`` uses
        each, and with ``paid_by_period`` the price is that of a period. ``purposes`` are of the
        W3C DPV, such as ``dpv:ServicePersonalisation``; ``clusters`` are listed in docs/spec/clusters.md.

        Raises:
            FormatError: for terms that no ask can have.
        """
        yield from self.settle_keys()
        now = self.clock()
        ask = Ask(
            vault=self.trust.vault,
            id=token_bytes(16),
            partner=self.itself.partner,
            owner=owner,
            counter=None,
            clusters=tuple(sorted(set(clusters))),
            purposes=tuple(sorted(set(purposes))),
            reason=reason,
            price=price,
            budget=price * max_uses if budget is None else budget,
            currency=(yield from self.currency()),
            max_uses=max_uses,
            period_days=period_days,
            period_uses=period_uses,
            paid_by_period=paid_by_period,
            look_back_days=look_back_days,
            future_items=future_items,
            duration_days=duration_days,
            retention_days=retention_days,
            expires=now + lasts,
            time=now,
        )
        signed = sign(ask, self.signing)
        yield Keep({ask_name(signed.hash): signed.raw})
        yield from send("POST", "/v1/asks", {"ask": signed.text}, who=self.credential)
        return signed

    def asked(self, ask: Signed[Ask] | bytes) -> Steps[AskState]:
        """What became of an ask, named by itself or its hash."""
        yield from self.settle_keys()
        named = to_base64url(ask if isinstance(ask, bytes) else ask.hash)
        answer = yield from get(f"/v1/asks/{named}", who=self.credential)
        return AskState(answer.text("state"), answer.maybe_hash("grant"))

    def grants(self) -> Steps[list[HeldGrant]]:
        """Every grant this partner was given, each checked against the ask it answers.

        Raises:
            GrantChanged: if one is not what its owner can have signed for this partner, or shown twice.
        """
        yield from self.settle_keys()
        rows = yield from listed("/v1/grants", who=self.credential)
        yield from self.learn_asked(_shown(row) for row in rows)
        held = [self._held(row) for row in rows]
        new = {grant_name(one.hash): one.signed.raw for one in held}
        if len(new) != len(held):
            raise GrantChanged("the vault shows one grant twice", *(one.signed.raw for one in held))
        yield Keep({name: raw for name, raw in new.items() if self.memory.get(name) is None})
        return held

    def items(self, grant: HeldGrant) -> Steps[list[GrantedItem]]:
        """The items that are open under a grant now."""
        yield from self.settle_keys()
        rows = yield from listed(f"/v1/grants/{to_base64url(grant.hash)}/items", who=self.credential)
        return [GrantedItem(row.identifier("item"), row.integer("version")) for row in rows]

    def balance(self) -> Steps[Balance]:
        """This partner's money at the vault."""
        yield from self.settle_keys()
        answer = yield from get("/v1/balance", who=self.credential)
        return Balance(answer.integer("funding"), answer.integer("escrow"), answer.text("currency"))

    def currency(self) -> Steps[str]:
        """The one currency of this vault."""
        if self._currency is None:
            answer = yield from get("/v1/vault")
            self._currency = answer.text("currency")
        return self._currency

    def held(self, grant: bytes) -> Signed[Grant]:
        """A grant by its hash, as it was checked and remembered.

        Raises:
            NothingRemembered: if ``grants`` never returned it.
        """
        raw = self.memory.get(grant_name(grant))
        if raw is None:
            raise NothingRemembered("this client was never shown that grant: call grants() first")
        return read_grant(raw)

    def _held(self, row: Fields) -> HeldGrant:
        signed, raw = _shown(row), row.record("grant")
        if signed.hash != row.hash("hash"):
            raise GrantChanged("the vault names a grant by another hash than its own", raw)
        self._verify_ours(signed)
        return HeldGrant(signed, row.text("state"), row.integer("uses"), row.integer("escrow"))

    def _verify_ours(self, grant: Signed[Grant]) -> None:
        """It is for us, under keys of ours, and from the owner whom we asked."""
        terms = grant.record
        kids = {kid_of(entry.record.sign_key) for entry in self.entries}
        sealing = {kid_of(entry.record.sealing_key) for entry in self.entries}
        ours = (terms.vault, terms.partner) == (self.trust.vault, self.itself.partner)
        if not (ours and terms.partner_key in kids and terms.sealing_key in sealing):
            raise GrantChanged("this grant is for another vault, partner or key", grant.raw)
        if terms.ask is None and terms.price == 0:
            return  # a gift
        asked = self.asked_for(grant)
        if isinstance(asked, Ask) and asked.owner != grant.kid:
            raise GrantChanged("this grant was signed by another owner than the one asked", grant.raw)
        if terms.price > asked.price or terms.currency != asked.currency:
            raise GrantChanged("this grant costs more than was offered", grant.raw)


def _shown(row: Fields) -> Signed[Grant]:
    raw = row.record("grant")
    with breaking(GrantChanged, raw):
        return read_grant(raw)
