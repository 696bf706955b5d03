"""A partner's signed request: RFC 9421 over method, URL and body, each nonce once."""

import re
from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import Annotated, Any

from fastapi import Depends, Request
from http_message_signatures import HTTPMessageVerifier, MappingKeyResolver, VerifyResult
from http_message_signatures.algorithms import HTTPSignatureAlgorithm
from http_message_signatures.exceptions import HTTPMessageSignaturesException, InvalidSignature

from anchor.encoding import from_base64url
from anchor.errors import FormatError
from anchor.keys import verify_signature
from vault.db import Transaction
from vault.errors import Unauthorised
from vault.http import SESSION, SIGNED, Running, owner
from vault.partners.store import PartnerKey, Partners
from vault.service import Service
from vault.settings import Settings

TAG = "planetvault"
COMPONENTS = ("@method", "@target-uri")
LIFE_MAX = timedelta(minutes=5)
"""How long a signed request may be good for."""
SKEW = timedelta(minutes=1)
"""How far a partner's clock may be off, either way."""
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


class _Verifier(HTTPMessageVerifier):
    """Judges times by the vault's clock. Every signature says when it ends, and that is soon."""

    def __init__(self, kid: str, public: bytes, now: datetime) -> None:
        resolver = MappingKeyResolver(public_keys={kid: public}, private_keys={})
        super().__init__(signature_algorithm=Ed25519, key_resolver=resolver)
        self._now = int(now.timestamp())

    def validate_created_and_expires(self, sig_input: Any, max_age: timedelta | None = None) -> None:
        """Raise unless the signature is good now, and for no longer than ``max_age``."""
        created, expires = sig_input.params.get("created"), sig_input.params.get("expires")
        if type(created) is not int or type(expires) is not int or max_age is None:
            raise InvalidSignature("a signature says when it was made and when it ends")
        skew, now = SKEW.total_seconds(), self._now
        if (
            not created - skew <= now <= expires + skew
            or not 0 < expires - created <= max_age.total_seconds()
        ):
            raise InvalidSignature("this signature is not good now, or for too long")


class _SignedRequest:
    """A request as the verifier wants to see it: the URL is the one the partner signed for."""

    def __init__(self, request: Request, settings: Settings) -> None:
        self.method = request.method
        self.headers = request.headers
        path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        self.url = _own_url(request, settings) + path


def _own_url(request: Request, settings: Settings) -> str:
    """Where partners meet this vault: never just where a request says it went.

    A request that was signed for another vault names that one in its Host, and would be good here too.
    """
    if settings.public_url:
        return settings.public_url.rstrip("/")
    if not is_own_host(request.url.hostname or "", settings.origin):
        raise Unauthorised("this vault does not know that it is called so: PLANETVAULT_PUBLIC_URL says how")
    return f"{request.url.scheme}://{request.url.netloc}"


def is_own_host(host: str, origin: str) -> bool:
    """Whether a host is the vault's own name, or leads nowhere but to this machine (RFC 6761 §6.3).

    The name of another vault on this machine is neither: each is called something before ``.localhost``.
    """
    if host in {origin, "localhost"}:
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


async def partner(request: Request, service: Running) -> PartnerKey:
    """The partner that signed this request.

    Raises:
        Unauthorised: if nobody in the directory did, or it was sent before.
    """
    key, kid = await _key(request, service)
    now, body = service.clock(), await request.body()
    message = _SignedRequest(request, service.settings)
    nonce = _verify(message, _Verifier(kid, key.public, now), body)
    forgotten = int((now + LIFE_MAX + 2 * SKEW).timestamp()) + 1

    def spend(transaction: Transaction) -> None:
        partners = Partners(transaction)
        if partners.key(from_base64url(kid)) != key:
            raise Unauthorised("this key was rotated away")
        partners.spend_nonce(from_base64url(kid), nonce, forgotten)

    await service.write(spend)
    service.rates.partner.verify(key.domain)
    request.state.charge.to(service.rates.partner, key.domain)
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


def _verify(message: Any, verifier: _Verifier, body: bytes) -> str:
    try:
        results: list[VerifyResult] = verifier.verify(
            message, expect_tag=TAG, max_age=LIFE_MAX, require_components=COMPONENTS, body=body
        )
        (result,) = results
    except (HTTPMessageSignaturesException, ValueError) as error:
        raise Unauthorised("the signature does not cover this request, or is not good now") from error
    if not result.nonce or len(result.nonce) > NONCE_MAX:
        raise Unauthorised(f"a signed request carries a nonce of at most {NONCE_MAX} characters")
    return result.nonce


async def shown_partner(
    key: Annotated[PartnerKey, Depends(partner)], _: Annotated[Any, Depends(SIGNED)]
) -> PartnerKey:
    """The partner that signed this request, on a route that says so on its page."""
    return key


Signer = Annotated[PartnerKey, Depends(shown_partner)]


async def party(
    request: Request,
    service: Running,
    _: Annotated[Any, Depends(SESSION)],
    __: Annotated[Any, Depends(SIGNED)],
) -> tuple[bytes | None, str | None]:
    """Who asks, on a route for both sides: an owner's account, or a partner's domain."""
    if "signature-input" in request.headers:
        return None, (await partner(request, service)).domain
    return (await owner(request, service)).account, None


Party = Annotated[tuple[bytes | None, str | None], Depends(party)]
