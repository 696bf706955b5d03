"""What the routes of afterwards answer (docs/spec/http.md)."""

from typing import Annotated, Literal

from pydantic import Field

from vault.shown import Count, Domain, Hash, Shown, Signed


class Demand(Shown):
    """A demand to erase and what became of it; it is ``late`` if it was attested after its deadline."""

    demand: Signed
    hash: Hash
    grant: Hash
    state: Annotated[Literal["open", "attested", "late", "overdue"], Field(examples=["open"])]
    attestation: Annotated[str | None, Field(examples=[None])]


class Report(Shown):
    """What a partner says it did with what a use opened."""

    hash: Hash
    report: Signed


class PartnerRecord(Shown):
    """How a partner has behaved, counted: ``late`` and ``overdue`` are of the demands to erase."""

    partner: Domain
    grants: Count
    revoked: Count
    uses: Count
    disputes: Count
    reports: Count
    demanded: Count
    attested: Count
    late: Count
    overdue: Count
