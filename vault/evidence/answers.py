"""What the routes of evidence answer (docs/spec/http.md)."""

from typing import Annotated, Literal

from pydantic import Field

from vault.shown import JWS, Count, Domain, Hash, Shown, Signed, Time


class EvidenceLog(Shown):
    """A log of a business's own; ``key`` is the vkey that signs its checkpoints."""

    name: Annotated[str, Field(examples=["harbour"])]
    log: Annotated[str, Field(examples=["vault.example/evidence/harbour"])]
    key: Annotated[str, Field(examples=["vault.example/evidence/harbour+73f1c702+AYGi…"])]
    tenant: Domain
    size: Count


class EvidenceLogPage(EvidenceLog):
    """The same, with its members, its newest checkpoint, the vault's record of that, and how far it came."""

    members: list[Domain]
    checkpoint: Annotated[str | None, Field(description="a C2SP signed note", examples=[None])]
    head: Annotated[Signed | None, Field(examples=[JWS])]
    state: Annotated[Literal["recorded", "committed", "anchored"], Field(examples=["anchored"])]


class EvidenceEntry(Shown):
    """An entry of an evidence log; what it says stands in the record, which its author has."""

    index: Count
    kind: Annotated[Literal["evidence", "membership"], Field(examples=["evidence"])]
    partner: Domain
    record: Hash
    time: Time
