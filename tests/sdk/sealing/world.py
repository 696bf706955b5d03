"""One owner, one partner, one item, one grant: sealed, as the tests and vectors need it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType

from planetvault.sealing.envelope import Envelope, make_envelope, seal_envelope
from planetvault.sealing.grant_key import GrantKey, SealedGrantKey, derive_grant_key, seal_grant_key
from planetvault.sealing.hseal import OpeningKey
from planetvault.sealing.item import ItemKey, SealedItem, new_item_id, open_item_key, seal_item
from planetvault.sealing.lockers import Locker, SealedRoot, new_device_locker, seal_root
from planetvault.sealing.sealer import Sealer
from planetvault.sealing.tree import (
    AccountRoot,
    CollectionKey,
    Identity,
    identity_of,
    new_collection,
    new_root,
)

from anchor.keys import SigningKey

PARTNER = "radio.example"
LABEL = "2027-02"
ROWS = 2
SEALED_AT = datetime(2027, 3, 1, 8, 30, tzinfo=UTC)
FIELDS: Mapping[str, bytes] = MappingProxyType(
    {
        "artist": b'["Alder Lane","The Quiet Hours"]',
        "device": b'["phone","phone"]',
        "played_at": b'["2027-02-03T07:12:00Z","2027-02-03T07:16:21Z"]',
        "track": '["Rain at Nine","Guérison"]'.encode(),
    }
)
GRANTED = ("artist", "played_at")


@dataclass(frozen=True)
class World:
    """Everything that exists after the owner wrote one item and granted two of its fields."""

    account_id: bytes
    locker: Locker
    root: AccountRoot
    sealed_root: SealedRoot
    identity: Identity
    collection: CollectionKey
    sealed: SealedItem
    item_key: ItemKey
    opener: OpeningKey
    owner_key: SigningKey
    grant_key: GrantKey
    sealed_grant_key: SealedGrantKey
    envelope: Envelope
    envelope_blob: bytes

    def granted_blobs(self) -> dict[bytes, bytes]:
        """The ciphertexts that the vault hands to the partner."""
        return {granted.field_id: self.sealed.fields[granted.field_id] for granted in self.envelope.fields}


def new_world(sealer: Sealer, *, holders: int = 1) -> World:
    """Build it, step by step as the SDK would."""
    account_id = sealer.random(16)
    locker = new_device_locker(sealer)
    root = new_root(account_id, sealer)
    blob = seal_root(root, locker.kid, locker.opening.public, sealer)
    identity = identity_of(root)
    collection = new_collection(root, "music.play", sealer)
    item_id = new_item_id(sealer)
    sealed = seal_item(collection, item_id, 3, FIELDS, label=LABEL, rows=ROWS, sealer=sealer)
    item_key = open_item_key(collection, sealed, sealed.key_hash())
    opener = OpeningKey(sealer.random(32))
    owner_key = identity.signing_key_for(PARTNER)
    grant_key = derive_grant_key(root, sealer.random(16), 1)
    envelope = make_envelope(collection, item_key, sealed.hashes(), GRANTED, sealed_at=SEALED_AT)
    return World(
        account_id=account_id,
        locker=locker,
        root=root,
        sealed_root=SealedRoot(0, blob, locker.root_mac(account_id, locker.kid)),
        identity=identity,
        collection=collection,
        sealed=sealed,
        item_key=item_key,
        opener=opener,
        owner_key=owner_key,
        grant_key=grant_key,
        sealed_grant_key=seal_grant_key(
            grant_key,
            partner=PARTNER,
            sealing_key=opener.public,
            owner_kid=owner_key.kid,
            holders=holders,
            sealer=sealer,
        ),
        envelope=envelope,
        envelope_blob=seal_envelope(grant_key, envelope, sealer),
    )
