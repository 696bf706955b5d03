"""What the routes of webhooks answer (docs/spec/http.md)."""

from typing import Annotated, Any, Literal

from pydantic import Field

from vault.shown import HASH, ID, Count, Id, Micros, Shown, Time

WebhookState = Annotated[Literal["active", "disabled"], Field(examples=["active"])]
DeliveryState = Annotated[Literal["pending", "delivered", "dead"], Field(examples=["delivered"])]
EventId = Annotated[str, Field(examples=["evt_" + ID])]
EventKind = Annotated[str, Field(examples=["grant.revoked"])]


class Webhook(Shown):
    """Where a partner listens, and since when nothing arrived there. No ``kinds`` means all."""

    webhook: Id
    url: Annotated[str, Field(examples=["https://music.example/planetvault"])]
    kinds: list[EventKind]
    low_balance: Micros
    generation: Count
    state: WebhookState
    failing: Annotated[str | None, Field(examples=[None])]


class NewWebhook(Webhook):
    """An endpoint with the secret that signs for it."""

    secret: Annotated[str, Field(examples=["whsec_" + "A" * 43 + "="])]


class EventName(Shown):
    """An event, as its ``webhook-id`` calls it."""

    event: EventId


class Event(Shown):
    """What happened, as it is sent."""

    event: EventId
    type: EventKind
    timestamp: Time
    data: Annotated[dict[str, Any], Field(examples=[{"grant": HASH}])]


class Delivery(Shown):
    """One event on its way to one endpoint."""

    event: EventId
    type: EventKind
    state: DeliveryState
    attempts: Count
    status: Annotated[int | None, Field(examples=[204])]
    error: Annotated[str, Field(examples=[""])]
    tried: Annotated[str | None, Field(examples=["2027-03-14T09:26:53Z"])]
    next: Annotated[str | None, Field(examples=[None])]


class Replayed(Shown):
    """How many events are on their way again."""

    events: Count
