"""The answer to a use: judge the receipt, open what came, follow the chain.

(1) The receipt is judged first: signed by the pinned vault, for this use, at the price granted.
(2) The shares, envelopes and fields are opened against the owner's commitments.
(3) The receipt takes its place in the grant's chain. With a gap, the missing receipts are
    fetched; each must answer a use that this partner signed.
(4) Receipt, head and the end of the waiting are written together.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from anchor.encoding import to_base64url
from anchor.records.consent import Grant, Revocation
from anchor.records.signed import Signed, by, verify
from anchor.records.usage import Receipt, Use
from planetvault.answers import Fields
from planetvault.errors import (
    AnswerGone,
    BrokenAnswer,
    MemoryMoved,
    PlanetVaultError,
    PromiseBroken,
    ReceiptBroken,
    ReceiptForeign,
    ReceiptGap,
    ReceiptRewritten,
    VaultRefused,
)
from planetvault.http import Clock, listed, problem_of
from planetvault.memory import Memory
from planetvault.opened import Opened, open_items, open_key
from planetvault.partner.consents import HeldGrant
from planetvault.partner.following import Following, chain_prefix, head_name, read_pair, receipt_name
from planetvault.partner.offering import PartnerOffers
from planetvault.proofs import CheckedProof, fetch_proof
from planetvault.receipts import breaking, verify_answered, verify_closing, verify_receipt, verify_use
from planetvault.sealing.grant_key import GrantKey
from planetvault.steps import ANSWER_BYTES_MAX, Steps, Turn

PENDING = "pending/"
GRANT_KEYS_MAX = 1024
"""Opened grant keys kept at hand: opening one takes longer than everything else in a use."""


@dataclass(frozen=True, slots=True)
class AnsweredUse:
    """A use this partner signed, and the receipt it got; without one for the receipt that closes."""

    receipt: Signed[Receipt]
    use: Signed[Use] | None


@dataclass(frozen=True, slots=True)
class Sent:
    """A use on its way, and the grant it leans on. ``waiting`` is where it is remembered meanwhile."""

    use: Signed[Use]
    grant: Signed[Grant]

    @property
    def waiting(self) -> str:
        """The name in memory of a use that has no outcome yet."""
        return PENDING + to_base64url(self.use.hash)


@dataclass(frozen=True, slots=True)
class Judged:
    """A receipt that is in order, and what came with it: rows, or why there are none."""

    sent: Sent
    receipt: Signed[Receipt]
    outcome: Opened | PlanetVaultError


Outcome = Opened | PlanetVaultError
"""What became of a use: it opened something, was refused, or broke a promise."""


class PartnerReceipts(PartnerOffers):
    """What comes back from a use."""

    def __init__(self, url: str, memory: Memory, clock: Clock) -> None:
        super().__init__(url, memory, clock)
        self._grant_keys: dict[bytes, GrantKey] = {}

    def receipts(self, grant: HeldGrant) -> Steps[list[AnsweredUse]]:
        """Every receipt of a grant's chain, checked for gaps and against what was seen before.

        Raises:
            ReceiptBroken: by its subclass.
        """
        yield from self.settle_keys()
        yield Turn(head_name(grant.hash))
        yield from self._catch_up(grant.signed)
        held = self.memory.under(chain_prefix(grant.hash)).values()
        return [self._answered(*read_pair(pair)) for pair in held]

    def proof(self, receipt: Signed[Receipt], *, anchored: bool = False) -> Steps[CheckedProof]:
        """The proof file of a receipt, checked as a stranger would.

        Raises:
            NotYet: while no signed checkpoint, or with ``anchored`` no anchor, covers it.
            ProofWrong: if the file does not prove this receipt.
        """
        yield from self.settle_keys()
        return (yield from fetch_proof(receipt, self.trust, self.credential, anchored=anchored))

    def accept(self, sent: Sequence[Sent], answers: Sequence[Fields]) -> Steps[list[Outcome]]:
        """What became of each use, once its answer was judged, opened and remembered."""
        judged = [self._judge(one, answer) for one, answer in zip(sent, answers, strict=True)]
        in_order = [one for one in judged if isinstance(one, Judged)]
        misplaced = yield from self._remember(in_order, _settled(sent, judged))
        return [
            misplaced.get(one.sent.use.hash, one.outcome) if isinstance(one, Judged) else one
            for one in judged
        ]

    def _judge(self, sent: Sent, answer: Fields) -> Judged | PlanetVaultError:
        if "problem" in answer:
            return problem_of(answer.object("problem"))
        try:
            trust = self.trust
            receipt = verify_receipt(answer.record("receipt"), trust)
            verify_answered(receipt, sent.use, sent.grant, trust.vault)
        except (ReceiptBroken, BrokenAnswer) as error:
            return error
        return Judged(sent, receipt, self._open(sent, receipt, answer))

    def _open(self, sent: Sent, receipt: Signed[Receipt], answer: Fields) -> Outcome:
        try:
            shares, items = answer.sealed_list("keys"), answer.objects("items")
            if not shares and not items:
                return AnswerGone("this use was paid before; its keys are not given out again", receipt.raw)
            return Opened(receipt, open_items(self._grant_key(sent.grant, shares), receipt, items))
        except (PromiseBroken, BrokenAnswer) as error:
            return error

    def _grant_key(self, grant: Signed[Grant], shares: list[bytes]) -> GrantKey:
        """The grant never changes its key, so it is opened once."""
        keys = self._grant_keys
        if grant.hash not in keys:
            if len(keys) >= GRANT_KEYS_MAX:
                keys.clear()
            keys[grant.hash] = open_key(self.opening_key(grant.record.sealing_key), grant, shares)
        return keys[grant.hash]

    def _remember(
        self, judged: Sequence[Judged], settled: dict[str, bytes | None]
    ) -> Steps[dict[bytes, PlanetVaultError]]:
        """Let the receipts take their places; the answer names those that had none, by their use."""
        fetched: set[bytes] = set()
        while True:
            following, misplaced = Following(self.memory), dict[bytes, PlanetVaultError]()
            gap: Judged | None = None
            for one in judged:
                try:
                    following.join(one.receipt, one.sent.use.raw)
                except ReceiptGap as error:
                    if one.sent.grant.hash not in fetched:
                        gap = one
                        break
                    misplaced[one.sent.use.hash] = error
                except ReceiptBroken as error:
                    misplaced[one.sent.use.hash] = error
            if gap is not None:
                fetched.add(gap.sent.grant.hash)
                yield from self._catch_up(gap.sent.grant)
                continue
            try:
                yield following.keep(settled)
            except MemoryMoved:
                continue
            return misplaced

    def _catch_up(self, grant: Signed[Grant]) -> Steps[None]:
        """Fetch a grant's whole chain, check it, and continue what is remembered of it."""
        rows = yield from listed(
            f"/v1/grants/{to_base64url(grant.hash)}/receipts", who=self.credential, most=ANSWER_BYTES_MAX
        )
        while True:
            following = Following(self.memory)
            seen = following.head(grant.hash)
            if len(rows) < seen.seq:
                raise ReceiptRewritten("the vault shows fewer receipts than this client holds", grant.raw)
            for seq, row in enumerate(rows, 1):
                self._join_fetched(following, grant, row, known=seq <= seen.seq, seq=seq)
            try:
                yield following.keep({})
            except MemoryMoved:
                continue
            return

    def _join_fetched(
        self, following: Following, grant: Signed[Grant], row: Fields, *, known: bool, seq: int
    ) -> None:
        raw, use = row.record("receipt"), row.maybe_record("use")
        revocation = row.maybe_record("revocation")
        if known:
            held = read_pair(self.memory.get(receipt_name(grant.hash, seq)) or b"")[0]
            if held != raw:
                raise ReceiptRewritten(f"receipt {seq} is not the one this client holds", held, raw)
            return
        answered = self._answered(raw, use)
        if answered.use is not None:
            verify_answered(answered.receipt, answered.use, grant, self.trust.vault)
        elif revocation is None:
            raise ReceiptForeign("the receipt that closes comes without the revocation it names", raw)
        else:
            self._verify_closed(answered.receipt, revocation, grant)
        following.join(answered.receipt, use)

    def _verify_closed(self, receipt: Signed[Receipt], raw: bytes, grant: Signed[Grant]) -> None:
        """Only the owner of a grant can have closed its chain."""
        with breaking(ReceiptForeign, receipt.raw, raw):
            revocation = verify(raw, Revocation, by(grant.record.owner_key))
        verify_closing(receipt, revocation, grant, self.trust.vault)

    def _answered(self, raw: bytes, use: bytes | None) -> AnsweredUse:
        receipt = verify_receipt(raw, self.trust)
        if use is None and receipt.record.revocation is None:
            raise ReceiptForeign("a receipt comes without the use it answers", raw)
        return AnsweredUse(receipt, None if use is None else self._own_use(use, receipt))

    def _own_use(self, raw: bytes, receipt: Signed[Receipt]) -> Signed[Use]:
        for entry in reversed(self.entries):
            try:
                return verify_use(raw, entry.record.sign_key, receipt)
            except ReceiptForeign as error:
                foreign = error
        raise foreign


def _settled(sent: Sequence[Sent], judged: Sequence[Judged | PlanetVaultError]) -> dict[str, bytes | None]:
    """The uses that need not be asked for again: opened, gone, or clearly refused."""
    pairs = zip(sent, judged, strict=True)
    return {one.waiting: None for one, verdict in pairs if _is_final(verdict)}


def _is_final(verdict: Judged | PlanetVaultError) -> bool:
    outcome = verdict.outcome if isinstance(verdict, Judged) else verdict
    return isinstance(outcome, Opened | AnswerGone | VaultRefused)
