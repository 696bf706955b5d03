"""The owners of a sandbox: each introduces herself to every new partner, and answers asks in her own way.

::

    grants     yes to everything
    narrows    yes to fewer uses: half of them, and at least one
    denies     no, without a reason
    revokes    yes, and no again once something was opened

All have the same invented exports: music, orders, courses and games.
"""

import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import httpx2

from anchor.encoding import to_base64url
from planetvault.demo.cast import LIN, MAYA
from planetvault.errors import PlanetVaultError, Unreachable
from planetvault.http import Clock
from planetvault.memory import FileMemory
from planetvault.owner import Owner
from planetvault.owner.consents import ReceivedAsk

BEHAVIOURS = ("grants", "narrows", "denies", "revokes")
OPEN, STANDING = "open", "standing"
EXPORTS = (*LIN.exports, *MAYA.exports)
ANSWER_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Doors:
    """What only the operator of a sandbox may do: see who is new, and introduce owners to them."""

    http: httpx2.Client

    @classmethod
    def of(cls, url: str, token: str, transport: httpx2.BaseTransport | None = None) -> "Doors":
        """The routes under this URL, for the holder of the operator's token."""
        headers = {"authorization": f"Bearer {token}"}
        return cls(
            httpx2.Client(
                base_url=url, headers=headers, transport=transport, timeout=ANSWER_SECONDS, trust_env=False
            )
        )

    def newcomers(self, behaviour: str) -> list[str]:
        """Partners that know no owner of this kind yet."""
        answer = self._ask("GET", f"/v1/test/partners?behaviour={behaviour}")
        return [row["partner"] for row in answer["data"]]

    def introduce(self, kid: bytes, behaviour: str) -> None:
        """Tell a partner of an owner who paired with it."""
        self._ask("POST", "/v1/test/owners", {"kid": to_base64url(kid), "behaviour": behaviour})

    def _ask(
        self, method: str, path: str, body: Mapping[str, str] | None = None
    ) -> dict[str, list[dict[str, str]]]:
        try:
            answer = self.http.request(method, path, json=body)
            answer.raise_for_status()
            found: dict[str, list[dict[str, str]]] = answer.json()
        except (httpx2.HTTPError, ValueError) as error:
            raise Unreachable("the sandbox's vault does not answer its operator") from error
        return found


class SandboxOwner:
    """One owner, who goes on where her memory ends."""

    def __init__(
        self,
        url: str,
        folder: Path,
        behaviour: str,
        clock: Clock,
        transport: httpx2.BaseTransport | None = None,
    ) -> None:
        self.behaviour = behaviour
        memory = FileMemory(folder / f"{behaviour}.memory")
        self.owner = Owner.create(url, memory, clock=clock, transport=transport)
        for export in EXPORTS:
            self.owner.import_export(export)

    def turn(self, doors: Doors) -> None:
        """Meet who is new, and answer what was asked since."""
        for partner in doors.newcomers(self.behaviour):
            doors.introduce(self.owner.connect(partner), self.behaviour)
        for ask in self.owner.asks():
            if ask.state == OPEN:
                self._answer(ask)
        if self.behaviour == "revokes":
            for grant in self.owner.grants():
                if grant.state == STANDING and grant.uses:
                    self.owner.revoke(grant)

    def _answer(self, ask: ReceivedAsk) -> None:
        try:
            match self.behaviour:
                case "denies":
                    self.owner.deny(ask)
                case "narrows":
                    self.owner.grant(ask, max_uses=max(1, ask.asked.max_uses // 2))
                case _:
                    self.owner.grant(ask)
        except PlanetVaultError as error:
            sys.stderr.write(f"{self.behaviour}: not granted to {ask.asked.partner}: {error}\n")
            with suppress(PlanetVaultError):
                self.owner.deny(ask)
