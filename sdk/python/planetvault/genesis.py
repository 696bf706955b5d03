"""The first block of a consortium's chain, whose members' validators seal in turn (Clique, EIP-225). Pure.

Nothing is mined there and nothing rewarded: whoever shall pay for gas is given money in the first
block. Blocks are those of Ethereum up to London, the newest that geth 1.13 seals.
"""

from collections.abc import Sequence
from typing import Any

from anchor.chain.distribution import ADDRESS_BYTES
from planetvault.errors import PlanetVaultError

VALIDATORS_MAX = 64
"""As many as a verifier counts seals of (docs/spec/chain-proof.md)."""
SECONDS_MAX = 60
CHAIN_ID_MAX = 2**31 - 1
"""Wallets and EIP-155 sums hold it everywhere."""
FUNDS_WEI = 10**24
"""For more anchors than anybody lives to see, at the base fee of an idle chain."""
GAS_LIMIT = 30_000_000
EPOCH_BLOCKS = 30_000
"""EIP-225: after so many blocks votes begin anew, and the validators are written down again."""
VANITY_BYTES, SEAL_BYTES = 32, 65
FORKS = (
    "homesteadBlock",
    "eip150Block",
    "eip155Block",
    "eip158Block",
    "byzantiumBlock",
    "constantinopleBlock",
    "petersburgBlock",
    "istanbulBlock",
    "berlinBlock",
    "londonBlock",
)


class GenesisRefused(PlanetVaultError):
    """No chain could begin so; the message says why."""


def clique_genesis(
    chain_id: int, validators: Sequence[bytes], funded: Sequence[bytes], *, seconds: int
) -> dict[str, Any]:
    """The file that every member's node begins with: a block each ``seconds``; accounts have 20 bytes.

    Members may name the validators in any order, and have the same bytes.

    Raises:
        GenesisRefused: without validators, with one twice or too many, or for a number out of its range.
    """
    if not 0 < len(validators) <= VALIDATORS_MAX or len(set(validators)) != len(validators):
        raise GenesisRefused(f"a chain begins with 1 to {VALIDATORS_MAX} validators, each once")
    if not 0 < chain_id <= CHAIN_ID_MAX:
        raise GenesisRefused(f"a chain's id is 1 to {CHAIN_ID_MAX}")
    if not 0 < seconds <= SECONDS_MAX:
        raise GenesisRefused(f"a block comes every 1 to {SECONDS_MAX} seconds")
    if any(len(account) != ADDRESS_BYTES for account in (*validators, *funded)):
        raise GenesisRefused(f"an account has {ADDRESS_BYTES} bytes")
    extra = bytes(VANITY_BYTES) + b"".join(sorted(validators)) + bytes(SEAL_BYTES)
    return {
        "config": {
            "chainId": chain_id,
            **dict.fromkeys(FORKS, 0),
            "clique": {"period": seconds, "epoch": EPOCH_BLOCKS},
        },
        "difficulty": "0x1",
        "gasLimit": hex(GAS_LIMIT),
        "extradata": f"0x{extra.hex()}",
        "alloc": {f"0x{account.hex()}": {"balance": hex(FUNDS_WEI)} for account in sorted(set(funded))},
    }
