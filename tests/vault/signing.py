"""Requests signed as a partner would (RFC 9421), with every part open to be got wrong."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from http_message_signatures import HTTPMessageSigner, MappingKeyResolver
from http_message_signatures.algorithms import ED25519

from anchor.encoding import to_base64url
from anchor.keys import SigningKey

COVERED = ("@method", "@target-uri")
LIFE = timedelta(minutes=4)


@dataclass
class _Message:
    method: str
    url: str
    headers: dict[str, str] = field(default_factory=dict)


def signed_headers(
    key: SigningKey,
    method: str,
    url: str,
    body: bytes | None = None,
    *,
    created: datetime,
    life: timedelta | None = LIFE,
    nonce: str | None = "",
    tag: str | None = "planetvault",
    keyid: str | None = None,
    covered: Sequence[str] = COVERED,
) -> dict[str, str]:
    """The headers of one signed request; an empty nonce stands for a new one, ``life=None`` for no end."""
    kid = keyid or to_base64url(key.kid)
    secret = Ed25519PrivateKey.from_private_bytes(key.seed())
    resolver = MappingKeyResolver(public_keys={}, private_keys={kid: secret})
    message = _Message(method, url)
    HTTPMessageSigner(signature_algorithm=ED25519, key_resolver=resolver).sign(
        message,
        key_id=kid,
        created=created,
        expires=created + life if life else None,
        nonce=secrets.token_urlsafe(16) if nonce == "" else nonce,
        tag=tag,
        covered_component_ids=covered,
        body=body,
    )
    return dict(message.headers)
