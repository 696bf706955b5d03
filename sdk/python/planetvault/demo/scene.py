"""What the story plays on, and what it leaves behind."""

from dataclasses import dataclass, field

import httpx2
from rich.console import Console

from anchor.records.trust import Trust, read_trust
from anchor.verify import Verified
from planetvault.demo import forgeries
from planetvault.demo.anvil import Anvil
from planetvault.demo.processes import RunningVault
from planetvault.owner import Owner
from planetvault.partner import Partner


@dataclass
class Stage:
    """The vault, its chain, the parties, and what became of it all."""

    console: Console
    vault: RunningVault
    chain: Anvil | None
    owners: dict[str, Owner] = field(default_factory=dict)
    partners: dict[str, Partner] = field(default_factory=dict)
    kids: dict[tuple[str, str], bytes] = field(default_factory=dict)
    refusals: list[str] = field(default_factory=list)
    proofs: dict[str, bytes] = field(default_factory=dict)
    verified: list[tuple[str, Verified]] = field(default_factory=list)
    forged: list[forgeries.Refused] = field(default_factory=list)

    def say(self, words: str) -> None:
        """One line of the story."""
        self.console.print(f"  {words}")

    def trust(self) -> Trust:
        """The trust file, as the vault hands it out."""
        return read_trust(httpx2.get(f"{self.vault.url}/v1/trust").content)
