"""A use, from the partner's signed record to the answer.

Read this file first: the rest of the vault exists for it. Everything happens in one
database transaction, so that data, money and receipt go together or not at all. The
uses of one moment share that transaction; each has an answer or a refusal of its own.

Held until the end are the rows of the grants and owners concerned, never one that all
uses share. No chain, witness or payment provider is waited for.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from anchor.errors import AnchorError
from anchor.records.consent import period_at
from anchor.records.shape import OpenedItem
from anchor.records.signed import Signed, by, sign, verify
from anchor.records.usage import OwnerLink, Receipt, Use, owner_link_of, sealed_hash
from vault.errors import AnswerTooLarge, GrantUnknown, OwnerPaused, Refusal, UnknownReceipt
from vault.grants.standing import Envelope, Standing
from vault.issuer import Issuer
from vault.items.store import SealedField
from vault.partners.store import PartnerKey
from vault.payments import ledger
from vault.receipts.store import Answered, OwnerChain, Written
from vault.stores import Stores
from vault.uses import rules
from vault.uses.store import Refused


@dataclass(frozen=True, slots=True)
class Sent:
    """A use as it came, and the key that must have signed it.

    Uses with the same ``request`` came together, and are answered in one message.
    """

    raw: bytes
    key: PartnerKey
    request: int = 0


@dataclass(frozen=True, slots=True)
class Asked:
    """A use whose signature was checked, and the partner whose key signed it."""

    use: Signed[Use]
    partner: str
    request: int = 0


Envelopes = dict[tuple[bytes, bytes], Envelope]
"""By grant and item."""


@dataclass(frozen=True, slots=True)
class Opened:
    """One item as the partner gets it: envelope and sealed fields; ``told`` is how a receipt names them."""

    envelope: Envelope
    fields: tuple[tuple[bytes, SealedField], ...]
    told: OpenedItem


@dataclass(frozen=True, slots=True)
class Answer:
    """The receipt, the sealed shares of the grant key, and the items. A late replay has the receipt alone."""

    receipt: bytes
    keys: Sequence[bytes] = ()
    items: tuple[Opened, ...] = ()


def check(batch: Sequence[Sent]) -> list[Asked | AnchorError]:
    """Check who signed each use. Before the transaction: nothing is held meanwhile, and others may join."""
    return [_asked(sent) for sent in batch]


def _asked(sent: Sent) -> Asked | AnchorError:
    try:
        return Asked(verify(sent.raw, Use, by(sent.key.public)), sent.key.domain, sent.request)
    except AnchorError as error:
        return error


def answer_checked(
    batch: Sequence[Asked | AnchorError], stores: Stores, issuer: Issuer, now: datetime
) -> list[Answer | Refusal | AnchorError]:
    """Answer the uses that their partner signed; the others have their answer."""
    answers = iter(answer([one for one in batch if isinstance(one, Asked)], stores, issuer, now))
    return [next(answers) if isinstance(one, Asked) else one for one in batch]


def answer(batch: Sequence[Asked], stores: Stores, issuer: Issuer, now: datetime) -> list[Answer | Refusal]:
    """Answer each use, or say why not.

    (1) The grants they lean on and their owners, held until we are done: no item is written anew meanwhile.
    (2) Uses answered before get the same receipt, and cost nothing.
    (3) What each grant opens of the items asked for.
    (4) The grant allows this use, now; or it is refused, and the refusal is counted.
    (5) The receipt takes its place in the grant's chain and the owner's, and is signed.
    (6) The partner pays, the owner earns.
    (7) Receipts, money and chains are written together.
    """
    standings = stores.grants.lock({asked.use.record.grant for asked in batch})  # (1)
    owners = stores.receipts.lock_owners({standing.account for standing in standings.values()})
    answered = stores.receipts.of_uses(asked.use for asked in batch)  # (2)
    envelopes = _envelopes(batch, standings, stores)  # (3)
    fits = _fitting(batch, envelopes)
    opened = _opened([asked for asked, fit in zip(batch, fits, strict=True) if fit], envelopes, stores)
    moment = _Moment(stores, issuer, now, standings, owners, answered, opened)
    answers = [moment.answer(asked, fit) for asked, fit in zip(batch, fits, strict=True)]  # (4) (5)
    stores.ledger.move(moment.transfers, int(now.timestamp()))  # (6)
    stores.receipts.append(moment.written, moment.owners.values())  # (7)
    stores.grants.move([standings[grant] for grant in moment.moved])
    stores.refusals.add(moment.refused, int(now.timestamp()))
    return answers


def _envelopes(batch: Sequence[Asked], standings: dict[bytes, Standing], stores: Stores) -> Envelopes:
    """What the partners' own grants open of the items they ask for."""
    wanted = {
        (asked.use.record.grant, item)
        for asked in batch
        if _holds(asked, standings.get(asked.use.record.grant))
        for item in asked.use.record.items
    }
    return stores.grants.envelopes(wanted)


def _holds(asked: Asked, standing: Standing | None) -> bool:
    return standing is not None and standing.grant.record.partner == asked.partner


class TooMuchAtOnce(Exception):
    """The requests of one moment open more than is held in memory together: each is answered by itself."""


def _fitting(batch: Sequence[Asked], envelopes: Envelopes) -> list[bool]:
    """For each use, whether what it opens fits into the answer to its request, after those before it.

    Raises:
        TooMuchAtOnce: if several requests together have no room.
    """
    room: dict[int, int] = {}
    fits = []
    for asked in batch:
        opened = [envelopes.get((asked.use.record.grant, item)) for item in asked.use.record.items]
        size = sum(envelope.size + len(envelope.sealed) for envelope in opened if envelope)
        left = room.get(asked.request, rules.ANSWER_BYTES_MAX) - size
        fits.append(left >= 0)
        if left >= 0:
            room[asked.request] = left
    together = sum(rules.ANSWER_BYTES_MAX - left for left in room.values())
    if together > rules.MOMENT_BYTES_MAX and len(room) > 1:
        raise TooMuchAtOnce
    return fits


def _opened(
    batch: Sequence[Asked], envelopes: Envelopes, stores: Stores
) -> dict[tuple[bytes, bytes], Opened]:
    """The sealed fields that these uses open, each beside its envelope."""
    keys = {(asked.use.record.grant, item) for asked in batch for item in asked.use.record.items}
    found = {key: envelopes[key] for key in keys if key in envelopes}
    fields = stores.items.fields({(e.item, name) for e in found.values() for name in e.fields})
    return {
        key: _open(envelope, {name: fields[envelope.item, name] for name in envelope.fields})
        for key, envelope in found.items()
    }


def _open(envelope: Envelope, fields: dict[bytes, SealedField]) -> Opened:
    sealed = sealed_hash({name: field.hash for name, field in fields.items()})
    return Opened(envelope, tuple(fields.items()), OpenedItem(envelope.item, envelope.version, sealed))


class _Moment:
    """The uses of one moment on their way: what they move is collected here and written once."""

    def __init__(
        self,
        stores: Stores,
        issuer: Issuer,
        now: datetime,
        standings: dict[bytes, Standing],
        owners: dict[bytes, OwnerChain],
        answered: dict[bytes, Answered],
        opened: dict[tuple[bytes, bytes], Opened],
    ) -> None:
        self._stores, self._issuer, self._now = stores, issuer, now
        self._standings, self._answered, self._opened = standings, answered, opened
        self._keys = stores.grants.keys(standings)
        self.owners = owners
        self._heads = {(grant, s.head) for grant, s in standings.items()}
        self.written: list[Written] = []
        self.transfers: list[ledger.Transfer] = []
        self.refused: list[Refused] = []
        self.moved: set[bytes] = set()

    def answer(self, asked: Asked, fits: bool) -> Answer | Refusal:
        """One use: the receipt of an earlier answer, a new one, or a refusal."""
        standing = self._standings.get(asked.use.record.grant)
        if standing is None or not _holds(asked, standing):
            return GrantUnknown("this partner holds no such grant")
        if not fits:
            return AnswerTooLarge(f"one answer brings at most {rules.ANSWER_BYTES_MAX} bytes")
        try:
            again = self._answered.get(asked.use.hash)
            return self._again(standing, again) if again else self._anew(asked, standing)
        except Refusal as refusal:
            self.refused.append(Refused(asked.use.record.grant, refusal.code))
            return refusal

    def _again(self, standing: Standing, answered: Answered) -> Answer:
        paused = self.owners[standing.account].paused is not None
        if paused or not rules.may_fetch_again(standing, answered.time, self._now):
            return Answer(answered.raw)
        receipt = verify(answered.raw, Receipt, by(self._issuer.key.public))
        return self._answer(receipt, standing)

    def _anew(self, asked: Asked, standing: Standing) -> Answer:
        use = asked.use.record
        if self.owners[standing.account].paused is not None:
            raise OwnerPaused("the owner has paused all uses")
        granted = {item for item in use.items if (use.grant, item) in self._opened}
        allowed = rules.decide(asked.use, standing, granted, self._issuer.origin, self._now)
        self._holds_our_chain(use)
        receipt = self._receipt(asked.use, standing, allowed)
        self._answered[asked.use.hash] = Answered(receipt.raw, use.grant, int(self._now.timestamp()))
        return self._answer(receipt, standing)

    def _holds_our_chain(self, use: Use) -> None:
        if use.last is None or (use.grant, use.last) in self._heads:
            return
        if not self._stores.receipts.in_chain(use.grant, use.last):
            raise UnknownReceipt("the last receipt named is not one of this grant")

    def _receipt(self, use: Signed[Use], standing: Standing, allowed: rules.Allowed) -> Signed[Receipt]:
        owner = self.owners[standing.account]
        link = OwnerLink(owner.receipts + 1, owner.head, secrets.token_bytes(32))
        receipt = sign(
            Receipt(
                vault=self._issuer.origin,
                grant=use.record.grant,
                use=use.hash,
                revocation=None,
                partner=standing.grant.record.partner,
                purpose=use.record.purpose,
                opened=tuple(self._opened[use.record.grant, item].told for item in use.record.items),
                price=allowed.price,
                fee=allowed.fee,
                currency=standing.grant.record.currency,
                seq=standing.seq + 1,
                prev=standing.head,
                owner_link=owner_link_of(link),
                time=self._now,
            ),
            self._issuer.key,
        )
        self._take_place(receipt, use, standing, owner, link)
        return receipt

    def _take_place(
        self,
        receipt: Signed[Receipt],
        use: Signed[Use],
        standing: Standing,
        owner: OwnerChain,
        link: OwnerLink,
    ) -> None:
        record = receipt.record
        standing.seq, standing.head = record.seq, receipt.hash
        standing.uses, standing.escrow = standing.uses + 1, standing.escrow - record.price
        standing.period_uses = rules.uses_in_period(standing, self._now) + 1
        standing.period = period_at(standing.grant.record, self._now)
        owner.receipts, owner.head = link.seq, receipt.hash
        self._heads.add((record.grant, receipt.hash))
        self.moved.add(record.grant)
        self.written.append(Written(receipt, owner.account, link, use))
        self.transfers += ledger.of_use(
            receipt=receipt.hash,
            grant=record.grant,
            account=owner.account,
            price=record.price,
            fee=record.fee,
        )

    def _answer(self, receipt: Signed[Receipt], standing: Standing) -> Answer:
        """Keys and fields go out only as the receipt names them: an item written anew since stays shut."""
        grant = receipt.record.grant
        opened = [self._opened.get((grant, one.item)) for one in receipt.record.opened]
        same = [one for one in opened if one and one.told in receipt.record.opened]
        return Answer(receipt.raw, self._keys.get(standing.grant.hash, ()), tuple(same))
