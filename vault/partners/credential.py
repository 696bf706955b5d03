"""Records of partners that are their own credential: signed by a partner's newest key."""

from typing import TypeVar

from anchor.errors import SignatureError
from anchor.records.signed import Record, Signed, by, named_kid, verify
from vault.db import Transaction
from vault.partners.store import PartnerKey, Partners
from vault.service import Service

R = TypeVar("R", bound=Record)


async def signed_by_partner(raw: bytes, kind: type[R], service: Service) -> tuple[Signed[R], PartnerKey]:
    """The record, and the partner whose newest key signed it.

    Raises:
        SignatureError: if no partner has this key.
    """
    key = await service.partner_key(named_kid(raw, kind))
    if key is None:
        raise SignatureError("the directory knows no partner with this key")
    return verify(raw, kind, by(key.public)), key


def verify_newest(transaction: Transaction, kid: bytes, key: PartnerKey) -> PartnerKey:
    """Return the key, if it is still the newest of its partner when something is written.

    Raises:
        SignatureError: if it was rotated away meanwhile.
    """
    if Partners(transaction).key(kid) != key:
        raise SignatureError("this key was rotated away")
    return key
