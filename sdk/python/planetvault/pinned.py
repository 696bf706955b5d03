"""Whom a client believes: the vault and the partners whose keys it has pinned.

The first keys seen are pinned, unless the caller brings better ones; from then on
nobody but the caller changes them. A partner's newer keys are taken only if they
follow from the pinned ones (``anchor.records.parties.verify_partner``).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from anchor.errors import AnchorError
from anchor.keys import kid_of
from anchor.records.parties import Partner, verify_partner, verify_signer
from anchor.records.signed import Signed
from anchor.records.trust import TRUST_BYTES_MAX, Trust, read_trust
from planetvault.errors import BrokenAnswer, NothingRemembered, PartnerKeyChanged, VaultChanged
from planetvault.http import exchange, get
from planetvault.memory import Memory
from planetvault.steps import Keep, Request, Steps

TRUST = "trust"
DIRECTORY_BYTES_MAX = 1 << 20


def remembered_trust(memory: Memory) -> Trust:
    """The trust file this client has pinned.

    Raises:
        NothingRemembered: before the first call to the vault.
    """
    raw = memory.get(TRUST)
    if raw is None:
        raise NothingRemembered("this client has pinned no vault yet")
    return _read_trust(raw)


@lru_cache(maxsize=64)
def _read_trust(raw: bytes) -> Trust:
    """The same bytes are the same trust."""
    return read_trust(raw)


def pin_trust(memory: Memory, given: bytes | None) -> Steps[Trust]:
    """Pin the trust file that the caller brought, or else the one the vault shows at first contact.

    Raises:
        VaultChanged: if another one is pinned already; ``change_trust`` replaces it.
    """
    pinned = memory.get(TRUST)
    raw = given if given is not None else pinned
    if raw is None:
        answer = yield from exchange(Request("GET", "/v1/trust", most=TRUST_BYTES_MAX))
        raw = answer.body
    try:
        trust = read_trust(raw)
    except AnchorError as error:
        raise BrokenAnswer("the trust file is malformed") from error
    if pinned is not None and pinned != raw:
        raise VaultChanged("another trust file is pinned", pinned, raw)
    if pinned is None:
        yield Keep({TRUST: raw}, {TRUST: None})
    return trust


def change_trust(memory: Memory, raw: bytes) -> Steps[Trust]:
    """Pin another trust file of the same vault, because the caller checked it by other means.

    Raises:
        VaultChanged: if it is of another vault or another log, or of a log key that was given up.
    """
    pinned, trust = remembered_trust(memory), read_trust(raw)
    if trust.vault != pinned.vault or pinned.log not in _logs(trust):
        raise VaultChanged("this trust file is of another vault, or older", bytes(pinned), raw)
    yield Keep({TRUST: raw})
    return trust


def _logs(trust: Trust) -> set[str]:
    """The log's key of today and those it gave up: a file that came later names all that came before."""
    return {trust.log, *(one.log for one in trust.retired)}


@dataclass(frozen=True, slots=True)
class PinnedPartner:
    """A partner's directory entries, oldest first, as far as they are pinned."""

    entries: tuple[Signed[Partner], ...]

    @property
    def newest(self) -> Partner:
        """The entry with its keys of today."""
        return self.entries[-1].record

    @property
    def kid(self) -> bytes:
        """The name of its signing key of today."""
        return kid_of(self.newest.sign_key)

    def key_after(self, pinned_kid: bytes, kid: bytes) -> bytes:
        """The public key ``kid``, if a grant that names ``pinned_kid`` reaches it.

        Raises:
            ProofError, SignatureError: if it does not.
        """
        return verify_signer(self.entries, pinned_kid, kid).record.sign_key

    def __bytes__(self) -> bytes:
        return b"\n".join(entry.raw for entry in self.entries)


def pin_name(domain: str) -> str:
    """Where the entries of a partner are remembered."""
    return f"partner/{domain}"


def remembered_partner(memory: Memory, domain: str) -> PinnedPartner | None:
    """The partner as it is pinned, or None."""
    raw = memory.get(pin_name(domain))
    return None if raw is None else PinnedPartner(verify_partner(raw.split(b"\n")))


def fetch_partner(memory: Memory, domain: str, *, kid: bytes | None = None) -> Steps[PinnedPartner]:
    """A partner's keys from the directory, pinned from now on.

    ``kid`` is the name of its signing key as the caller knows it by other means; without
    it, the first keys seen are believed.

    Raises:
        PartnerKeyChanged: if the entries do not continue those pinned, or do not lead to ``kid``.
    """
    answer = yield from get(f"/v1/partners/{domain}", most=DIRECTORY_BYTES_MAX)
    raws, before = answer.records("entries"), memory.get(pin_name(domain))
    found = _follow(raws, before.split(b"\n") if before else [], domain)
    if kid is not None and kid not in {kid_of(entry.record.sign_key) for entry in found.entries}:
        raise PartnerKeyChanged("the directory does not show the key that was expected", *raws)
    if bytes(found) != before:
        yield Keep({pin_name(domain): bytes(found)}, {pin_name(domain): before})
    return found


def _follow(raws: Sequence[bytes], before: Sequence[bytes], domain: str) -> PinnedPartner:
    if list(raws[: len(before)]) != list(before):
        raise PartnerKeyChanged("the partner shows other keys than those pinned", *before, *raws)
    try:
        entries = verify_partner(raws)
    except AnchorError as error:
        raise PartnerKeyChanged(str(error), *raws) from error
    if entries[0].record.partner != domain:
        raise PartnerKeyChanged("the directory shows another partner", *raws)
    return PinnedPartner(entries)
