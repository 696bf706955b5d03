"""What the routes of logins answer (docs/spec/http.md)."""

from typing import Annotated

from pydantic import Field

from vault.shown import HASH, Hash, Id, Parameters, Shown, Time


class Challenge(Shown):
    """What the locker signs to log in."""

    account: Id
    nonce: Hash
    expires: Time
    parameters: Parameters


class Session(Shown):
    """A session, to be sent as ``Authorization: Bearer``."""

    session: Annotated[str, Field(examples=[HASH])]
    expires: Time
