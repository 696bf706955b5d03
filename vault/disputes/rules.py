"""Who may dispute what, and how much may go back. Pure."""

from anchor.keys import kid_of
from anchor.records.consent import Grant
from vault.errors import Conflict, Malformed

OWNER, PARTNER = "owner", "partner"


def side_of(kid: bytes, grant: Grant, partner: str | None) -> str | None:
    """Which side of a grant this key is: ``partner`` is whose newest key it is. None if it is neither."""
    if kid == kid_of(grant.owner_key):
        return OWNER
    return PARTNER if partner == grant.partner else None


def verify_open(position: int | None, released: int) -> None:
    """Return if a receipt at this position of the log may be disputed: its money was not released.

    Raises:
        Conflict: if it was.
    """
    if position is not None and position < released:
        raise Conflict("what this use brought is payable already: the time for a dispute is over")


def verify_amounts(*, share: int, fee: int, of_share: int, of_fee: int) -> int:
    """What is left for the owner, in micros, when so much goes back.

    Raises:
        Malformed: if it is more than the receipt brought.
    """
    if share > of_share or fee > of_fee:
        raise Malformed(f"at most {of_share} micros of the share and {of_fee} of the fee can go back")
    return of_share - share
