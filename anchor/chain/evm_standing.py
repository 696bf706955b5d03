"""Ask one node whether an anchor stands: what ``--rpc`` does. Needs ``httpx2``, and no key."""

from anchor.chain.evm_reader import EvmReader
from anchor.chain.evm_rpc import Rpc
from anchor.chain.finality import Finality
from anchor.chain.standing import Standing, verify_standing
from anchor.records.anchored import Anchor
from anchor.records.trust import ChainTrust


def ask(url: str, finality: Finality, anchor: Anchor, trusted: ChainTrust) -> Standing:
    """Where the anchored root stands, as the node at ``url`` tells it.

    Raises:
        ChainError, ChainUnreachable, ProofError: as ``verify_standing`` does.
    """
    rpc = Rpc(url)
    try:
        return verify_standing(
            EvmReader(rpc, trusted.contract, finality, label=trusted.name), anchor, trusted
        )
    finally:
        rpc.close()
