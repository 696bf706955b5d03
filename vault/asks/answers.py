"""What the routes of asks answer (docs/spec/http.md)."""

from typing import Annotated, Literal

from pydantic import Field

from vault.shown import HASH, Hash, Shown, Signed

AskState = Annotated[Literal["open", "granted", "denied", "expired"], Field(examples=["open"])]


class Ask(Shown):
    """An ask with the directory entries of who asks."""

    ask: Signed
    hash: Hash
    state: AskState
    partner: list[Signed]


class AskAnswer(Shown):
    """What became of an ask."""

    state: AskState
    grant: Annotated[str | None, Field(examples=[HASH])]


class DeniedAsk(Shown):
    """Which ask was denied."""

    ask: Hash
