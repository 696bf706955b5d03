"""The closed loop from the partner's side: offer rewards, hand over what owners redeemed, dispute uses.

A code is sealed to the owner before it leaves this program, and handed over once: ``fulfil``
remembers what it signed, and after a crash the very same bytes go out again.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from secrets import token_bytes

from anchor.encoding import to_base64url
from anchor.records.disputes import Decision, Dispute
from anchor.records.rewards import Fulfilment, Redemption, Reward, verify_redemption
from anchor.records.signed import Signed, sign, verify
from anchor.records.usage import Receipt
from planetvault.errors import DecisionWrong, PayoutWrong
from planetvault.http import listed, send
from planetvault.partner.erasing import PartnerErasing
from planetvault.receipts import breaking, vault_key
from planetvault.sealing.hseal import hseal
from planetvault.steps import Keep, Steps, Turn

CODE_LABEL = b"planetvault/code/v1\0"
CODE_BYTES_MAX = 1000
REWARD_LIFE = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Redeemed:
    """What an owner redeemed: ``leaving`` until it is fulfilled, by ``until`` at the latest."""

    signed: Signed[Redemption]
    reward: bytes
    state: str
    until: datetime


@dataclass(frozen=True, slots=True)
class DisputedUse:
    """A dispute about a receipt of this partner, and the vault's decision, if there is one."""

    raw: bytes
    receipt: bytes
    decision: Signed[Decision] | None


class PartnerRewards(PartnerErasing):
    """Rewards and disputes."""

    def offer_reward(
        self,
        title: str,
        details: str,
        *,
        price: int,
        kind: str = "coupon",
        stock: int = 100,
        days: int = 7,
        lasts: timedelta = REWARD_LIFE,
    ) -> Steps[Signed[Reward]]:
        """Offer a membership, a coupon or a course for so many micros, ``stock`` times."""
        yield from self.settle_keys()
        now = self.clock()
        said = Reward(
            vault=self.trust.vault,
            id=token_bytes(16),
            partner=self.itself.partner,
            kind=kind,
            title=title,
            details=details,
            price=price,
            currency=(yield from self.currency()),
            stock=stock,
            days=days,
            expires=now + lasts,
            time=now,
        )
        signed = sign(said, self.signing)
        yield from send("POST", "/v1/rewards", {"reward": signed.text})
        return signed

    def redemptions(self) -> Steps[list[Redeemed]]:
        """What owners redeemed from this partner, each signed by its owner.

        Raises:
            PayoutWrong: if an owner did not sign, or another reward was redeemed.
        """
        yield from self.settle_keys()
        rows = yield from listed("/v1/redemptions", who=self.credential)
        found = []
        for row in rows:
            raw = row.record("redemption")
            with breaking(PayoutWrong, raw):
                signed = verify_redemption(raw)
                own = verify(row.record("reward"), Reward, lambda kid, _: self.signing_key(kid).public)
            if signed.record.reward != own.hash or signed.record.price != own.record.price:
                raise PayoutWrong("a redemption is of another reward", raw)
            found.append(Redeemed(signed, own.hash, row.text("state"), row.time("until")))
        return found

    def fulfil(self, redeemed: Redeemed, code: str | None = None) -> Steps[Signed[Fulfilment]]:
        """Hand over a code, which only the owner can read, or say that the redemption was honoured.

        Called again for the same redemption, it hands over what it did the first time.

        Raises:
            Conflict: if it came too late, and the money went back.
        """
        yield from self.settle_keys()
        name = f"fulfilment/{to_base64url(redeemed.signed.hash)}"
        yield Turn(name)
        kept = self.memory.get(name)
        if kept is None:
            kept = self._sign_fulfilment(redeemed.signed, code)
            yield Keep({name: kept}, {name: None})
        raw, sealed = kept.split(b"\n")
        body = {"fulfilment": raw.decode(), "sealed": sealed.decode() or None}
        yield from send("POST", "/v1/fulfilments", body)
        return verify(raw, Fulfilment, lambda kid, _: self.signing_key(kid).public)

    def _sign_fulfilment(self, redeemed: Signed[Redemption], code: str | None) -> bytes:
        if code is not None and len(code.encode()) > CODE_BYTES_MAX:
            raise ValueError(f"a code has at most {CODE_BYTES_MAX} bytes")
        sealed = None
        if code is not None:
            sealed = hseal(redeemed.record.sealing_key, CODE_LABEL + redeemed.hash, code.encode())
        said = Fulfilment(
            vault=self.trust.vault,
            redemption=redeemed.hash,
            code=None if sealed is None else sha256(sealed).digest(),
            time=self.clock(),
        )
        return sign(said, self.signing).raw + b"\n" + (to_base64url(sealed).encode() if sealed else b"")

    # -- disputes ------------------------------------------------------------------------------

    def dispute(self, receipt: Signed[Receipt], reason: str) -> Steps[Signed[Dispute]]:
        """Say that a use was not right, while what it brought the owner is pending.

        Raises:
            Conflict: if it is disputed already, or its money is payable.
        """
        yield from self.settle_keys()
        said = Dispute(vault=self.trust.vault, receipt=receipt.hash, reason=reason, time=self.clock())
        signed = sign(said, self.signing)
        yield from send("POST", "/v1/disputes", {"dispute": signed.text})
        return signed

    def disputes(self) -> Steps[list[DisputedUse]]:
        """Every dispute about a use of this partner's, by either side, with the vault's decisions.

        Raises:
            DecisionWrong: if a decision is not the vault's.
        """
        yield from self.settle_keys()
        rows = yield from listed("/v1/disputes", who=self.credential)
        found = []
        for row in rows:
            raw = row.maybe_record("decision")
            with breaking(DecisionWrong, raw or b""):
                decision = verify(raw, Decision, vault_key(self.trust)) if raw else None
            found.append(DisputedUse(row.record("dispute"), row.hash("receipt"), decision))
        return found
