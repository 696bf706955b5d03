"""A partner's signature on its requests: HTTP Message Signatures (RFC 9421), as docs/spec/http.md asks.

Covered are the method, the whole URL and, by its digest (RFC 9530), the body. A
signature names a nonce that the vault takes once, so every try is signed anew.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from secrets import token_urlsafe

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from http_message_signatures import HTTPMessageSigner, MappingKeyResolver
from http_message_signatures.algorithms import ED25519

from anchor.encoding import to_base64url
from anchor.keys import SigningKey
from planetvault.http import Clock

TAG = "planetvault"
COVERED = ("@method", "@target-uri")
LIFE = timedelta(minutes=4)
"""The vault allows five; a minute is for clocks that differ."""
NONCE_BYTES = 16


@dataclass
class _Message:
    method: str
    url: str
    headers: dict[str, str] = field(default_factory=dict)


class RequestSigner:
    """Signs requests to one vault with one key."""

    def __init__(self, url: str, key: SigningKey, clock: Clock) -> None:
        self._url, self._clock = url.rstrip("/"), clock
        self._kid = to_base64url(key.kid)
        secret = Ed25519PrivateKey.from_private_bytes(key.seed())
        resolver = MappingKeyResolver(public_keys={}, private_keys={self._kid: secret})
        self._signer = HTTPMessageSigner(signature_algorithm=ED25519, key_resolver=resolver)

    def __call__(self, method: str, target: str, body: bytes | None) -> Mapping[str, str]:
        """The headers that sign this request."""
        message = _Message(method, self._url + target)
        now = self._clock()
        self._signer.sign(
            message,
            key_id=self._kid,
            created=now,
            expires=now + LIFE,
            nonce=token_urlsafe(NONCE_BYTES),
            tag=TAG,
            covered_component_ids=COVERED,
            body=body,
        )
        return {name.lower(): value for name, value in message.headers.items()}
