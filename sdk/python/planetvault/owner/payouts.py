"""Money on its way to its owner: claim it, or redeem a reward from it; and see what became of either.

Nothing here trusts the vault's word alone: a payout is signed by the vault for the very claim,
a reward and its fulfilment by the partner, and a code opens for this owner only. What holds money
back says why (``brakes``), and a person reads an ``appeal``.
"""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from anchor.errors import SignatureError
from anchor.keys import kid_of
from anchor.records.payouts import Claim, Payout
from anchor.records.rewards import Fulfilment, Redemption, Reward, verify_redemption
from anchor.records.signed import Signed, new_salt, sign, unverified, verify
from planetvault.answers import Fields
from planetvault.errors import PayoutWrong
from planetvault.http import get
from planetvault.owner.afterwards import OwnerAfterwards
from planetvault.pinned import fetch_partner
from planetvault.receipts import breaking, vault_key
from planetvault.sealing.errors import OpenError
from planetvault.sealing.hseal import OpeningKey
from planetvault.steps import Steps

CODE_LABEL, KEY_LABEL = b"planetvault/code/v1\0", b"planetvault/redemption/v1\0"


@dataclass(frozen=True, slots=True)
class CheckedClaim:
    """A claim, where the vault says it stands, and the payouts that say what became of it, oldest first."""

    signed: Signed[Claim]
    state: str
    payouts: tuple[Signed[Payout], ...]


@dataclass(frozen=True, slots=True)
class OfferedReward:
    """A reward that can be redeemed now, and how often still."""

    signed: Signed[Reward]
    stock: int


@dataclass(frozen=True, slots=True)
class CheckedRedemption:
    """What was redeemed, and what the partner gave for it; ``code`` is None if none came (yet)."""

    signed: Signed[Redemption]
    reward: Signed[Reward]
    state: str
    until: datetime
    fulfilment: Signed[Fulfilment] | None
    code: str | None


@dataclass(frozen=True, slots=True)
class Brake:
    """Why money is held, and until when if time alone lets it go."""

    code: str
    words: str
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Appeal:
    """What was asked of a person, and the answer; ``lifted`` is None while it waits."""

    number: int
    brake: str
    words: str
    lifted: bool | None
    answer: str | None


class OwnerPayouts(OwnerAfterwards):
    """Claims, rewards, brakes and appeals."""

    def claim(self, amount: int, destination: str, *, way: str = "manual") -> Steps[Signed[Claim]]:
        """Ask to be paid so many micros: by the operator to a bank, or with ``way="evm"`` to an address.

        Raises:
            InsufficientFunds: if that much is not payable.
            PayoutHeld: while a brake holds; its message says why.
        """
        said = Claim(
            vault=self.trust.vault,
            account=self.account,
            way=way,
            amount=amount,
            currency=(yield from self._currency()),
            destination=destination,
            time=self.clock(),
        )
        signed = sign(said, self.locker.signing)
        yield from self.send("POST", "/v1/claims", {"claim": signed.text})
        return signed

    def _currency(self) -> Steps[str]:
        return (yield from get("/v1/vault")).text("currency")

    def claims(self) -> Steps[list[CheckedClaim]]:
        """Every claim of this owner, with what the vault signed of it.

        Raises:
            PayoutWrong: if a payout is not the vault's, or for another claim or amount.
        """
        return [self._checked_claim(row) for row in (yield from self.listed("/v1/claims"))]

    def _checked_claim(self, row: Fields) -> CheckedClaim:
        raw = row.record("claim")
        lockers = [entry.record.sign_key for entry in self.unlocked.chain.entries]
        with breaking(PayoutWrong, raw):
            claim = verify(raw, Claim, lambda kid, _: _key_named(kid, lockers))
            payouts = tuple(verify(one, Payout, vault_key(self.trust)) for one in row.records("payouts"))
        state = row.text("state")
        for payout in payouts:
            said = payout.record
            if (said.claim, said.amount, said.currency) != (
                claim.hash,
                claim.record.amount,
                claim.record.currency,
            ):
                raise PayoutWrong("a payout is for another claim or amount", raw, payout.raw)
        if state != (payouts[-1].record.outcome if payouts else "leaving"):
            raise PayoutWrong("no payout says what the vault says of this claim", raw)
        return CheckedClaim(claim, state, payouts)

    # -- rewards -------------------------------------------------------------------------------

    def rewards(self) -> Steps[list[OfferedReward]]:
        """What can be redeemed now, each signed by its partner."""
        rows = yield from self.listed("/v1/rewards")
        found = []
        for row in rows:
            signed = yield from self._partners_own(row.record("reward"))
            found.append(OfferedReward(signed, row.integer("stock")))
        return found

    def _partners_own(self, raw: bytes) -> Steps[Signed[Reward]]:
        with breaking(PayoutWrong, raw):
            named = unverified(raw, Reward).partner
        keys = yield from self._keys_of(named)
        with breaking(PayoutWrong, raw):
            return verify(raw, Reward, lambda kid, _: _key_named(kid, keys))

    def _keys_of(self, partner: str) -> Steps[list[bytes]]:
        """The keys of a partner: what it signed before it changed keys stays signed."""
        known = yield from fetch_partner(self.memory, partner)
        return [entry.record.sign_key for entry in known.entries]

    def redeem(self, reward: Signed[Reward]) -> Steps[Signed[Redemption]]:
        """Take a reward, paid from what is payable. The owner is connected to its partner first.

        Raises:
            InsufficientFunds, PayoutHeld: as ``claim``. Conflict: if it is sold out or has expired.
        """
        yield from self.connect(reward.record.partner)
        key, salt = self.signing_key_for(reward.record.partner), new_salt()
        said = Redemption(
            vault=self.trust.vault,
            reward=reward.hash,
            owner_key=key.public,
            sealing_key=self._opening(reward, salt).public,
            price=reward.record.price,
            currency=reward.record.currency,
            time=self.clock(),
            salt=salt,
        )
        signed = sign(said, key)
        yield from self.send("POST", "/v1/redemptions", {"redemption": signed.text})
        return signed

    def _opening(self, reward: Signed[Reward], salt: bytes) -> OpeningKey:
        secret = self.signing_key_for(reward.record.partner).seed()
        return OpeningKey(hmac.digest(secret, KEY_LABEL + reward.hash + salt, "sha256"))

    def redemptions(self) -> Steps[list[CheckedRedemption]]:
        """Everything this owner redeemed, with the codes that came.

        Raises:
            PayoutWrong: if a reward or a fulfilment is not its partner's, or a code does not open.
        """
        rows = yield from self.listed("/v1/redemptions")
        checked = []
        for row in rows:
            reward = yield from self._partners_own(row.record("reward"))
            keys = yield from self._keys_of(reward.record.partner)
            checked.append(self._checked_redemption(row, reward, keys))
        return checked

    def _checked_redemption(
        self, row: Fields, reward: Signed[Reward], keys: Sequence[bytes]
    ) -> CheckedRedemption:
        raw, given = row.record("redemption"), row.maybe_record("fulfilment")
        with breaking(PayoutWrong, raw):
            signed = verify_redemption(raw)
            fulfilment = verify(given, Fulfilment, lambda kid, _: _key_named(kid, keys)) if given else None
        if signed.record.reward != reward.hash:
            raise PayoutWrong("a redemption is of another reward", raw)
        code = None
        if fulfilment is not None:
            if fulfilment.record.redemption != signed.hash:
                raise PayoutWrong("a fulfilment is of another redemption", fulfilment.raw)
            if fulfilment.record.code is not None:
                code = self._open_code(
                    row.sealed("sealed"), fulfilment, self._opening(reward, signed.record.salt)
                )
        return CheckedRedemption(signed, reward, row.text("state"), row.time("until"), fulfilment, code)

    @staticmethod
    def _open_code(sealed: bytes, fulfilment: Signed[Fulfilment], key: OpeningKey) -> str:
        if sha256(sealed).digest() != fulfilment.record.code:
            raise PayoutWrong("the sealed code is not the one the partner signed for", fulfilment.raw)
        try:
            return key.hunseal(CODE_LABEL + fulfilment.record.redemption, sealed).decode()
        except (OpenError, UnicodeDecodeError) as error:
            raise PayoutWrong("the code that the partner signed for does not open", fulfilment.raw) from error

    # -- brakes --------------------------------------------------------------------------------

    def brakes(self) -> Steps[list[Brake]]:
        """What holds this owner's payable balance back now, and why."""
        rows = (yield from self.get("/v1/brakes")).objects("data")
        return [
            Brake(row.text("code"), row.text("words"), row.time("until") if row.maybe_text("until") else None)
            for row in rows
        ]

    def appeal(self, brake: Brake | str, words: str) -> Steps[int]:
        """Ask a person to lift a brake; the appeal's number."""
        code = brake if isinstance(brake, str) else brake.code
        return (yield from self.send("POST", "/v1/appeals", {"brake": code, "words": words})).integer(
            "number"
        )

    def appeals(self) -> Steps[list[Appeal]]:
        """This owner's appeals and their answers."""
        rows = yield from self.listed("/v1/appeals")
        return [
            Appeal(
                row.integer("number"),
                row.text("brake"),
                row.text("words"),
                row.maybe_boolean("lifted"),
                row.maybe_text("answer"),
            )
            for row in rows
        ]


def _key_named(kid: bytes, keys: Sequence[bytes]) -> bytes:
    for key in keys:
        if kid_of(key) == kid:
            return key
    raise SignatureError("this was signed with a key of nobody who should have signed it")
