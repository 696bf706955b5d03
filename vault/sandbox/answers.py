"""What the routes of sandbox answer (docs/spec/http.md)."""

from typing import Annotated

from pydantic import Field

from vault.shown import Count, Domain, Hash, Shown, Time


class TestClock(Shown):
    """The time of a test vault, and how many seconds it is ahead."""

    time: Time
    ahead: Count


class TestOwner(Shown):
    """A test owner, and what she does when she is asked."""

    kid: Hash
    behaviour: Annotated[str, Field(examples=["grants"])]


class PartnerName(Shown):
    """A partner."""

    partner: Domain
