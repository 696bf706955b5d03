"""What the payout contract owes this owner: the proof that she, or anybody for her, brings to it."""

from dataclasses import dataclass

from anchor.chain.distribution import ADDRESS_BYTES, verify_share
from anchor.chain.evm_distributor import withdraw_data
from anchor.encoding import to_base64url
from anchor.errors import AnchorError
from anchor.records.payouts import Claim
from anchor.records.signed import Signed
from planetvault.answers import read_hex
from planetvault.errors import PayoutWrong
from planetvault.owner.consenting import OwnerConsenting
from planetvault.steps import Steps

HASH_BYTES = 32


@dataclass(frozen=True, slots=True)
class PayoutShare:
    """What the contract owes an address in all, proved under a root; ``cumulative`` is in micros."""

    contract: bytes
    chain_id: int
    account: bytes
    cumulative: int
    proof: tuple[bytes, ...]
    root: bytes

    @property
    def call(self) -> bytes:
        """The data of the transaction to the contract, for any wallet to sign."""
        return withdraw_data(self.account, self.cumulative, self.proof)


class OwnerWithdrawing(OwnerConsenting):
    """Withdrawals by the payout contract."""

    def share(self, claim: Signed[Claim]) -> Steps[PayoutShare]:
        """What the newest distribution that holds this claim says of its address, checked against its root.

        Whether the contract was told that root only the chain can say (``anchor.chain.evm_payouts``).

        Raises:
            VaultRefused: while no distribution holds it (``not-found``).
            PayoutWrong: if it is another address, less than the claim, or not what the root says.
        """
        said = yield from self.get(f"/v1/claims/{to_base64url(claim.hash)}/proof")
        share = PayoutShare(
            contract=read_hex(said.text("contract"), ADDRESS_BYTES),
            chain_id=said.integer("chain_id"),
            account=read_hex(said.text("account"), ADDRESS_BYTES),
            cumulative=said.integer("cumulative"),
            proof=tuple(read_hex(one, HASH_BYTES) for one in said.texts("proof")),
            root=read_hex(said.text("root"), HASH_BYTES),
        )
        if share.account != read_hex(claim.record.destination, ADDRESS_BYTES):
            raise PayoutWrong("the proof is for another address than the claim", claim.raw)
        if share.cumulative < claim.record.amount:
            raise PayoutWrong("the proof is for less than the claim", claim.raw)
        try:
            verify_share(share.account, share.cumulative, share.proof, share.root)
        except AnchorError as error:
            raise PayoutWrong(str(error), claim.raw) from error
        return share
