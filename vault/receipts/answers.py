"""What the routes of receipts answer (docs/spec/http.md)."""

from typing import Annotated

from pydantic import Field

from vault.shown import HASH, JWS, Count, Domain, Hash, Shown, Signed, Time

EntryState = Annotated[str, Field(description="how far the log has brought it", examples=["committed"])]


class Link(Shown):
    """A receipt's place in its owner's chain, which the receipt hides from everybody else."""

    seq: Count
    prev: Annotated[str | None, Field(examples=[HASH])]
    blind: Hash


class Entry(Shown):
    """A place in the log."""

    index: Count


class Receipt(Shown):
    """A receipt as its owner gets it."""

    receipt: Signed
    use: Annotated[str | None, Field(examples=[JWS])]
    revocation: Annotated[str | None, Field(examples=[None])]
    grant: Hash
    link: Link
    entry: Entry | None
    state: EntryState


class Statement(Shown):
    """An owner's chain and balances at a size of the log."""

    statement: Signed


class Refused(Shown):
    """Uses that a grant did not allow, in one hour, for one reason."""

    partner: Domain
    grant: Hash
    code: Annotated[str, Field(examples=["purpose-not-granted"])]
    count: Count
    time: Time
