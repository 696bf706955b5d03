# ruff: noqa: INP001 - a script that the tests run, no package
"""The Python side of a meeting of twins: seals what TypeScript opens, and opens what it sealed.

Reads one JSON object from standard input and writes one to standard output; bytes are hex.
"""

import json
import sys
from datetime import UTC, datetime
from typing import Any

from planetvault.sealing.envelope import make_envelope, open_envelope, open_granted, seal_envelope
from planetvault.sealing.grant_key import (
    GrantKey,
    GrantKeyCommitment,
    derive_grant_key,
    open_grant_key,
    seal_grant_key,
)
from planetvault.sealing.hseal import OpeningKey
from planetvault.sealing.item import SealedItem, open_item, open_item_key, seal_item
from planetvault.sealing.tree import AccountRoot, new_collection, open_collection, seal_collection

from anchor.keys import SigningKey
from anchor.records.consent import Revocation
from anchor.records.signed import by, sign, verify

octets = bytes.fromhex
NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)


def blobs(value: dict[str, str]) -> dict[bytes, bytes]:
    """Bytes by their ids."""
    return {octets(name): octets(blob) for name, blob in value.items()}


def told(value: dict[bytes, bytes]) -> dict[str, str]:
    """The same as text."""
    return {name.hex(): blob.hex() for name, blob in value.items()}


def make(given: dict[str, Any]) -> dict[str, Any]:
    """A collection, an item with an envelope for two of its fields, a grant key in two shares, a record."""
    root = AccountRoot(octets(given["account"]), 0, octets(given["root"]))
    collection = new_collection(root, "music.play")
    fields = {name: value.encode() for name, value in given["values"].items()}
    item = seal_item(collection, octets(given["item"]), 3, fields, label="2027-02", rows=1)
    key = open_item_key(collection, item, item.key_hash())
    grant_key = derive_grant_key(root, octets(given["grant"]), 1)
    sealed = seal_grant_key(
        grant_key,
        partner=given["partner"],
        sealing_key=octets(given["sealing_key"]),
        owner_kid=octets(given["owner_kid"]),
        holders=2,
    )
    envelope = make_envelope(collection, key, item.hashes(), given["granted"], sealed_at=NOW)
    signer = SigningKey(octets(given["root"]))
    record = Revocation(grant=bytes(32), erase=True, uses=7, time=NOW)
    return {
        "collection": {
            "id": collection.collection_id.hex(),
            "sealed": seal_collection(root, collection).hex(),
        },
        "item": {"key": item.key.hex(), "key_hash": item.key_hash().hex(), "fields": told(dict(item.fields))},
        "hashes": told(item.hashes()),
        "shares": [share.hex() for share in sealed.shares],
        "commitment": {
            "shares": [share.hex() for share in sealed.commitment.shares],
            "key": sealed.commitment.key.hex(),
        },
        "envelope": seal_envelope(grant_key, envelope).hex(),
        "record": sign(record, signer).text,
    }


def read(given: dict[str, Any], made: dict[str, Any]) -> dict[str, Any]:
    """What TypeScript made of the same: opened as its owner and as the partner."""
    root = AccountRoot(octets(given["account"]), 0, octets(given["root"]))
    stored, item_id = made["collection"], octets(given["item"])
    collection = open_collection([root], octets(stored["id"]), octets(stored["sealed"]))
    sealed = SealedItem(item_id, 3, octets(made["item"]["key"]), blobs(made["item"]["fields"]))
    item = open_item(collection, sealed, blobs(made["hashes"]), key_hash=octets(made["item"]["key_hash"]))
    committed = made["commitment"]
    grant_key: GrantKey = open_grant_key(
        OpeningKey(octets(given["seed"])),
        octets(given["grant"]),
        [octets(share) for share in made["shares"]],
        GrantKeyCommitment(tuple(map(octets, committed["shares"])), octets(committed["key"])),
        partner=given["partner"],
        owner_kid=octets(given["owner_kid"]),
    )
    envelope = open_envelope(grant_key, item_id, 3, octets(made["envelope"]))
    granted = {one.field_id for one in envelope.fields}
    came = {name: blob for name, blob in sealed.fields.items() if name in granted}
    record = verify(made["record"].encode(), Revocation, by(SigningKey(octets(given["root"])).public))
    return {
        "values": {name: value.decode() for name, value in item.fields.items()},
        "granted": {name: value.decode() for name, value in open_granted(envelope, came).items()},
        "uses": record.record.uses,
    }


if __name__ == "__main__":
    asked = json.load(sys.stdin)
    given = asked["given"]
    json.dump(make(given) if "made" not in asked else read(given, asked["made"]), sys.stdout)
