"""What an account must be to move in (docs/spec/arrival.md). Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from anchor.errors import ProofError, SignatureError
from anchor.records.account import AccountEntry
from anchor.records.arrival import Arrival
from anchor.records.lockers import lockers_of, verify_account
from anchor.records.signed import Signed, unverified, verify
from vault.errors import Malformed

SIGNED_WITHIN = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Moving:
    """An account that moves in: the record, and the chain it stands on."""

    arrival: Signed[Arrival]
    entries: tuple[Signed[AccountEntry], ...]
    standing: Mapping[bytes, AccountEntry]


def verify_arrival(raw: bytes, chain: Sequence[bytes], *, origin: str, now: datetime) -> Moving:
    """An account that a locker of its own brings to this vault.

    Raises:
        FormatError, SignatureError, ProofError: if the chain is none, or no locker that stands signed.
    """
    said = unverified(raw, Arrival)
    if said.vault != origin or abs(now - said.time) > SIGNED_WITHIN:
        raise SignatureError("this arrival is for another vault, or was signed too long ago")
    entries = verify_account(chain)
    standing = lockers_of(entries)

    def key_of(kid: bytes, _record: Arrival) -> bytes:
        if kid not in standing:
            raise SignatureError("no locker that stands signed the arrival")
        return standing[kid].sign_key

    signed, newest = verify(raw, Arrival, key_of), entries[-1]
    if (said.account, said.chain) != (newest.record.account, newest.hash):
        raise ProofError("the arrival is of another account chain than came with it")
    return Moving(signed, entries, standing)


def verify_lockers(moving: Moving, named: Sequence[bytes], *, roots: bool) -> Moving:
    """Return it if exactly the lockers that stand came, and the older roots if there are any.

    Raises:
        Malformed: if not.
    """
    if sorted(named) != sorted(moving.standing):
        raise Malformed("the lockers are not those that stand")
    if roots != (moving.entries[-1].record.generation > 0):
        raise Malformed("the older roots come with an account that has some, and with no other")
    return moving
