"""What the routes of offers answer (docs/spec/http.md)."""

from typing import Annotated, Literal

from pydantic import Field

from vault.shown import Hash, Micros, Shown, Signed


class Offer(Shown):
    """An offer with the directory entries of who offers; ``left`` is what is left of its campaign."""

    offer: Signed
    hash: Hash
    state: Annotated[Literal["open", "withdrawn", "ended"], Field(examples=["open"])]
    left: Micros
    partner: list[Signed]
