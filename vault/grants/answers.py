"""What the routes of grants answer (docs/spec/http.md)."""

from typing import Annotated, Literal

from pydantic import Field

from vault.shown import JWS, Count, Hash, Id, Micros, Shown, Signed

GrantState = Annotated[Literal["standing", "revoked", "superseded", "expired"], Field(examples=["standing"])]


class Grant(Shown):
    """A grant and where it stands; ``escrow`` is what is left of its budget."""

    grant: Signed
    hash: Hash
    state: GrantState
    uses: Count
    escrow: Micros


class OpenItem(Shown):
    """An item that a grant opens."""

    item: Id
    version: Count


class AnsweredUse(Shown):
    """A receipt with the use it answers, or with the revocation for which it closes the chain."""

    receipt: Signed
    use: Annotated[str | None, Field(examples=[JWS])]
    revocation: Annotated[str | None, Field(examples=[None])]


class ReceiptOnly(Shown):
    """One receipt."""

    receipt: Signed
