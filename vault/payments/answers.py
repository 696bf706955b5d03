"""What the routes of payments answer (docs/spec/http.md)."""

from typing import Annotated

from pydantic import Field

from vault.shown import HASH, ID, Count, Hash, Micros, Shown, Time


class Transfer(Shown):
    """One amount from one account to another, because of the record ``source``."""

    kind: Annotated[str, Field(examples=["share"])]
    source: Hash
    debit: Annotated[str, Field(examples=["escrow/" + HASH])]
    credit: Annotated[str, Field(examples=["pending/" + ID])]
    amount: Micros
    time: Time


class Release(Shown):
    """The receipts at log indexes from ``since`` up to ``size``, whose root is ``root``, became payable."""

    size: Count
    since: Count
    root: Hash
