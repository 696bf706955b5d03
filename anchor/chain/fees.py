"""What a transaction offers for its place in a block. Pure; amounts are wei per gas.

A transaction that waits too long is replaced by one with the same nonce and
payload and higher fees. Nodes ask for +10 % on *both* fees (geth, Besu); we give
+25 %, up to a cap, and never on a chain without fees, where a replacement is
refused anyway.
"""

from dataclasses import dataclass

BUMP_NUMERATOR, BUMP_DENOMINATOR = 5, 4
REPLACEMENT_NUMERATOR, REPLACEMENT_DENOMINATOR = 11, 10
"""The least raise that nodes accept as a replacement."""


@dataclass(frozen=True)
class Fees:
    """The most to pay per gas and the tip inside it (EIP-1559); equal on older chains."""

    max_fee_wei: int
    tip_wei: int

    @classmethod
    def none(cls) -> "Fees":
        """The fees of a chain that asks for none."""
        return cls(0, 0)


def capped(fees: Fees, cap_wei: int) -> Fees:
    """``fees``, with neither part above ``cap_wei``."""
    return Fees(min(fees.max_fee_wei, cap_wei), min(fees.tip_wei, cap_wei))


def bumped(fees: Fees, cap_wei: int) -> Fees | None:
    """Both fees raised by a quarter, up to the cap; None if no node would take that as more."""
    raised = capped(Fees(_raise(fees.max_fee_wei), _raise(fees.tip_wei)), cap_wei)
    if fees == Fees.none() or not _replaces(raised, fees):
        return None
    return raised


def _raise(wei: int) -> int:
    return -(-wei * BUMP_NUMERATOR // BUMP_DENOMINATOR)


def _replaces(new: Fees, old: Fees) -> bool:
    return _enough(new.max_fee_wei, old.max_fee_wei) and _enough(new.tip_wei, old.tip_wei)


def _enough(new: int, old: int) -> bool:
    return new * REPLACEMENT_DENOMINATOR >= old * REPLACEMENT_NUMERATOR
