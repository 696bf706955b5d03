"""What the vault tells a partner's server: is it from the vault, and what does it say?

::

    event = verify_webhook(request.body, request.headers, secret)
    if event.kind == "grant.revoked":
        stop_using(event.data["grant"])

Standard Webhooks 1.0, by docs/spec/webhook.md. An event may come twice and out of order: keep
``event.name`` for a while, and take an event for a hint to look, since it holds names and no data.
"""

import hmac
import json
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from planetvault.errors import WebhookForged, WebhookRefused, WebhookStale
from planetvault.http import system_clock

PREFIX = "whsec_"
BODY_BYTES_MAX = 1 << 16
HEADER_MAX = 4096
SECRET_BYTES_MIN, SECRET_BYTES_MAX = 24, 64
TIME_DIGITS_MAX = 12
TOLERANCE = timedelta(minutes=5)
"""How old a signature may be, and how far the clocks may differ."""


@dataclass(frozen=True, slots=True)
class WebhookEvent:
    """Something that happened. ``name`` is the same each time it is sent; ``data`` names what it is about.

    ``kind`` is one of docs/spec/webhook.md, or one that came later: pass over what you don't know.
    """

    name: str
    kind: str
    time: datetime
    mode: str
    data: Mapping[str, Any]


def verify_webhook(
    body: bytes,
    headers: Mapping[str, str],
    secret: str | Sequence[str],
    *,
    now: datetime | None = None,
) -> WebhookEvent:
    """The event that this request brings, if the vault signed it for this endpoint a moment ago.

    ``body`` is the request's body as it came, ``headers`` its headers in any case, ``secret`` what
    ``Partner.listen`` returned (``whsec_…``), or several of them while one follows another.

    Raises:
        WebhookForged: if no signature is by one of the secrets.
        WebhookStale: if it was not signed in the last five minutes.
        WebhookRefused: if it is no event at all.
        ValueError: if a secret is not one that a vault gave out.
    """
    keys = [_key(one) for one in ([secret] if isinstance(secret, str) else secret)]
    name, stamp, signatures = (_header(headers, part) for part in ("id", "timestamp", "signature"))
    if len(body) > BODY_BYTES_MAX:
        raise WebhookRefused(f"an event has at most {BODY_BYTES_MAX} bytes")
    _verify_signature(f"{name}.{stamp}.".encode() + body, signatures, keys)
    _verify_time(stamp, now or system_clock())
    return _event(name, body)


def _key(secret: str) -> bytes:
    try:
        key = b64decode(secret.removeprefix(PREFIX), validate=True)
    except (NotBase64, ValueError) as error:
        raise ValueError("a secret of an endpoint looks like whsec_…") from error
    if not SECRET_BYTES_MIN <= len(key) <= SECRET_BYTES_MAX:
        raise ValueError(f"a secret has {SECRET_BYTES_MIN} to {SECRET_BYTES_MAX} bytes")
    return key


def _header(headers: Mapping[str, str], part: str) -> str:
    name = f"webhook-{part}"
    found = [value for key, value in headers.items() if key.lower() == name]
    if len(found) != 1 or not found[0].isascii() or len(found[0]) > HEADER_MAX:
        raise WebhookForged(f"the request has no usable {name}")
    return found[0]


def _verify_signature(message: bytes, signatures: str, keys: Sequence[bytes]) -> None:
    expected = [b"v1," + b64encode(hmac.digest(key, message, sha256)) for key in keys]
    given = [one.encode() for one in signatures.split()]
    if not any([hmac.compare_digest(one, own) for one in given for own in expected]):  # noqa: C419 - all of them, in the same time
        raise WebhookForged("no signature is by a secret of this endpoint")


def _verify_time(stamp: str, now: datetime) -> None:
    if not stamp.isdigit() or len(stamp) > TIME_DIGITS_MAX:
        raise WebhookRefused("the time of signing is not in seconds")
    if abs(now.timestamp() - int(stamp)) > TOLERANCE.total_seconds():
        raise WebhookStale("this was not signed in the last five minutes")


def _event(name: str, body: bytes) -> WebhookEvent:
    try:
        value = json.loads(body)
        time = datetime.fromisoformat(value["timestamp"]).astimezone(UTC)
        kind, mode, data = value["type"], value["mode"], value["data"]
    except (ValueError, KeyError, TypeError, RecursionError, OverflowError) as error:
        raise WebhookRefused("this is not an event") from error
    if not (isinstance(kind, str) and isinstance(mode, str) and isinstance(data, dict)):
        raise WebhookRefused("this is not an event")
    return WebhookEvent(name, kind, time, mode, data)
