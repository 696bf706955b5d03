"""What the routes of accounts answer (docs/spec/http.md)."""

from typing import Annotated

from pydantic import Field

from vault.shown import (
    Count,
    Currency,
    Hash,
    Id,
    Journal,
    Micros,
    Parameters,
    Sealed,
    Shown,
    Signed,
)

Secrets = Annotated[dict[str, Sealed], Field(examples=[{"directory": "AQAB"}])]


class EntryNumber(Shown):
    """How many entries the account chain has."""

    seq: Count


class Found(Shown):
    """Where a recovery phrase leads."""

    account: Id
    kind: Annotated[str, Field(examples=["recovery"])]
    parameters: Parameters


class Erasure(Shown):
    """The signed record of an account's end."""

    erasure: Signed


class Locker(Shown):
    """One way to open the account."""

    kid: Hash
    kind: Annotated[str, Field(examples=["device"])]
    sealed_root: Sealed
    root_mac: Sealed
    parameters: Parameters
    finder: Hash | None


class Balances(Shown):
    """What an owner earned, by how near it is to her."""

    estimated: Micros
    pending: Micros
    payable: Micros
    leaving: Micros
    paid: Micros


class Account(Shown):
    """Everything a device needs to open its owner's vault."""

    account: Id
    chain: list[Signed]
    lockers: list[Locker]
    secrets: Secrets
    journal: Journal
    balances: Balances
    currency: Currency
    paused: Annotated[bool, Field(examples=[False])]
