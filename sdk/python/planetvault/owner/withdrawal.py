"""``planetvault owner … withdraw``: bring the proof of a claim to the payout contract.

Any account may pay the gas, since the money goes to the address of the claim: its key is read from
PLANETVAULT_WALLET_KEY. Without one, the call is shown for a wallet to sign.
"""

import argparse
import os
from typing import TextIO

from anchor.encoding import to_base64url
from planetvault.contract import NotTold, payer, reach
from planetvault.operator import in_units
from planetvault.owner import Owner
from planetvault.owner.withdrawing import PayoutShare

KEY = "PLANETVAULT_WALLET_KEY"


def withdraw(owner: Owner, options: argparse.Namespace, out: TextIO) -> None:
    """Show what is owed by a claim, and with a node and a key have it paid.

    Raises:
        NotTold: if there is no such claim, the contract was not told yet, or it paid before.
        PayoutWrong: as ``Owner.share``. ChainError: what the chain refused.
    """
    claims = {to_base64url(one.signed.hash): one.signed for one in owner.claims()}
    if options.claim not in claims:
        raise NotTold("no claim of yours has this name; yours: " + (", ".join(claims) or "none"))
    share = owner.share(claims[options.claim])
    out.write(f"owed      {in_units(share.cumulative)} in all to 0x{share.account.hex()}\n")
    if options.rpc is None:
        _show_call(share, out)
        return
    with reach(options.rpc, share.contract, share.chain_id) as at:
        if at.standing().root != share.root:
            raise NotTold("the contract was not told this root yet: try again later")
        if not (left := share.cumulative - at.withdrawn_by(share.account)):
            raise NotTold("all of it was withdrawn before")
        out.write(f"to come   {in_units(left)}\n")
        if KEY not in os.environ:
            _show_call(share, out)
            return
        paid = payer(at, KEY, options.fees).withdraw(share.account, share.cumulative, share.proof)
        out.write(f"paid in   0x{paid.hex()}\n")


def _show_call(share: PayoutShare, out: TextIO) -> None:
    out.write(
        f"to        0x{share.contract.hex()} on chain {share.chain_id}\ndata      0x{share.call.hex()}\n"
    )
