"""What a partner can do at a vault in test mode alone: ask owners who answer at once, with test money."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from planetvault.http import get, send
from planetvault.partner.proving import PartnerProving
from planetvault.steps import Steps


@dataclass(frozen=True, slots=True)
class SandboxOwner:
    """A test owner, by the kid to put into an ask. Her behaviour: grants, narrows, denies or revokes."""

    kid: bytes
    behaviour: str


class PartnerTrying(PartnerProving):
    """Test mode. A live vault answers all of this with ``NotFound``."""

    def test_owners(self) -> Steps[list[SandboxOwner]]:
        """The test owners that know this partner: four, some seconds after it registered."""
        yield from self.settle_keys()
        answer = yield from get("/v1/test/owners", who=self.credential)
        return [SandboxOwner(row.hash("kid"), row.text("behaviour")) for row in answer.objects("data")]

    def test_top_up(self, amount: int) -> Steps[int]:
        """Get test money, in micros; the funding there is then."""
        yield from self.settle_keys()
        answer = yield from send("POST", "/v1/test/topups", {"amount": amount}, who=self.credential)
        return answer.integer("funding")

    def push_test_clock(self, by: timedelta) -> Steps[datetime]:
        """Push the vault's time forward, for everybody in it; the time it is then.

        What this client signs must have that time too: open it with ``clock=VaultClock(url)``.
        """
        yield from self.settle_keys()
        body = {"seconds": int(by.total_seconds())}
        answer = yield from send("POST", "/v1/test/clock", body, who=self.credential)
        return answer.time("time")
