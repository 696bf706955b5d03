"""What the routes of partners answer (docs/spec/http.md)."""

from typing import Annotated, Literal

from pydantic import Field

from vault.shown import Currency, Micros, Shown, Signed


class Balance(Shown):
    """A partner's money: free, and reserved."""

    funding: Micros
    escrow: Micros
    currency: Currency


class PartnerEntries(Shown):
    """A partner's entries in the directory, oldest first."""

    entries: list[Signed]


class DomainProof(Shown):
    """Whether the partner's domain shows its newest key, by docs/spec/domain-proof.md."""

    state: Annotated[Literal["proved", "lost", "unproved"], Field(examples=["proved"])]
    seen: Annotated[str | None, Field(examples=["2027-03-14T09:26:53Z"])]
    checked: Annotated[str | None, Field(examples=["2027-03-14T09:26:53Z"])]
    error: Annotated[str, Field(examples=[""])]
    way: Annotated[Literal["file", "dns"] | None, Field(examples=["file"])]


class Partner(Shown):
    """A partner's entries in the directory, oldest first, and the proof of its domain."""

    entries: list[Signed]
    proof: DomainProof
