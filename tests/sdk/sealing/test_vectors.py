"""The project's own vectors: this SDK opens what the second implementation sealed.

Each operation is written here as an implementer would from the pages: inputs in,
outputs out, refusals as errors. Any other exception fails the test.
"""

import json
from collections.abc import Callable, Mapping
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from cryptography.exceptions import InvalidTag
from planetvault.errors import DigitsDiffer
from planetvault.owner.joining import Admission
from planetvault.sealing import contexts
from planetvault.sealing.blob import BlobReader, open_blob, read_blob_reference
from planetvault.sealing.blob_parts import BlobPlan, outline_of, seal_parts
from planetvault.sealing.envelope import open_envelope, open_granted
from planetvault.sealing.errors import InputError, SealError
from planetvault.sealing.grant_key import (
    GrantKey,
    GrantKeyCommitment,
    find_grant_key,
    open_grant_key,
)
from planetvault.sealing.hseal import OpeningKey
from planetvault.sealing.item import ItemKey, SealedItem, open_field, open_item
from planetvault.sealing.letter import Letter, number_of
from planetvault.sealing.lockers import (
    Locker,
    LockerKind,
    SealedRoot,
    asking_key,
    device_locker,
    guardians_locker,
    open_root,
    passkey_locker,
    password_locker,
    recovery_locker,
)
from planetvault.sealing.named_secret import open_named_secret
from planetvault.sealing.padding import unpad
from planetvault.sealing.recovery_phrase import entropy_of
from planetvault.sealing.seal import kdf, unseal
from planetvault.sealing.stretching import Stretching
from planetvault.sealing.tree import (
    AccountRoot,
    CollectionKey,
    identity_of,
    open_collection,
    open_older_roots,
)

from anchor.encoding import from_base64url
from tests.sdk.sealing.twin import pages
from tests.vectors.build_sealing import FOLDER, PAGES, build, with_examples
from tests.vectors.sealing_scenarios.scenario import (
    collection_of,
    envelope_of,
    root_of,
    written,
)

Outputs = dict[str, Any]
octets = bytes.fromhex


def _blobs(value: Mapping[str, str]) -> dict[bytes, bytes]:
    return {octets(name): octets(blob) for name, blob in value.items()}


def _root(value: Mapping[str, Any]) -> AccountRoot:
    return AccountRoot(octets(value["account_id"]), value["generation"], octets(value["key"]))


def _collection(value: Mapping[str, Any]) -> CollectionKey:
    return CollectionKey(
        octets(value["collection_id"]),
        value["kind"],
        value["epoch"],
        value["generation"],
        octets(value["key"]),
        octets(value["names"]),
    )


def _commitment(value: Mapping[str, Any]) -> GrantKeyCommitment:
    return GrantKeyCommitment(tuple(map(octets, value["shares"])), octets(value["key"]))


def _context(inputs: Any) -> Outputs:
    read: Mapping[str, Callable[[Any], Any]] = {"bytes": octets, "str": str, "int": int}
    parts = [read[kind](part) for kind, part in zip(inputs["kinds"], inputs["parts"], strict=True)]
    return {"context": contexts._context(inputs["label"], *parts)}


def _kdf(inputs: Any) -> Outputs:
    return {"derived": kdf(octets(inputs["key"]), octets(inputs["context"]))}


def _unpad(inputs: Any) -> Outputs:
    return {"value": unpad(octets(inputs["padded"]))}


def _unseal(inputs: Any) -> Outputs:
    key, context, blob = (octets(inputs[name]) for name in ("key", "context", "blob"))
    return {"plaintext": unseal(key, context, blob)}


def _hunseal(inputs: Any) -> Outputs:
    key = OpeningKey(octets(inputs["seed"]))
    plaintext = key.hunseal(octets(inputs["context"]), octets(inputs["blob"]))
    return {"public": key.public, "kid": key.kid, "plaintext": plaintext}


def _locker(make: Callable[[Any], Locker]) -> Callable[[Any], Outputs]:
    def outputs(inputs: Any) -> Outputs:
        locker = make(inputs)
        return {
            "secret": locker.secret(),
            "kid": locker.kid,
            "sign_public": locker.signing.public,
            "root_mac": locker.root_mac(octets(inputs["account_id"]), octets(inputs["root_kid"])),
        } | ({"sealing_key": locker.opening.public} if locker.kind is LockerKind.DEVICE else {})

    return outputs


def _password(inputs: Any) -> Locker:
    stretching = Stretching(octets(inputs["salt"]), inputs["passes"], inputs["memory_kib"])
    secret_key, account_id = octets(inputs["secret_key"]), octets(inputs["account_id"])
    return password_locker(inputs["password"], secret_key, account_id, stretching)


def _recovery(inputs: Any) -> Locker:
    assert entropy_of(inputs["phrase"]) == octets(inputs["entropy"])
    return recovery_locker(octets(inputs["entropy"]), octets(inputs["account_id"]))


def _guardians(inputs: Any) -> Outputs:
    secret, half = octets(inputs["secret"]), octets(inputs["half"])
    locker = guardians_locker(secret, half, octets(inputs["account_id"]))
    outputs = _locker(lambda _: locker)(inputs)
    return outputs | {"asking_public": asking_key(secret).public}


def _open_letter(inputs: Any) -> Outputs:
    key = OpeningKey(octets(inputs["seed"]))
    letter = Letter.opened(inputs["letter"], key)
    number = number_of(key.public)
    return {"vault": letter.vault, "account_id": letter.account, "words": letter.words, "number": number}


def _join(inputs: Any) -> Outputs:
    offer, answer = (from_base64url(inputs[name].split(":")[-1]) for name in ("offer", "answer"))
    admission = Admission(offer[:32], offer[32:1248], offer, answer)
    try:
        digits = admission.digits(inputs["reveal"])
    except DigitsDiffer as error:
        raise InputError(str(error)) from error
    return {"digits": digits, "sign_key": admission.sign_key, "sealing_key": admission.sealing_key}


def _passkey(inputs: Any) -> Locker:
    return passkey_locker(octets(inputs["prf_output"]), octets(inputs["account_id"]))


def _open_root(inputs: Any) -> Outputs:
    sealed = SealedRoot(inputs["generation"], octets(inputs["blob"]), octets(inputs["root_mac"]))
    root = open_root(
        device_locker(octets(inputs["secret"])),
        sealed,
        octets(inputs["account_id"]),
        root_kid=octets(inputs["root_kid"]),
        commitment=octets(inputs["commitment"]),
    )
    return root_of(root)


def _open_older_roots(inputs: Any) -> Outputs:
    commitments = list(map(octets, inputs["commitments"]))
    roots = open_older_roots(_root(inputs["newest"]), commitments, octets(inputs["blob"]))
    return {"roots": list(map(root_of, roots))}


def _open_named_secret(inputs: Any) -> Outputs:
    roots = [_root(root) for root in inputs["roots"]]
    return {"value": open_named_secret(roots, inputs["name"], octets(inputs["blob"]))}


def _identity(inputs: Any) -> Outputs:
    identity = identity_of(_root(inputs["root"]))
    key = identity.signing_key_for(inputs["partner"])
    return {
        "secret": identity.secret,
        "seed": key.seed(),
        "sign_public": key.public,
        "kid": key.kid,
        "import_id": identity.import_id(inputs["source"], octets(inputs["key"])),
        "record_secret": identity.record_secret(),
    }


def _open_collection(inputs: Any) -> Outputs:
    roots = map(_root, inputs["roots"])
    collection = open_collection(roots, octets(inputs["collection_id"]), octets(inputs["blob"]))
    return {**collection_of(collection), "field_id": collection.field_id(inputs["name"])}


def _open_field(inputs: Any) -> Outputs:
    key = ItemKey(octets(inputs["item_id"]), inputs["version"], octets(inputs["item_key"]))
    names = CollectionKey(bytes(16), "", 0, 0, bytes(32), octets(inputs["names"]))
    field_id = names.field_id(inputs["name"])
    value = open_field(key, field_id, octets(inputs["blob"]))
    return {"field_id": field_id, "field_key": key.field_key(field_id), "value": value}


def _open_item(inputs: Any) -> Outputs:
    sealed = inputs["sealed"]
    item = open_item(
        _collection(inputs["collection"]),
        SealedItem(
            octets(sealed["item_id"]),
            sealed["version"],
            octets(sealed["key"]),
            _blobs(sealed["fields"]),
        ),
        _blobs(inputs["hashes"]),
        key_hash=octets(inputs["key_hash"]),
    )
    return {"kind": item.kind, "label": item.label, "rows": item.rows, "fields": dict(item.fields)}


def _open_grant_key(inputs: Any) -> Outputs:
    key = open_grant_key(
        OpeningKey(octets(inputs["seed"])),
        octets(inputs["grant_id"]),
        list(map(octets, inputs["shares"])),
        _commitment(inputs["commitment"]),
        partner=inputs["partner"],
        owner_kid=octets(inputs["owner_kid"]),
    )
    return {"key": key.key}


def _find_grant_key(inputs: Any) -> Outputs:
    roots, grant_id = map(_root, inputs["roots"]), octets(inputs["grant_id"])
    commitment = _commitment(inputs["commitment"])
    return {"key": find_grant_key(roots, grant_id, inputs["version"], commitment).key}


def _open_granted(inputs: Any) -> Outputs:
    key = GrantKey(octets(inputs["grant_id"]), octets(inputs["grant_key"]))
    envelope = open_envelope(key, octets(inputs["item_id"]), inputs["version"], octets(inputs["blob"]))
    values = open_granted(envelope, _blobs(inputs["fields"]))
    return {"envelope": envelope_of(envelope), "values": values}


def _open_blob(inputs: Any) -> Outputs:
    reference, blob = read_blob_reference(octets(inputs["reference"])), octets(inputs["blob"])
    target = BytesIO()
    open_blob(reference, BytesIO(blob), target)
    reader = BlobReader(reference, BytesIO(blob))
    return {
        "blob_id": reference.blob_id,
        "key": reference.key,
        "size": reference.size,
        "sha256": reference.sha256,
        "media_type": reference.media_type,
        "name": reference.name,
        "value": target.getvalue(),
        "ranges": [reader.read(start, size) for start, size in inputs["ranges"]],
    }


def _seal_parts(inputs: Any) -> Outputs:
    blob_id, key, value = (octets(inputs[name]) for name in ("blob_id", "key", "value"))
    with TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        path.write_bytes(value)
        plan = BlobPlan(blob_id, key, outline_of(path))
        parts = list(seal_parts(plan, path, inputs["part_bytes"]))
    return {"parts": [sha256(part).digest() for part in parts], "blob": b"".join(parts)}


OPERATIONS: Mapping[str, Callable[[Any], Outputs]] = {
    "context": _context,
    "kdf": _kdf,
    "unpad": _unpad,
    "unseal": _unseal,
    "hunseal": _hunseal,
    "locker_device": _locker(lambda inputs: device_locker(octets(inputs["secret"]))),
    "locker_passkey": _locker(_passkey),
    "locker_password": _locker(_password),
    "locker_recovery": _locker(_recovery),
    "locker_guardians": _guardians,
    "open_letter": _open_letter,
    "join": _join,
    "open_root": _open_root,
    "open_older_roots": _open_older_roots,
    "open_named_secret": _open_named_secret,
    "identity": _identity,
    "open_collection": _open_collection,
    "open_field": _open_field,
    "open_item": _open_item,
    "open_grant_key": _open_grant_key,
    "find_grant_key": _find_grant_key,
    "open_granted": _open_granted,
    "open_blob": _open_blob,
    "seal_parts": _seal_parts,
}


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.json")), ids=lambda path: path.stem)
def test_this_sdk_does_what_the_vector_says(path: Path) -> None:
    scenario = json.loads(path.read_text())
    operation = OPERATIONS[scenario["operation"]]
    if scenario["expect"] == "ok":
        assert written(operation(scenario["inputs"])) == scenario["outputs"]
    else:
        with pytest.raises(SealError):
            operation(scenario["inputs"])


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.json")), ids=lambda path: path.stem)
def test_the_pages_followed_to_the_letter_do_what_the_vector_says(path: Path) -> None:
    scenario = json.loads(path.read_text())
    operation = pages.OPERATIONS[scenario["operation"]]
    if scenario["expect"] == "ok":
        assert written(operation(scenario["inputs"])) == scenario["outputs"]
    else:
        with pytest.raises((pages.Refused, ValueError, KeyError, InvalidTag)):
            operation(scenario["inputs"])


def test_building_the_vectors_again_makes_no_difference(tmp_path: Path) -> None:
    build(tmp_path)
    built = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert built == {path.name: path.read_bytes() for path in FOLDER.glob("*.json")}
    assert len(built) > 100


def test_every_operation_has_a_vector_that_succeeds_and_one_that_is_refused() -> None:
    seen: dict[str, set[str]] = {}
    for path in FOLDER.glob("*.json"):
        scenario = json.loads(path.read_text())
        seen.setdefault(scenario["operation"], set()).add(scenario["expect"])
    assert set(seen) == set(OPERATIONS)
    never_refused = {"context", "kdf", "locker_device", "locker_passkey", "locker_recovery", "seal_parts"}
    for operation in set(OPERATIONS) - never_refused:
        assert seen[operation] == {"ok", "refused"}, operation


def test_the_examples_on_the_specification_pages_are_vectors() -> None:
    for page in PAGES:
        assert with_examples(page.read_text()) == page.read_text(), page.name
        assert page.read_text().count("<!-- example: ") > 0, page.name
