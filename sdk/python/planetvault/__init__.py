"""Planet Vault for owners and partners.

``Partner`` uses data that owners granted; ``Owner`` seals, grants, takes back and checks. Each
has a twin to be awaited. Start with docs/guides/partner.md or docs/guides/owner.md, then
read ``partner/uses.py``: the use, from the side that pays.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from planetvault.memory import FileMemory, Memory, RamMemory
    from planetvault.owner import AsyncOwner, Owner
    from planetvault.partner import AsyncPartner, Partner
    from planetvault.sealed_memory import SealedMemory
    from planetvault.webhooks import WebhookEvent, verify_webhook

__all__ = [
    "AsyncOwner",
    "AsyncPartner",
    "FileMemory",
    "Memory",
    "Owner",
    "Partner",
    "RamMemory",
    "SealedMemory",
    "WebhookEvent",
    "verify_webhook",
]

_PLACES = {
    "AsyncOwner": "planetvault.owner",
    "AsyncPartner": "planetvault.partner",
    "FileMemory": "planetvault.memory",
    "Memory": "planetvault.memory",
    "Owner": "planetvault.owner",
    "Partner": "planetvault.partner",
    "RamMemory": "planetvault.memory",
    "SealedMemory": "planetvault.sealed_memory",
    "WebhookEvent": "planetvault.webhooks",
    "verify_webhook": "planetvault.webhooks",
}


def __getattr__(name: str) -> object:
    """Load a client when it is first named, so that ``planetvault.sealing`` loads no HTTP client."""
    if name not in _PLACES:
        raise AttributeError(name)
    return getattr(import_module(_PLACES[name]), name)
