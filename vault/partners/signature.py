"""A partner's signed request: RFC 9421 over method, URL and body, each nonce once."""

import re
from datetime import timedelta
from typing import Annotated, Any

from fastapi import Depends, Request
from http_message_signatures import HTTPMessageVerifier, MappingKeyResolver, VerifyResult
from http_message_signatures.algorithms import HTTPSignatureAlgorithm
from http_message_signatures.exceptions import HTTPMessageSignaturesException

from anchor.encoding import from_base64url
from anchor.errors import FormatError
from anchor.keys import verify_signature
from vault.errors import Unauthorised
from vault.http import Running
from vault.partners.store import PartnerKey, Partners
from vault.service import Service

TAG = "planetvault"
COMPONENTS = ("@method", "@target-uri")
AGE_MAX = timedelta(minutes=5)
NONCE_MAX = 64
_KEY_ID = re.compile(r';keyid="([A-Za-z0-9_-]{43})"')


class Ed25519(HTTPSignatureAlgorithm):
    """Ed25519 as everything here checks it, by libsodium."""

    algorithm_id = "ed25519"

    def __init__(self, public_key: bytes | None = None, **_: object) -> None:
        self.public_key = public_key or b""

    def sign(self, message: bytes) -> bytes:
        """The vault only verifies."""
        raise NotImplementedError

    def verify(self, signature: bytes, message: bytes) -> None:
        """Check one signature over the signature base."""
        verify_signature(self.public_key, message, signature)


class _SignedRequest:
    """A request as the verifier wants to see it: the URL is the one the partner signed for."""

    def __init__(self, request: Request, public_url: str) -> None:
        self.method = request.method
        self.headers = request.headers
        path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        self.url = public_url.rstrip("/") + path if public_url else str(request.url)


async def partner(request: Request, service: Running) -> PartnerKey:
    """The partner that signed this request.

    Raises:
        Unauthorised: if nobody in the directory did, or it was sent before.
    """
    key, kid = await _key(request, service)
    body = await request.body()
    result = _verify(_SignedRequest(request, service.settings.public_url), kid, key, body)
    expires = int((service.clock() + 2 * AGE_MAX).timestamp())
    await service.write(lambda t: Partners(t).spend_nonce(from_base64url(kid), str(result.nonce), expires))
    return key


async def _key(request: Request, service: Service) -> tuple[PartnerKey, str]:
    named = _KEY_ID.search(request.headers.get("signature-input", ""))
    if named is None:
        raise Unauthorised("sign this request as RFC 9421 says, with keyid and tag")
    try:
        kid = from_base64url(named[1])
    except FormatError as error:
        raise Unauthorised("the keyid is the kid of a key in the directory") from error
    key = await service.partner_key(kid)
    if key is None:
        raise Unauthorised("the directory knows no partner with this key")
    return key, named[1]


def _verify(message: Any, kid: str, key: PartnerKey, body: bytes) -> VerifyResult:
    verifier = HTTPMessageVerifier(
        signature_algorithm=Ed25519,
        key_resolver=MappingKeyResolver(public_keys={kid: key.public}, private_keys={}),
    )
    try:
        (result,) = verifier.verify(
            message, expect_tag=TAG, max_age=AGE_MAX, require_components=COMPONENTS, body=body
        )
    except (HTTPMessageSignaturesException, ValueError) as error:
        raise Unauthorised("the signature does not cover this request, or it is too old") from error
    if not result.nonce or len(str(result.nonce)) > NONCE_MAX:
        raise Unauthorised(f"a signed request carries a nonce of at most {NONCE_MAX} characters")
    return result


Signer = Annotated[PartnerKey, Depends(partner)]
