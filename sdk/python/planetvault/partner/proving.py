"""A partner shows that its domain is its own (docs/spec/domain-proof.md)."""

from dataclasses import dataclass

from anchor.encoding import to_base64url
from planetvault.answers import Fields
from planetvault.http import get, send
from planetvault.partner.listening import PartnerListening
from planetvault.steps import Pause, Steps

PROOF_PATH = "/.well-known/planetvault.txt"
LOOK_SECONDS = 1.0
LOOKS_MAX = 30


@dataclass(frozen=True, slots=True)
class DomainProof:
    """What the vault last saw: ``proved``, ``lost`` or ``unproved``, when, and what was wrong.

    ``way`` is how it was last seen: ``file`` or ``dns``.
    """

    state: str
    seen: str | None
    checked: str | None
    error: str
    way: str | None


class PartnerProving(PartnerListening):
    """The proof of a domain."""

    @property
    def domain_file(self) -> str:
        """What the domain must answer at ``/.well-known/planetvault.txt``; after a new key, this again."""
        domain = self.itself.partner
        return f"# who speaks for {domain} at a Planet Vault\n{to_base64url(self.signing.kid)}\n"

    @property
    def domain_record(self) -> tuple[str, str]:
        """Instead of the file: the name of a TXT record in the domain's DNS, and its text."""
        return f"_planetvault.{self.itself.partner}", f"planetvault-key={to_base64url(self.signing.kid)}"

    def prove_domain(self) -> Steps[DomainProof]:
        """Have the vault look at the domain now; what it saw, or after half a minute what it saw before."""
        yield from self.settle_keys()
        path = f"/v1/partners/{self.itself.partner}"
        before = _proof((yield from send("POST", f"{path}/proofs", {}, who=self.credential)))
        for _ in range(LOOKS_MAX):
            yield Pause(LOOK_SECONDS)
            found = _proof((yield from get(path)).object("proof"))
            if found.checked != before.checked:
                return found
        return before


def _proof(row: Fields) -> DomainProof:
    return DomainProof(
        row.text("state"),
        row.maybe_text("seen"),
        row.maybe_text("checked"),
        row.text("error"),
        row.maybe_text("way"),
    )
