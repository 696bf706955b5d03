"""An account chain, checked: which lockers there are, and what their root keys commit to. Pure.

The rules of the chain are those of docs/spec/account.md (``anchor.records.lockers``). A device
that has seen a chain takes only one that continues it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from anchor.errors import ProofError
from anchor.records.account import AccountEntry
from anchor.records.journal import LockerTerms
from anchor.records.lockers import lockers_of, verify_account
from anchor.records.signed import Signed
from planetvault.errors import AccountChanged
from planetvault.receipts import breaking


@dataclass(frozen=True, slots=True)
class AccountChain:
    """A verified chain.

    ``lockers`` says when each locker stood, ``standing`` holds those of today as they were added,
    by kid; ``commitments`` are those to the root keys, by generation.
    """

    entries: tuple[Signed[AccountEntry], ...]
    lockers: LockerTerms
    standing: Mapping[bytes, AccountEntry]
    commitments: tuple[bytes, ...]

    @property
    def root_kid(self) -> bytes:
        """The name of the key that created the account."""
        return self.entries[0].kid

    @property
    def raws(self) -> list[bytes]:
        """The entries as they were signed."""
        return [entry.raw for entry in self.entries]

    def __bytes__(self) -> bytes:
        return b"\n".join(self.raws)


def verify_chain(raws: Sequence[bytes], account: bytes, *, seen: bytes | None = None) -> AccountChain:
    """Check an account chain from its first entry.

    ``seen`` is what ``bytes`` gave for the chain this device saw last.

    Raises:
        AccountChanged: if it does not hold together, or does not continue what was seen.
    """
    before = seen.split(b"\n") if seen else []
    if list(raws[: len(before)]) != before:
        raise AccountChanged("the account chain does not continue the one seen before", *before, *raws)
    with breaking(AccountChanged, *raws):
        entries = verify_account(raws)
        if entries[0].record.account != account:
            raise ProofError("this chain is of another account")
    turns = [one.record for one in entries if one.record.action != "add"]
    return AccountChain(
        entries, LockerTerms.of(entries), lockers_of(entries), tuple(one.root_commitment for one in turns)
    )
