"""A use, from the partner's side: sign, remember, send; what comes back is in ``receiving``.

A use is signed over the newest receipt this client holds of the grant, and remembered
before it is sent: after a crash the very same bytes go out again, and the vault answers
each use once.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from anchor.records.shape import write_json
from anchor.records.signed import sign, verify
from anchor.records.usage import Use
from planetvault.answers import Fields, read_answer
from planetvault.errors import BrokenAnswer, OutcomeUnknown, Unreachable, VaultRefused
from planetvault.http import exchange
from planetvault.opened import Opened
from planetvault.partner.consents import GrantedItem, HeldGrant
from planetvault.partner.following import Following, head_name
from planetvault.partner.receiving import PENDING, AnsweredUse, Outcome, PartnerReceipts, Sent
from planetvault.steps import Keep, Request, Steps, Turn

USES_MAX = 1000
BATCH_BYTES_MAX = 2 << 20


@dataclass(frozen=True, slots=True)
class Wish:
    """One use in a batch: which items of a grant, and what for."""

    grant: HeldGrant
    items: Sequence[GrantedItem | bytes]
    purpose: str


class PartnerUses(PartnerReceipts):
    """Uses and their receipts."""

    def use(
        self, grant: HeldGrant, items: Iterable[GrantedItem | bytes], purpose: str | None = None
    ) -> Steps[Opened]:
        """Open up to 64 items under a grant, for one of its purposes; by default the first.

        Raises:
            UseRefused: by its subclass; nothing was opened or charged.
            OutcomeUnknown: if no answer came; ``resume`` asks again with the same bytes.
            AnswerGone: if it was paid before, too long ago to fetch again.
            PromiseBroken: by its subclass, if receipt or data are not what they must be.
        """
        wish = Wish(grant, tuple(items), purpose or grant.terms.purposes[0])
        yield from self.settle_keys()
        yield Turn(head_name(grant.hash))
        sent = self._sign(wish)
        yield Keep({sent.waiting: sent.use.raw})
        outcome = yield from self._send_one(sent)
        return _opened(outcome)

    def use_batch(self, wishes: Sequence[Wish]) -> Steps[list[Outcome]]:
        """Up to 1,000 uses in one request and one transaction, each with an outcome of its own.

        The list has, for each wish, what was opened, or the error that ``use`` would raise.

        Raises:
            OutcomeUnknown: if no answer came; ``resume`` asks again with the same bytes.
            ValueError: for more wishes, or more bytes, than one request may carry.
        """
        yield from self.settle_keys()
        for grant in sorted({wish.grant.hash for wish in wishes}):
            yield Turn(head_name(grant))
        sent = [self._sign(wish) for wish in wishes]
        body = _batch(sent)
        yield Keep({one.waiting: one.use.raw for one in sent})
        return (yield from self._send_batch(sent, body))

    def resume(self) -> Steps[list[Outcome]]:
        """Ask again for every use that was sent and has no outcome yet, oldest first.

        The list has what was opened, or why nothing was; a use that is still without any answer
        has an ``OutcomeUnknown`` there, and waits for the next time.
        """
        yield from self.settle_keys()
        sent = sorted(map(self._pending, self.memory.under(PENDING).values()), key=_age)
        for grant in sorted({one.grant.hash for one in sent}):
            yield Turn(head_name(grant))
        outcomes: list[Outcome] = []
        for one in sent:
            try:
                outcomes.append((yield from self._send_one(one)))
            except (VaultRefused, OutcomeUnknown) as error:
                outcomes.append(error)
        return outcomes

    def open_again(self, answered: AnsweredUse) -> Steps[Opened]:
        """What a use opened, once more and at no cost; the vault allows that for fifteen minutes.

        Raises:
            AnswerGone: if it is too long ago, or the grant was revoked since.
        """
        if answered.use is None:
            raise ValueError("a receipt that closes a chain opened nothing")
        yield from self.settle_keys()
        sent = Sent(answered.use, self.held(answered.receipt.record.grant))
        yield Turn(head_name(sent.grant.hash))
        return _opened((yield from self._send_one(sent)))

    def _sign(self, wish: Wish) -> Sent:
        items = (item.item if isinstance(item, GrantedItem) else item for item in wish.items)
        use = Use(
            vault=self.trust.vault,
            grant=wish.grant.hash,
            purpose=wish.purpose,
            items=tuple(sorted(set(items))),
            last=Following(self.memory).head(wish.grant.hash).hash,
            time=self.clock(),
        )
        return Sent(sign(use, self.signing), wish.grant.signed)

    def _pending(self, raw: bytes) -> Sent:
        use = verify(raw, Use, lambda kid, _: self.signing_key(kid).public)
        return Sent(use, self.held(use.record.grant))

    def _send_one(self, sent: Sent) -> Steps[Outcome]:
        request = Request("POST", "/v1/uses", sent.use.raw, {"content-type": "application/jose"})
        try:
            answer = yield from self._post(request, [sent])
        except VaultRefused:
            yield Keep({sent.waiting: None})
            raise
        (outcome,) = yield from self.accept([sent], [answer])
        return outcome

    def _send_batch(self, sent: list[Sent], body: bytes) -> Steps[list[Outcome]]:
        request = Request("POST", "/v1/uses", body, {"content-type": "application/json"})
        try:
            answers = (yield from self._post(request, sent)).objects("answers")
        except VaultRefused:
            yield Keep({one.waiting: None for one in sent})
            raise
        if len(answers) != len(sent):
            raise OutcomeUnknown("the vault answered other uses than were sent", _hashes(sent))
        return (yield from self.accept(sent, answers))

    def _post(self, request: Request, sent: Sequence[Sent]) -> Steps[Fields]:
        """Only a clear no is a no: whatever else goes wrong, the uses may have happened."""
        try:
            answer = yield from exchange(request)
            return read_answer(answer.body)
        except (Unreachable, BrokenAnswer) as error:
            raise OutcomeUnknown("no usable answer came: call resume()", _hashes(sent)) from error
        except VaultRefused as refusal:
            if refusal.status < 500:  # noqa: PLR2004 - RFC 9110 §15.6: the server's own failure
                raise
            raise OutcomeUnknown("the vault failed on the way: call resume()", _hashes(sent)) from refusal


def _batch(sent: Sequence[Sent]) -> bytes:
    body = write_json({"uses": [one.use.text for one in sent]})
    if not 0 < len(sent) <= USES_MAX or len(body) > BATCH_BYTES_MAX:
        raise ValueError(f"a batch has 1 to {USES_MAX} uses in at most {BATCH_BYTES_MAX} bytes")
    return body


def _hashes(sent: Sequence[Sent]) -> tuple[bytes, ...]:
    return tuple(one.use.hash for one in sent)


def _age(sent: Sent) -> tuple[object, ...]:
    return sent.use.record.time, sent.use.hash


def _opened(outcome: Outcome) -> Opened:
    if isinstance(outcome, Opened):
        return outcome
    raise outcome
