"""Where a grant stands: the values that rules and flows speak of."""

from dataclasses import dataclass

from anchor.records.consent import Grant
from anchor.records.signed import Signed

STANDING, REVOKED, SUPERSEDED, EXPIRED = "standing", "revoked", "superseded", "expired"


@dataclass(slots=True)
class Standing:
    """A grant and where its chain stands. The last six fields move with every use."""

    grant: Signed[Grant]
    account: bytes
    partner_kid: bytes
    state: str
    seq: int
    head: bytes | None
    uses: int
    escrow: int


@dataclass(frozen=True, slots=True)
class Envelope:
    """One item version as a grant opens it: which fields, and their sealed keys.

    ``size`` is how many bytes the sealed fields have together.
    """

    item: bytes
    version: int
    fields: tuple[bytes, ...]
    sealed: bytes
    size: int = 0
