"""Where a grant stands: the values that rules and flows speak of."""

from dataclasses import dataclass

from anchor.records.consent import Grant
from anchor.records.signed import Signed

STANDING, REVOKED, SUPERSEDED, EXPIRED = "standing", "revoked", "superseded", "expired"


@dataclass(slots=True)
class Standing:
    """A grant and where its chain stands. The fields from ``state`` on move with every use.

    ``period`` is the newest one with a use, counted from 0, and ``period_uses`` how many it had.
    """

    grant: Signed[Grant]
    account: bytes
    partner_kid: bytes
    state: str
    seq: int
    head: bytes | None
    uses: int
    escrow: int
    period: int = 0
    period_uses: int = 0


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
