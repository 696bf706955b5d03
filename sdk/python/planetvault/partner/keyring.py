"""A partner's keys: made once, kept before they are shown, and changed without a gap.

In memory: ``own/entries`` holds the directory entries the vault has, oldest first,
``own/next`` one that was signed and may or may not have arrived, and ``own/sign/…`` and
``own/open/…`` every secret there ever was: grants stay sealed to the key they name.
"""

from functools import lru_cache
from secrets import token_bytes

from anchor.encoding import to_base64url
from anchor.errors import AnchorError
from anchor.keys import KEY_BYTES, SigningKey, kid_of
from anchor.records.parties import Partner, verify_partner
from anchor.records.signed import Signed, sign
from anchor.records.trust import Trust
from planetvault import pinned
from planetvault.errors import MemoryFault, NothingRemembered, PartnerKeyChanged, VaultRefused
from planetvault.http import Clock, Credential, send
from planetvault.memory import Memory
from planetvault.sealing.hseal import OpeningKey
from planetvault.signatures import RequestSigner
from planetvault.steps import Keep, Steps, Turn

ENTRIES, NEXT = "own/entries", "own/next"


def sign_name(kid: bytes) -> str:
    """Where the seed of a signing key is remembered."""
    return f"own/sign/{to_base64url(kid)}"


def open_name(kid: bytes) -> str:
    """Where the seed of a sealing key is remembered."""
    return f"own/open/{to_base64url(kid)}"


@lru_cache(maxsize=64)
def _entries(raw: bytes) -> tuple[Signed[Partner], ...]:
    """Entries are checked once; the same bytes are the same entries."""
    return verify_partner(raw.split(b"\n"))


@lru_cache(maxsize=64)
def _signing_key(seed: bytes) -> SigningKey:
    return SigningKey(seed)


@lru_cache(maxsize=64)
def _opening_key(seed: bytes) -> OpeningKey:
    return OpeningKey(seed)


class PartnerKeys:
    """What a partner signs and opens with, and the entries that say so in the directory."""

    def __init__(self, url: str, memory: Memory, clock: Clock) -> None:
        self.url, self.memory, self.clock = url, memory, clock
        self._signers: dict[bytes, RequestSigner] = {}
        self._secrets: dict[str, bytes] = {}
        self._trust: Trust | None = None

    @property
    def trust(self) -> Trust:
        """The vault as it is pinned. One that another process pinned anew is seen at the next start."""
        if self._trust is None:
            self._trust = pinned.remembered_trust(self.memory)
        return self._trust

    @property
    def entries(self) -> tuple[Signed[Partner], ...]:
        """This partner's directory entries, oldest first.

        Raises:
            NothingRemembered: if this memory holds no partner.
        """
        raw = self.memory.get(ENTRIES)
        if raw is None:
            raise NothingRemembered("this memory holds no partner: create one first")
        return _entries(raw)

    def require(self) -> None:
        """Return if this memory holds a partner, registered or about to be.

        Raises:
            NothingRemembered: if it holds none.
        """
        if self.memory.get(NEXT) is None and self.memory.get(ENTRIES) is None:
            raise NothingRemembered("this memory holds no partner: create one first")

    @property
    def itself(self) -> Partner:
        """The newest entry: domain, name and keys of today."""
        return self.entries[-1].record

    @property
    def signing(self) -> SigningKey:
        """The signing key of today."""
        return self.signing_key(kid_of(self.itself.sign_key))

    @property
    def credential(self) -> Credential:
        """Signs requests with the signing key of today."""
        key = self.signing
        if key.kid not in self._signers:
            self._signers[key.kid] = RequestSigner(self.url, key, self.clock)
        return self._signers[key.kid]

    def signing_key(self, kid: bytes) -> SigningKey:
        """A signing key of today or before.

        Raises:
            NothingRemembered: if it is none of ours.
        """
        return _signing_key(self._secret(sign_name(kid)))

    def opening_key(self, kid: bytes) -> OpeningKey:
        """A sealing key of today or before.

        Raises:
            NothingRemembered: if it is none of ours.
        """
        return _opening_key(self._secret(open_name(kid)))

    def register(self, domain: str, name: str) -> Steps[None]:
        """Make keys and show them in the directory as ``domain``."""
        yield Turn("own")
        if self.memory.get(ENTRIES) is None and self.memory.get(NEXT) is None:
            yield from self.begin(domain, name, SigningKey.generate(), OpeningKey(token_bytes(KEY_BYTES)))
        yield from self._publish()
        if self.itself.partner != domain:
            raise MemoryFault("this memory holds another partner")

    def begin(self, domain: str, name: str, key: SigningKey, opening: OpeningKey) -> Steps[None]:
        """Show a first entry with these keys in the directory."""
        entry = Partner(
            partner=domain,
            name=name,
            sign_key=key.public,
            sealing_key=opening.public,
            seq=1,
            prev=None,
            time=self.clock(),
        )
        yield from self._prepare(sign(entry, key), key, opening)
        yield from self._publish()

    def rotate_keys(self, *, sealing: bool = False, name: str | None = None) -> Steps[Signed[Partner]]:
        """Show a new signing key in the directory, and with ``sealing`` a new sealing key.

        From then on, uses and requests are signed with the new key; the old entry vouches for
        it. Grants stay sealed to the sealing key they name, which is kept.
        """
        yield Turn("own")
        yield from self._publish()
        last, key = self.entries[-1], SigningKey.generate()
        old = self.opening_key(kid_of(last.record.sealing_key))
        opening = OpeningKey(token_bytes(KEY_BYTES)) if sealing else old
        entry = Partner(
            partner=last.record.partner,
            name=name or last.record.name,
            sign_key=key.public,
            sealing_key=opening.public,
            seq=last.record.seq + 1,
            prev=last.hash,
            time=self.clock(),
        )
        yield from self._prepare(sign(entry, self.signing), key, opening)
        yield from self._publish()
        return self.entries[-1]

    def settle_keys(self) -> Steps[None]:
        """Finish a change of keys that was cut short: until then nobody knows which ones stand."""
        if self.memory.get(NEXT) is not None:
            yield Turn("own")
            yield from self._publish()

    def change_trust(self, trust: bytes) -> Steps[Trust]:
        """Pin another trust file of the same vault, which the caller has checked."""
        self._trust = yield from pinned.change_trust(self.memory, trust)
        return self._trust

    def _prepare(self, entry: Signed[Partner], key: SigningKey, opening: OpeningKey) -> Steps[None]:
        secrets = {sign_name(key.kid): key.seed(), open_name(opening.kid): opening.seed()}
        yield Keep({**secrets, NEXT: entry.raw}, {NEXT: None, ENTRIES: self.memory.get(ENTRIES)})

    def _publish(self) -> Steps[None]:
        raw = self.memory.get(NEXT)
        if raw is None:
            return
        try:
            yield from send("POST", "/v1/partners", {"entry": raw.decode()})
        except VaultRefused as refusal:
            if _is_no(refusal):
                yield Keep({NEXT: None})
            raise
        before = self.memory.get(ENTRIES)
        entries = raw if before is None else before + b"\n" + raw
        try:
            _entries(entries)
        except AnchorError as error:
            raise PartnerKeyChanged("our own entries do not follow one another", entries) from error
        yield Keep({ENTRIES: entries, NEXT: None}, {NEXT: raw})

    def _secret(self, name: str) -> bytes:
        """A secret by its name; it never changes, so it is read once."""
        if name not in self._secrets:
            secret = self.memory.get(name)
            if secret is None:
                raise NothingRemembered("this memory does not hold that key")
            self._secrets[name] = secret
        return self._secrets[name]


def _is_no(refusal: VaultRefused) -> bool:
    """Only a clear no is a no: else the entry may stand, by an earlier try whose answer was lost."""
    return refusal.status < 500 and refusal.status != 429  # noqa: PLR2004 - RFC 9110 §15.6, RFC 6585 §4
