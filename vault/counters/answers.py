"""What the routes of counters answer (docs/spec/http.md)."""

from typing import Annotated, Literal

from pydantic import Field

from vault.shown import Hash, Shown, Signed


class Counter(Shown):
    """A counter-offer and what became of it; ``ask`` is the one that accepted it."""

    counter: Signed
    hash: Hash
    state: Annotated[Literal["open", "accepted", "refused", "expired"], Field(examples=["open"])]
    ask: Hash | None
