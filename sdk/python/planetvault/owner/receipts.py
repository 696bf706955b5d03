"""Who used what, for how much: every receipt checked, and the chain that shows if one is missing.

``receipts`` walks the owner's whole chain. Each receipt must be signed by the pinned
vault, stand where its link says, and continue its grant's chain; the use it answers
must be signed by the pinned partner and fit the grant she signed. In memory:
``owner-chain`` is the newest place seen, ``given-head/<grant>`` the same of each grant, and
``revocation/<grant>`` what she took back, with the receipt that closed the chain.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from anchor.encoding import to_base64url
from anchor.records.consent import Grant, Revocation
from anchor.records.signed import Signed, by, sign, verify
from anchor.records.usage import OwnerLink, Receipt, Statement, Use
from planetvault.answers import Fields
from planetvault.chains import Head, Period, next_in_grant, next_in_period, next_of_owner, next_versions
from planetvault.errors import (
    BrokenAnswer,
    ClosingReceiptMissing,
    MemoryMoved,
    ReceiptForeign,
    ReceiptRewritten,
    StatementWrong,
)
from planetvault.owner.disputes import CheckedDispute, OwnerDisputes
from planetvault.owner.given import GivenGrant
from planetvault.owner.pools import PoolShare, earned_by, verify_share
from planetvault.pinned import PinnedPartner, fetch_partner, remembered_partner
from planetvault.proofs import CheckedProof, fetch_proof
from planetvault.receipts import breaking, vault_key, verify_answered, verify_closing, verify_receipt
from planetvault.steps import Keep, Steps, Turn

OWNER_CHAIN = "owner-chain"
STATEMENT = "statement"
REVOCATION = "revocation/"
STATEMENT_TRIES = 8
"""How often to begin anew because something was decided while a statement was made."""


def given_head(grant: bytes) -> str:
    """Where the newest place seen in a grant's chain is remembered."""
    return f"given-head/{to_base64url(grant)}"


def revocation_name(grant: bytes) -> str:
    """Where the revocation of a grant is remembered, with the receipt that closed its chain."""
    return REVOCATION + to_base64url(grant)


@dataclass(frozen=True, slots=True)
class CheckedReceipt:
    """A receipt in its place, with the use or the revocation it answers.

    ``state`` is the vault's word: ``recorded``, ``committed`` to a checkpoint, or ``anchored``;
    a proof shows it.
    """

    receipt: Signed[Receipt]
    grant: Signed[Grant]
    use: Signed[Use] | None
    revocation: Signed[Revocation] | None
    link: OwnerLink
    state: str

    @property
    def earned(self) -> int:
        """What the owner earned by it, in micros."""
        return self.receipt.record.price - self.receipt.record.fee


@dataclass(frozen=True, slots=True)
class CheckedStatement:
    """A statement that agrees with every receipt and decision this device has checked.

    ``earned`` is what receipts brought, less what decisions gave back; in micros.
    """

    signed: Signed[Statement]
    earned: int


@dataclass(frozen=True, slots=True)
class Refused:
    """A use the vault says it refused: who asked under which grant, and the code of the reason."""

    partner: str
    grant: bytes
    code: str
    time: datetime


class _Walk:
    """A walk along the owner's chain, and along each grant's inside it."""

    def __init__(self) -> None:
        self.owner = Head()
        self.grants: dict[bytes, Head] = {}
        self._versions: dict[bytes, dict[bytes, int]] = {}
        self._periods: dict[bytes, Period] = {}
        self.checked: list[CheckedReceipt] = []

    def step(self, one: CheckedReceipt) -> None:
        """Go to the receipt that comes next in both chains.

        Raises:
            ReceiptBroken: by its subclass, if it does not.
        """
        grant = one.grant.hash
        self.owner = next_of_owner(self.owner, one.link, one.receipt)
        self.grants[grant] = next_in_grant(self.grants.get(grant, Head()), one.receipt)
        self._versions[grant] = next_versions(self._versions.get(grant, {}), one.receipt)
        period = self._periods.get(grant, Period())
        self._periods[grant] = next_in_period(period, one.receipt, one.grant.record)
        self.checked.append(one)

    def require_passing(self, seen: Head) -> None:
        """Return if the walk passed the place that was seen before.

        Raises:
            ReceiptRewritten: if the chain is shorter than it was, or another.
        """
        if self.owner.seq < seen.seq:
            fewer = f"the vault shows {self.owner.seq} receipts, this device has seen {seen.seq}"
            raise ReceiptRewritten(fewer)
        if seen.seq and self.checked[seen.seq - 1].receipt.hash != seen.hash:
            shown = self.checked[seen.seq - 1].receipt.raw
            raise ReceiptRewritten(f"your receipt {seen.seq} is not the one this device has seen", shown)


class OwnerReceipts(OwnerDisputes):
    """Receipts, statements, proofs and revocations."""

    def receipts(self) -> Steps[list[CheckedReceipt]]:
        """Every receipt of this owner, in the order of her chain, each checked.

        Raises:
            ReceiptBroken: by its subclass.
            PartnerKeyChanged: if a use was signed by a key that does not follow from the pinned one.
        """
        yield Turn(OWNER_CHAIN)
        return (yield from self._walk_receipts()).checked

    def _walk_receipts(self) -> Steps[_Walk]:
        while True:
            raw = self.memory.get(OWNER_CHAIN)
            grants = {one.hash: one for one in (yield from self.grants())}
            rows = yield from self.listed("/v1/receipts")
            walk = _Walk()
            for row in rows:
                walk.step((yield from self._checked(row, grants)))
            walk.require_passing(Head.read(raw))
            self._require_closed(walk)
            heads: dict[str, bytes | None] = {given_head(g): bytes(head) for g, head in walk.grants.items()}
            try:
                yield Keep({**heads, OWNER_CHAIN: bytes(walk.owner)}, {OWNER_CHAIN: raw})
            except MemoryMoved:
                continue
            return walk

    def _checked(self, row: Fields, grants: dict[bytes, GivenGrant]) -> Steps[CheckedReceipt]:
        receipt = verify_receipt(row.record("receipt"), self.trust)
        given = grants.get(receipt.record.grant)
        if given is None:
            raise ReceiptForeign("a receipt stands under a grant that this owner never gave", receipt.raw)
        grant, use, revocation = given.signed, row.maybe_record("use"), row.maybe_record("revocation")
        if (use is None) == (revocation is None):
            raise ReceiptForeign("a receipt comes without the use or the revocation it answers", receipt.raw)
        said, state = row.object("link"), row.text("state")
        place = OwnerLink(said.integer("seq"), said.maybe_hash("prev"), said.hash("blind"))
        if use is None:
            closing = self._closed_by(revocation or b"", receipt, grant)
            return CheckedReceipt(receipt, grant, None, closing, place, state)
        answered = yield from self._partners_use(use, receipt, grant)
        verify_answered(receipt, answered, grant, self.trust.vault)
        return CheckedReceipt(receipt, grant, answered, None, place, state)

    def _closed_by(self, raw: bytes, receipt: Signed[Receipt], grant: Signed[Grant]) -> Signed[Revocation]:
        with breaking(ReceiptForeign, receipt.raw, raw):
            revocation = verify(raw, Revocation, by(grant.record.owner_key))
        verify_closing(receipt, revocation, grant, self.trust.vault)
        return revocation

    def _partners_use(self, raw: bytes, receipt: Signed[Receipt], grant: Signed[Grant]) -> Steps[Signed[Use]]:
        """The use, if the pinned partner signed it with a key that the grant reaches.

        On a device that never met this partner, the key that the owner signed for in her grant is pinned.
        """
        partner = remembered_partner(self.memory, grant.record.partner)
        if partner is None:
            partner = yield from fetch_partner(
                self.memory, grant.record.partner, kid=grant.record.partner_key
            )
        try:
            return _verify_use(raw, receipt, grant, partner)
        except ReceiptForeign:  # it may have new keys that follow from the pinned ones
            newer = yield from fetch_partner(self.memory, grant.record.partner)
            return _verify_use(raw, receipt, grant, newer)

    def _require_closed(self, walk: _Walk) -> None:
        """Every grant this device took back must have the closing receipt it was given."""
        closed = {one.grant.hash: one.receipt.raw for one in walk.checked if one.revocation is not None}
        for name, pair in self.memory.under(REVOCATION).items():
            receipt = pair.partition(b"\n")[2]
            if receipt and receipt not in closed.values():
                grant = name.removeprefix(REVOCATION)
                raise ClosingReceiptMissing(f"the receipt that closed grant {grant} is gone", receipt)

    # -- taking back -----------------------------------------------------------------------

    def revoke(self, grant: GivenGrant | Signed[Grant], *, erase: bool = True) -> Steps[Signed[Receipt]]:
        """Take a grant back: no key is released from then on. ``erase`` asks the partner to erase.

        The answer is the receipt that closes the grant's chain, checked and remembered.

        Raises:
            ClosingReceiptMissing: if the vault gives none, or one that closes nothing.
        """
        signed = grant.signed if isinstance(grant, GivenGrant) else grant
        name = revocation_name(signed.hash)
        yield Turn(OWNER_CHAIN)
        held = self.memory.get(name)
        if held is None:
            held = self._sign_revocation(signed, erase=erase).raw + b"\n"
            yield Keep({name: held}, {name: None})
        raw = held.partition(b"\n")[0]
        revocation = verify(raw, Revocation, by(signed.record.owner_key))
        answer = yield from self.send("POST", "/v1/revocations", {"revocation": raw.decode()})
        if "receipt" not in answer:
            raise ClosingReceiptMissing("the vault took the revocation and gave no receipt", raw)
        receipt = verify_receipt(answer.record("receipt"), self.trust)
        verify_closing(receipt, revocation, signed, self.trust.vault)
        yield Keep({name: raw + b"\n" + receipt.raw})
        return receipt

    def _sign_revocation(self, grant: Signed[Grant], *, erase: bool) -> Signed[Revocation]:
        known = Head.read(self.memory.get(given_head(grant.hash))).seq
        revocation = Revocation(grant=grant.hash, erase=erase, uses=known, time=self.clock())
        return sign(revocation, self.signing_key_for(grant.record.partner))

    # -- statements and proofs -------------------------------------------------------------

    def statement(self) -> Steps[CheckedStatement]:
        """A statement made now, checked against every receipt and every micro earned.

        Raises:
            StatementWrong: if it does not agree with the receipts.
            ReceiptBroken: by its subclass, if one of those is not in order.
            BrokenAnswer: if the vault keeps deciding while it is made.
        """
        yield Turn(OWNER_CHAIN)
        disputes = yield from self.disputes()
        pools = yield from self.listed("/v1/pools")
        for _ in range(STATEMENT_TRIES):  # until nothing was decided while the statement was made
            before, shared = disputes, len(pools)
            answer = yield from self.send("POST", "/v1/statements", {})
            raw = answer.record("statement")
            with breaking(StatementWrong, raw):
                signed = verify(raw, Statement, vault_key(self.trust))
            # Receipts and decisions are fetched after the statement, so they reach at least as far.
            walk = yield from self._walk_receipts()
            disputes = yield from self.disputes()
            pools = yield from self.listed("/v1/pools")
            if _refunds(before) == _refunds(disputes) and len(pools) == shared:
                break
        else:
            raise BrokenAnswer("the vault keeps deciding while a statement is made")
        shares = self._shares(pools, walk.checked)
        checked = self._agrees(signed, walk.checked, _refunds(disputes), earned_by(shares))
        yield Keep({STATEMENT: raw})
        return checked

    def _agrees(
        self,
        signed: Signed[Statement],
        checked: Sequence[CheckedReceipt],
        refunds: dict[bytes, int],
        pooled: int,
    ) -> CheckedStatement:
        said = signed.record
        counted = checked[: said.receipts]
        head = counted[-1].receipt.hash if counted else None
        earned = pooled + sum(one.earned - refunds.get(one.receipt.hash, 0) for one in counted)
        agreed = {
            "vault or account": (said.vault, said.account) == (self.trust.vault, self.account),
            "number of receipts": len(counted) == said.receipts,
            "newest receipt": said.head == head,
            "balance": said.pending + said.payable + said.leaving + said.paid == earned,
            "size of the log": said.log_size >= self._log_size(),
        }
        broken = [term for term, holds in agreed.items() if not holds]
        if broken:
            terms = ", ".join(broken)
            raise StatementWrong(f"the statement does not agree with the receipts: {terms}", signed.raw)
        return CheckedStatement(signed, earned)

    def pools(self) -> Steps[list[PoolShare]]:
        """What she got of the pots that offers promised, each worked out again from her receipts.

        Raises:
            PoolWrong: if one is not what the formula makes of them.
        """
        yield Turn(OWNER_CHAIN)
        rows = yield from self.listed("/v1/pools")
        return self._shares(rows, (yield from self._walk_receipts()).checked)

    def _shares(self, rows: Sequence[Fields], checked: Sequence[CheckedReceipt]) -> list[PoolShare]:
        grants = {one.grant.hash: one.grant for one in checked}
        receipts = [one.receipt.record for one in checked]
        return [verify_share(row, grants, receipts, self.trust) for row in rows]

    def _log_size(self) -> int:
        """The size of the log in the newest statement seen: logs never shrink."""
        raw = self.memory.get(STATEMENT)
        return 0 if raw is None else verify(raw, Statement, vault_key(self.trust)).record.log_size

    def proof(
        self, receipt: CheckedReceipt | Signed[Receipt], *, anchored: bool = False
    ) -> Steps[CheckedProof]:
        """The proof file of a receipt, checked as a stranger would.

        Raises:
            NotYet: while no signed checkpoint, or with ``anchored`` no anchor, covers it.
            ProofWrong: if the file does not prove this receipt.
        """
        named = receipt.receipt if isinstance(receipt, CheckedReceipt) else receipt
        trust = self.trust
        return (yield from self.signed_in(lambda who: fetch_proof(named, trust, who, anchored=anchored)))

    def refusals(self) -> Steps[list[Refused]]:
        """The uses that this owner's grants did not allow, as the vault tells it; nobody signed this."""
        rows = yield from self.listed("/v1/refusals")
        return [Refused(r.text("partner"), r.hash("grant"), r.text("code"), r.time("time")) for r in rows]


def _refunds(disputes: Sequence[CheckedDispute]) -> dict[bytes, int]:
    """What decisions gave back, in micros, by receipt."""
    return {one.signed.record.receipt: one.refunded for one in disputes if one.refunded}


def _verify_use(
    raw: bytes, receipt: Signed[Receipt], grant: Signed[Grant], partner: PinnedPartner
) -> Signed[Use]:
    with breaking(ReceiptForeign, receipt.raw, raw):
        return verify(raw, Use, lambda kid, _: partner.key_after(grant.record.partner_key, kid))
