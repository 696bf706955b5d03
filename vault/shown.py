"""What answers are made of, and those that several slices give; a slice's own are in its ``answers.py``.

A route that shows a field which is not declared fails in the tests, instead of showing it.
"""

from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

T = TypeVar("T")

JWS = "eyJhbGciOi….eyJ2Ijox….c2lnbmVk"
ID = "AAAAAAAAAAAAAAAAAAAAAA"
HASH = "A" * 43

Signed = Annotated[str, Field(description="a signed record, compact JWS", examples=[JWS])]
Sealed = Annotated[str, Field(description="sealed bytes, base64url without padding", examples=["AQAB"])]
Id = Annotated[str, Field(description="16 bytes, base64url without padding", examples=[ID])]
Hash = Annotated[str, Field(description="32 bytes, base64url without padding", examples=[HASH])]
Time = Annotated[str, Field(description="UTC, whole seconds", examples=["2027-03-14T09:26:53Z"])]
Domain = Annotated[str, Field(examples=["music.example"])]
Micros = Annotated[int, Field(description="whole micros", examples=[120_000])]
Count = Annotated[int, Field(ge=0, examples=[3])]
Currency = Annotated[str, Field(examples=["USD"])]
Parameters = Annotated[dict[str, str | int], Field(examples=[{"salt": "AQAB"}])]
Fields = Annotated[dict[str, Sealed], Field(description="by field id", examples=[{ID: "AQAB"}])]


class Shown(BaseModel):
    """An answer: every field named, none besides."""

    model_config = ConfigDict(extra="forbid")


class Listing(Shown, Generic[T]):
    """One page of a list. ``next`` goes into ``after`` for the next one, null at the end."""

    data: list[T]
    next: Annotated[str | None, Field(examples=["AAAAAAAAAAM"])]


class Whole(Shown, Generic[T]):
    """A list that is short enough for one answer."""

    data: list[T]


class Problem(Shown):
    """What went wrong (RFC 9457). ``code`` is stable; nothing of the request is repeated."""

    type: Annotated[str, Field(examples=["https://planetvault.example/problems/not-found"])]
    title: Annotated[str, Field(examples=["Not Found"])]
    status: Annotated[int, Field(examples=[404])]
    detail: Annotated[str, Field(examples=["no such item"])]
    code: Annotated[str, Field(examples=["not-found"])]
    request_id: Annotated[str, Field(examples=["Zr0SLQmL5vTqk1u3x8Gz0w"])]


class Vault(Shown):
    """The terms that all grants of a vault have in common; ``fee`` in basis points."""

    vault: Annotated[str, Field(examples=["vault.example"])]
    currency: Currency
    fee: Annotated[int, Field(examples=[1000])]
    log: Annotated[str, Field(examples=["vault.example/log"])]
    mode: Annotated[Literal["live", "test"], Field(examples=["live"])]


class Live(Shown):
    """The process answers."""

    live: Literal[True]


class Ready(Shown):
    """The process can do its work."""

    ready: Literal[True]


class AccountName(Shown):
    """Which account it is."""

    account: Id


class Journal(Shown):
    """Where the journal of manifests stands."""

    seq: Count
    head: Annotated[str | None, Field(examples=[HASH])]


class PairingName(Shown):
    """The key that the partner knows the owner by."""

    kid: Hash


class RecordName(Shown):
    """The hash by which a record is known."""

    hash: Hash


class Funding(Shown):
    """A partner's money that no grant has reserved."""

    funding: Micros


def as_it_is(kind: str, example: Any) -> dict[int | str, dict[str, Any]]:
    """The page of a route that answers with bytes of a format that is specified elsewhere."""
    schema = {"type": "object"} if kind == "application/json" else {"type": "string"}
    return {200: {"content": {kind: {"schema": schema, "example": example}}}}
