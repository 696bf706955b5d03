"""What the routes of openings answer (docs/spec/http.md)."""

from typing import Annotated, Literal

from pydantic import Field

from vault.shown import Hash, Shown, Signed, Time

OpeningState = Annotated[Literal["waiting", "open", "vetoed", "lapsed"], Field(examples=["waiting"])]


class Opening(Shown):
    """How far the guardians' locker is: ``half`` comes when the waiting period is over."""

    opening: Hash
    state: OpeningState
    opens: Time
    half: Hash | None
    veto: Signed | None


class Notice(Shown):
    """Somebody asks to open the account with the secret of its guardians."""

    opening: Signed
    hash: Hash
    locker: Hash
    state: OpeningState
    opens: Time
    veto: Signed | None
