"""What comes to a partner's server: believed if the vault signed it a moment ago, and only then."""

import base64
import hmac
import json
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from planetvault import verify_webhook
from planetvault.errors import WebhookForged, WebhookRefused, WebhookStale

from anchor.encoding import to_base64url
from tests.sdk.client.scene import scene

NOW = datetime(2027, 3, 14, 9, 26, 53, tzinfo=UTC)
KEY, OTHER = bytes(range(32)), bytes(32)
EVENT = {
    "type": "grant.revoked",
    "timestamp": "2027-03-14T09:26:50Z",
    "mode": "live",
    "data": {"grant": "g"},
}
BODY = json.dumps(EVENT).encode()


def shown(key: bytes) -> str:
    return "whsec_" + base64.b64encode(key).decode()


def signed(body: bytes = BODY, *, keys: tuple[bytes, ...] = (KEY,), at: datetime = NOW) -> dict[str, str]:
    """The headers of a delivery, made as docs/spec/webhook.md says and by no code of the SDK's."""
    stamp = str(int(at.timestamp()))
    message = b".".join([b"evt_1", stamp.encode(), body])
    signatures = [base64.b64encode(hmac.new(key, message, sha256).digest()).decode() for key in keys]
    return {
        "Webhook-Id": "evt_1",
        "Webhook-Timestamp": stamp,
        "Webhook-Signature": " ".join(f"v1,{one}" for one in signatures),
    }


def test_an_event_of_the_vault_is_returned() -> None:
    event = verify_webhook(BODY, signed(), shown(KEY), now=NOW)
    assert (event.name, event.kind, event.mode, event.data) == (
        "evt_1",
        "grant.revoked",
        "live",
        EVENT["data"],
    )
    assert event.time == NOW - timedelta(seconds=3)


def test_the_example_of_standard_webhooks_is_read() -> None:
    """From the reference libraries' own tests: signed as published, and no event of ours."""
    headers = {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }
    when = datetime.fromtimestamp(1614265330, UTC)
    with pytest.raises(WebhookRefused) as refused:
        verify_webhook(b'{"test": 2432232314}', headers, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", now=when)
    assert refused.type is WebhookRefused


@pytest.mark.parametrize("keys", [(KEY, OTHER), (OTHER, KEY)], ids=["newer first", "older first"])
def test_while_one_secret_follows_another_either_is_enough(keys: tuple[bytes, ...]) -> None:
    assert verify_webhook(BODY, signed(keys=keys), shown(KEY), now=NOW)
    assert verify_webhook(BODY, signed(keys=(KEY,)), [shown(OTHER), shown(KEY)], now=NOW)


def without(name: str) -> dict[str, str]:
    return {key: value for key, value in signed().items() if key != name}


FORGED: dict[str, dict[str, str]] = {
    "by another": signed(keys=(OTHER,)),
    "over another body": signed(b"{}"),
    "of another version": signed() | {"Webhook-Signature": "v2,AAAA"},
    "empty": signed() | {"Webhook-Signature": ""},
    "not ascii": signed() | {"Webhook-Signature": "v1,ä"},
    "long": signed() | {"Webhook-Signature": "v1,A " * 2000},
    "of another name": signed() | {"Webhook-Id": "evt_2"},
    "at another time": signed() | {"Webhook-Timestamp": str(int(NOW.timestamp()) + 1)},
    "twice": signed() | {"webhook-id": "evt_1"},
    "without a name": without("Webhook-Id"),
    "without a time": without("Webhook-Timestamp"),
    "without a signature": without("Webhook-Signature"),
}


@pytest.mark.parametrize("headers", FORGED.values(), ids=FORGED)
def test_what_the_vault_did_not_sign_is_forged(headers: dict[str, str]) -> None:
    with pytest.raises(WebhookForged):
        verify_webhook(BODY, headers, shown(KEY), now=NOW)


@pytest.mark.parametrize("late", [301, -301, 10**9])
def test_what_was_signed_long_ago_or_in_the_future_is_stale(late: int) -> None:
    with pytest.raises(WebhookStale):
        verify_webhook(BODY, signed(), shown(KEY), now=NOW + timedelta(seconds=late))
    verify_webhook(BODY, signed(), shown(KEY), now=NOW + timedelta(seconds=300))


NO_EVENTS: dict[str, Any] = {
    "a list": [],
    "nothing": {},
    "no data": {key: EVENT[key] for key in ("type", "timestamp", "mode")},
    "data that is none": EVENT | {"data": 1},
    "a time that is none": EVENT | {"timestamp": "then"},
    "a type that is none": EVENT | {"type": 1},
}


@pytest.mark.parametrize("event", NO_EVENTS.values(), ids=NO_EVENTS)
def test_what_is_signed_and_no_event_is_refused(event: Any) -> None:
    body = json.dumps(event).encode()
    with pytest.raises(WebhookRefused):
        verify_webhook(body, signed(body), shown(KEY), now=NOW)


@pytest.mark.parametrize(
    "body", [b"[" * 60_000, b"\xff", b"", b"x" * 70_000], ids=["deep", "bytes", "empty", "long"]
)
def test_bytes_of_any_kind_are_refused_by_name(body: bytes) -> None:
    with pytest.raises(WebhookRefused):
        verify_webhook(body, signed(body), shown(KEY), now=NOW)


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_AAAA", "whsec_!", "ä", shown(bytes(65))])
def test_a_secret_that_is_none_is_a_mistake_of_the_program(secret: str) -> None:
    with pytest.raises(ValueError, match="secret"):
        verify_webhook(BODY, signed(), secret, now=NOW)


@given(st.binary(max_size=300), st.dictionaries(st.text(max_size=20), st.text(max_size=100), max_size=5))
def test_whatever_comes_is_refused_and_never_a_crash(body: bytes, more: dict[str, str]) -> None:
    with pytest.raises(WebhookRefused):
        verify_webhook(
            body,
            {"Webhook-Id": "x", "Webhook-Timestamp": "1", "Webhook-Signature": "v1,A"} | more,
            shown(KEY),
        )


@given(st.integers(0, len(BODY) - 1), st.integers(1, 255))
def test_no_byte_of_the_body_can_be_changed(place: int, change: int) -> None:
    body = bytearray(BODY)
    body[place] ^= change
    with pytest.raises(WebhookForged):
        verify_webhook(bytes(body), signed(), shown(KEY), now=NOW)


# ── listening ────────────────────────────────────────────────────────────────────────────


def test_a_partner_that_listens_again_is_the_same_endpoint_with_the_same_secret() -> None:
    here = scene()
    first = here.partner.listen("https://music.example/in", ["grant.revoked"])
    again = here.partner.listen("https://music.example/in", ["grant.revoked", "ask.denied"])
    assert (again.id, again.secret, again.kinds) == (first.id, first.secret, ("ask.denied", "grant.revoked"))
    assert [one.id for one in here.partner.endpoints()] == [first.id]
    assert first.secret not in repr(first)


def test_a_new_secret_is_another_generation() -> None:
    here = scene()
    first = here.partner.listen("https://music.example/in")
    second = here.partner.listen("https://music.example/in", new_secret=True)
    assert (first.generation, second.generation) == (1, 2)
    assert first.secret != second.secret


def test_who_stops_listening_has_no_endpoint() -> None:
    here = scene()
    here.partner.stop_listening(here.partner.listen("https://music.example/in"))
    assert here.partner.endpoints() == []


def test_a_partner_that_proves_its_domain_waits_for_the_look() -> None:
    here = scene()
    assert here.partner.prove_domain().state == "proved"
    (kid,) = [line for line in here.partner.domain_file.splitlines() if not line.startswith("#")]
    assert kid == to_base64url(here.partner._steps.signing.kid)
