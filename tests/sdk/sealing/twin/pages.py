"""The specification pages, followed to the letter: vector inputs in, vector outputs out.

Written from docs/spec/sealing.md, keys.md, item.md and envelope.md without looking
at the SDK, on the second primitives. Any exception means "refuse". It is slow,
compares in variable time and is here only to show that the pages say enough.
"""

import unicodedata
from base64 import urlsafe_b64decode
from collections.abc import Callable, Iterator, Mapping
from functools import reduce
from hashlib import sha256
from hmac import digest
from typing import Any

from nacl.pwhash import argon2id
from nacl.signing import SigningKey

from tests.sdk.sealing.twin import cobblestone
from tests.sdk.sealing.twin.hkdf import expand
from tests.sdk.sealing.twin.hpke import Hpke
from tests.sdk.sealing.twin.xwing import public_of

octets = bytes.fromhex
Json = Mapping[str, Any]


class Refused(Exception):
    """A step of a page says "refuse"."""


def refuse_unless(condition: object) -> None:
    """As the pages say it."""
    if not condition:
        raise Refused


# -- Sealing ------------------------------------------------------------------------


def ctx(label: str, *parts: bytes | str | int) -> bytes:
    """Context."""
    whole = b"planetvault/v1/" + label.encode() + b"\0"
    for part in parts:
        part_octets = part.to_bytes(8) if isinstance(part, int) else part
        part_octets = part_octets.encode() if isinstance(part_octets, str) else part_octets
        whole += len(part_octets).to_bytes(2) + part_octets
    return whole


def kdf(key: bytes, context: bytes) -> bytes:
    """Kdf."""
    return expand("sha256", key, context, 32)


def unseal(key: bytes, context: bytes, blob: bytes) -> bytes:
    """seal, "To open"."""
    refuse_unless(len(blob) <= 8 << 20 and blob[:1] == b"\1" and len(blob) >= 73)
    return cobblestone.decrypt(key, context, blob[1:])


def hunseal(seed: bytes, context: bytes, blob: bytes) -> bytes:
    """hseal, "To open"."""
    refuse_unless(len(blob) <= 4096 and blob[:1] == b"\1")
    return Hpke().open(seed, context, blob[1:])


def padded_size(size: int) -> int:
    """Padding."""
    for small in (32, 64, 128, 256):
        if size <= small:
            return small
    e = size.bit_length() - 1
    multiple = 1 << e - e.bit_length()
    return -(-size // multiple) * multiple


def unpad(padded: bytes) -> bytes:
    """Padding, "To unpad"."""
    refuse_unless(len(padded) >= 4)
    end = 4 + int.from_bytes(padded[:4])
    refuse_unless(len(padded) == padded_size(end) and padded[end:] == bytes(len(padded) - end))
    return padded[4:end]


def parts_of(octets_left: bytes, kinds: Iterator[str]) -> Iterator[Any]:
    """Lists: yields one value for each kind, and refuses what is left when kinds end."""
    for kind in kinds:
        size = {"number": 8, "time": 8, "count": 2, "text": 2}.get(kind) or int(kind)
        value, octets_left = octets_left[:size], octets_left[size:]
        refuse_unless(len(value) == size)
        if kind == "text":
            length = int.from_bytes(value)
            refuse_unless(length <= 256 and length <= len(octets_left))
            text, octets_left = octets_left[:length], octets_left[length:]
            yield text.decode()
        elif kind in {"number", "time", "count"}:
            number = int.from_bytes(value)
            refuse_unless(number <= {"number": 2**53 - 1, "time": 253_402_300_799, "count": 256}[kind])
            yield number
        else:
            yield value
    refuse_unless(not octets_left)


def listed(content: bytes, start: list[str], each: list[str]) -> list[Any]:
    """A list that ends in a count and as many entries."""
    values: list[Any] = []

    def kinds() -> Iterator[str]:
        yield from [*start, "count"]
        for _ in range(values[len(start)]):
            yield from each

    for value in parts_of(content, kinds()):
        values.append(value)  # noqa: PERF402 - kinds() looks at what was read so far
    return values


# -- Keys -----------------------------------------------------------------------------


def locker(secret: bytes, account_id: bytes, root_kid: bytes) -> Json:
    """Lockers."""
    sign_public = bytes(SigningKey(kdf(secret, ctx("locker-sign"))).verify_key)
    mac_key = kdf(secret, ctx("locker-root"))
    return {
        "secret": secret,
        "kid": sha256(sign_public).digest(),
        "sign_public": sign_public,
        "root_mac": kdf(mac_key, ctx("root-mac", account_id, root_kid)),
    }


def _device(inputs: Json) -> Json:
    secret, account_id = octets(inputs["secret"]), octets(inputs["account_id"])
    sealing_key = public_of(kdf(secret, ctx("locker-open")))
    return {**locker(secret, account_id, octets(inputs["root_kid"])), "sealing_key": sealing_key}


def _locker(secret_of: Callable[[Json, bytes], bytes]) -> Callable[[Json], Json]:
    def operation(inputs: Json) -> Json:
        account_id = octets(inputs["account_id"])
        return locker(secret_of(inputs, account_id), account_id, octets(inputs["root_kid"]))

    return operation


def _password(inputs: Json, account_id: bytes) -> bytes:
    salt, passes, memory = octets(inputs["salt"]), inputs["passes"], inputs["memory_kib"]
    secret_key = octets(inputs["secret_key"])
    password = unicodedata.normalize("NFKC", inputs["password"]).encode()
    refuse_unless(len(salt) == 16 and 3 <= passes <= 16 and 65_536 <= memory <= 1_048_576)
    refuse_unless(len(secret_key) == 16 and 1 <= len(password) <= 1024)
    stretched = argon2id.kdf(32, password, salt, passes, memory * 1024)
    place = ctx("password-locker", account_id, salt, passes, memory)
    return kdf(sha256(stretched + secret_key).digest(), place)


def _recovery(inputs: Json, account_id: bytes) -> bytes:
    key = sha256(octets(inputs["entropy"])).digest()
    return kdf(key, ctx("recovery-locker", account_id))


def _guardians(inputs: Json) -> Json:
    """Guardians, "The locker"."""
    secret, half = octets(inputs["secret"]), octets(inputs["half"])
    account_id, root_kid = octets(inputs["account_id"]), octets(inputs["root_kid"])
    refuse_unless(len(secret) == 16 and len(half) == 32)
    mine = locker(
        kdf(sha256(secret + half).digest(), ctx("guardians-locker", account_id)), account_id, root_kid
    )
    asking = SigningKey(kdf(sha256(secret).digest(), ctx("guardians-asking")))
    return {**mine, "asking_public": bytes(asking.verify_key)}


def open_letter(inputs: Json) -> Json:
    """Guardians, "Shares". That the words are a share is SLIP-39's to say: twenty of them here."""
    seed, text = octets(inputs["seed"]), inputs["letter"]
    public = public_of(seed)
    refuse_unless(len(text) <= 4096 and text.startswith("planetvault-share:1:"))
    blob = urlsafe_b64decode(text.removeprefix("planetvault-share:1:") + "==")
    content = hunseal(seed, ctx("guardian-share", sha256(public).digest()), blob)
    vault, account_id, words = parts_of(content, iter(["text", "16", "text"]))
    refuse_unless(len(words.split()) == 20)
    digits = str(
        int.from_bytes(sha256(b"planetvault/guardian-number/v1\0" + public).digest()) % 10**25
    ).zfill(25)
    number = " ".join(digits[at : at + 5] for at in range(0, 25, 5))
    return {"vault": vault, "account_id": account_id, "words": words, "number": number}


def join(inputs: Json) -> Json:
    """Keys, "A device that another one lets in"."""
    offer, answer, nonce = (
        urlsafe_b64decode(inputs[name].split(":")[-1] + "==") for name in ("offer", "answer", "reveal")
    )
    keys, committed = offer[:1248], offer[1248:]
    refuse_unless(sha256(b"planetvault/joining-commitment/v1\0" + nonce + keys).digest() == committed)
    compared = sha256(b"planetvault/joining-digits/v1\0" + offer + answer + nonce).digest()
    digits = f"{int.from_bytes(compared) % 1_000_000:06}"
    return {"digits": digits, "sign_key": keys[:32], "sealing_key": keys[32:]}


def _passkey(inputs: Json, account_id: bytes) -> bytes:
    return kdf(octets(inputs["prf_output"]), ctx("passkey-locker", account_id))


def commitment(account_id: bytes, generation: int, key: bytes) -> bytes:
    """Account root key."""
    return sha256(ctx("root-commitment", account_id, generation) + key).digest()


def open_root(inputs: Json) -> Json:
    """Account root key, "To open an account"."""
    account_id, generation = octets(inputs["account_id"]), inputs["generation"]
    mine = locker(octets(inputs["secret"]), account_id, octets(inputs["root_kid"]))
    refuse_unless(mine["root_mac"] == octets(inputs["root_mac"]))
    seed = kdf(mine["secret"], ctx("locker-open"))
    place = ctx("root-for-locker", account_id, generation, mine["kid"])
    key = hunseal(seed, place, octets(inputs["blob"]))
    refuse_unless(len(key) == 32)
    refuse_unless(commitment(account_id, generation, key) == octets(inputs["commitment"]))
    return {"account_id": account_id, "generation": generation, "key": key}


def open_older_roots(inputs: Json) -> Json:
    """Older roots."""
    newest, commitments = inputs["newest"], inputs["commitments"]
    account_id, generation = octets(newest["account_id"]), newest["generation"]
    wrap = kdf(octets(newest["key"]), ctx("wrap-roots"))
    whole = unseal(wrap, ctx("older-roots", account_id, generation), octets(inputs["blob"]))
    refuse_unless(len(whole) == 32 * generation and len(commitments) == generation)
    keys = [whole[32 * g : 32 * g + 32] for g in range(generation)]
    for g, key in enumerate(keys):
        refuse_unless(commitment(account_id, g, key) == octets(commitments[g]))
    return {"roots": [{"account_id": account_id, "generation": g, "key": key} for g, key in enumerate(keys)]}


def open_named_secret(inputs: Json) -> Json:
    """Whichever root it is sealed under."""
    for root in inputs["roots"]:
        place = ctx("named-secret", octets(root["account_id"]), root["generation"], inputs["name"])
        try:
            wrap = kdf(octets(root["key"]), ctx("wrap-secrets"))
            return {"value": unpad(unseal(wrap, place, octets(inputs["blob"])))}
        except Exception:  # noqa: BLE001, S112 - the next generation
            continue
    raise Refused


def identity(inputs: Json) -> Json:
    """Identity."""
    refuse_unless(inputs["root"]["generation"] == 0)
    refuse_unless(inputs["partner"].isascii() and inputs["partner"] == inputs["partner"].lower())
    secret = kdf(octets(inputs["root"]["key"]), ctx("identity"))
    seed = kdf(secret, ctx("pairwise", inputs["partner"]))
    public = bytes(SigningKey(seed).verify_key)
    imports = kdf(secret, ctx("import-secret"))
    place = ctx("import-id", inputs["source"], octets(inputs["key"]))
    return {
        "secret": secret,
        "seed": seed,
        "sign_public": public,
        "kid": sha256(public).digest(),
        "import_id": digest(imports, place, "sha256")[:16],
        "record_secret": kdf(secret, ctx("record-secret")),
    }


def open_collection(inputs: Json) -> Json:
    """Collections, "To open"."""
    collection_id = octets(inputs["collection_id"])
    for root in inputs["roots"]:
        wrap = kdf(octets(root["key"]), ctx("wrap-collections"))
        place = ctx("collection", octets(root["account_id"]), root["generation"], collection_id)
        try:
            content = unpad(unseal(wrap, place, octets(inputs["blob"])))
        except Exception:  # noqa: BLE001, S112 - the next generation
            continue
        key, names, epoch, kind = parts_of(content, iter(["32", "32", "number", "text"]))
        return {
            "collection_id": collection_id,
            "kind": kind,
            "epoch": epoch,
            "generation": root["generation"],
            "key": key,
            "names": names,
            "field_id": field_id(names, inputs["name"]),
        }
    raise Refused


def field_id(names: bytes, name: str) -> bytes:
    """Collections."""
    return digest(names, name.encode(), "sha256")[:16]


# -- Item -----------------------------------------------------------------------------


def field_value(field_key: bytes, item_id: bytes, name: bytes, version: int, blob: bytes) -> bytes:
    """Item, Bytes: the ciphertext of a field."""
    return unpad(unseal(field_key, ctx("field-value", item_id, name, version), blob))


def open_field(inputs: Json) -> Json:
    """Item, Bytes: from a name to a value."""
    item_id, version = octets(inputs["item_id"]), inputs["version"]
    name = field_id(octets(inputs["names"]), inputs["name"])
    field_key = kdf(octets(inputs["item_key"]), ctx("field", item_id, name, version))
    value = field_value(field_key, item_id, name, version, octets(inputs["blob"]))
    return {"field_id": name, "field_key": field_key, "value": value}


def refuse_bad_names(names: list[str]) -> None:
    """Item step 5, Envelope step 2."""
    encoded = [name.encode() for name in names]
    refuse_unless(encoded == sorted(set(encoded)))
    refuse_unless(all(1 <= len(name) <= 128 and name[:1] != b"@" for name in encoded))


def open_item(inputs: Json) -> Json:
    """Item, Opening."""
    collection, sealed, hashes = inputs["collection"], inputs["sealed"], inputs["hashes"]
    refuse_unless(set(sealed["fields"]) == set(hashes))
    for name, blob in sealed["fields"].items():
        refuse_unless(sha256(octets(blob)).hexdigest() == hashes[name])
    refuse_unless(sha256(octets(sealed["key"])).hexdigest() == inputs["key_hash"])
    item_id, version, names = octets(sealed["item_id"]), sealed["version"], octets(collection["names"])
    place = ctx("item-key", octets(collection["collection_id"]), item_id, version)
    item_key = unseal(octets(collection["key"]), place, octets(sealed["key"]))
    refuse_unless(len(item_key) == 32)

    def value_of(name: str) -> bytes:
        name_id = field_id(names, name)
        blob = octets(sealed["fields"][name_id.hex()])
        key = kdf(item_key, ctx("field", item_id, name_id, version))
        return field_value(key, item_id, name_id, version, blob)

    kind, label, rows, _, *fields = listed(value_of("@head"), ["text", "text", "number"], ["text"])
    refuse_bad_names(fields)
    refuse_unless(kind == collection["kind"])
    expected = {field_id(names, name).hex() for name in ["@head", *fields]}
    refuse_unless(expected == set(sealed["fields"]))
    return {
        "kind": kind,
        "label": label,
        "rows": rows,
        "fields": {name: value_of(name) for name in fields},
    }


def open_blob(inputs: Json) -> Json:
    """Item, Blobs."""
    kinds = ["16", "32", "number", "32", "text", "text"]
    blob_id, key, size, hashed, media_type, name = parts_of(octets(inputs["reference"]), iter(kinds))
    blob = octets(inputs["blob"])
    refuse_unless(blob[:1] == b"\1")
    plain = cobblestone.decrypt(key, ctx("blob", blob_id), blob[1:])
    refuse_unless(len(plain) == padded_size(size) and plain[size:] == bytes(len(plain) - size))
    refuse_unless(sha256(blob).digest() == hashed)
    return {
        "blob_id": blob_id,
        "key": key,
        "size": size,
        "sha256": hashed,
        "media_type": media_type,
        "name": name,
        "value": plain[:size],
        "ranges": [plain[start : min(start + length, size)] for start, length in inputs["ranges"]],
    }


def seal_parts(inputs: Json) -> Json:
    """Item, Blobs: the same bytes each time."""
    blob_id, key, value = (octets(inputs[name]) for name in ("blob_id", "key", "value"))
    salt = digest(key, b"planetvault/blob-salt/v1\0" + sha256(value).digest(), "sha256")[:24]
    plain = value.ljust(padded_size(len(value)), b"\0")
    blob = b"\1" + cobblestone.encrypt(key, ctx("blob", blob_id), plain, salt)
    size = inputs["part_bytes"]
    return {
        "parts": [sha256(blob[at : at + size]).digest() for at in range(0, len(blob), size)],
        "blob": blob,
    }


# -- Envelope -------------------------------------------------------------------------


def key_commitment(grant_id: bytes, key: bytes) -> bytes:
    """Grant key."""
    return sha256(ctx("grant-key-commit", grant_id) + key).digest()


def find_grant_key(inputs: Json) -> Json:
    """Grant key, as the owner."""
    grant_id = octets(inputs["grant_id"])
    for root in inputs["roots"]:
        key = kdf(octets(root["key"]), ctx("grant", grant_id, inputs["version"]))
        if key_commitment(grant_id, key) == octets(inputs["commitment"]["key"]):
            return {"key": key}
    raise Refused


def open_grant_key(inputs: Json) -> Json:
    """Grant key, "To open, as the partner"."""
    grant_id, seed, shares = octets(inputs["grant_id"]), octets(inputs["seed"]), inputs["shares"]
    commitments = inputs["commitment"]["shares"]
    n = len(commitments)
    refuse_unless(1 <= n <= 8 and len(shares) == n)
    kids = sha256(public_of(seed)).digest(), octets(inputs["owner_kid"])
    opened = []
    for i, share in enumerate(shares):
        place = ctx("grant-key", grant_id, inputs["partner"], *kids, i, n)
        opened.append(hunseal(seed, place, octets(share)))
        refuse_unless(len(opened[i]) == 32)
        commit = sha256(ctx("share-commit", grant_id, i, n) + opened[i]).digest()
        refuse_unless(commit == octets(commitments[i]))
    key = reduce(lambda a, b: bytes(x ^ y for x, y in zip(a, b, strict=True)), opened)
    refuse_unless(key_commitment(grant_id, key) == octets(inputs["commitment"]["key"]))
    return {"key": key}


def open_granted(inputs: Json) -> Json:
    """Envelope, Opening."""
    item_id, version = octets(inputs["item_id"]), inputs["version"]
    place = ctx("envelope", octets(inputs["grant_id"]), item_id, version)
    content = unpad(unseal(octets(inputs["grant_key"]), place, octets(inputs["blob"])))
    inside, time, kind, count, *rest = listed(content, ["number", "time", "text"], ["text", "16", "32", "32"])
    fields = [rest[4 * i : 4 * i + 4] for i in range(count)]
    refuse_unless(inside == version and fields)
    refuse_bad_names([name for name, *_ in fields])
    refuse_unless(len({name_id for _, name_id, *_ in fields}) == len(fields))
    refuse_unless({name_id.hex() for _, name_id, *_ in fields} == set(inputs["fields"]))
    values = {}
    for name, name_id, key, hashed in fields:
        blob = octets(inputs["fields"][name_id.hex()])
        refuse_unless(sha256(blob).digest() == hashed)
        values[name] = field_value(key, item_id, name_id, version, blob)
    words = ("name", "field_id", "key", "sha256")
    envelope = {
        "item_id": item_id,
        "version": version,
        "sealed_at": time,
        "kind": kind,
        "fields": [dict(zip(words, entry, strict=True)) for entry in fields],
    }
    return {"envelope": envelope, "values": values}


def _context(inputs: Json) -> Json:
    read: dict[str, Callable[[Any], Any]] = {"bytes": octets, "str": str, "int": int}
    pairs = zip(inputs["kinds"], inputs["parts"], strict=True)
    return {"context": ctx(inputs["label"], *(read[kind](part) for kind, part in pairs))}


def _hunseal(inputs: Json) -> Json:
    seed = octets(inputs["seed"])
    public = public_of(seed)
    plaintext = hunseal(seed, octets(inputs["context"]), octets(inputs["blob"]))
    return {"public": public, "kid": sha256(public).digest(), "plaintext": plaintext}


def _unseal(inputs: Json) -> Json:
    key, context, blob = (octets(inputs[name]) for name in ("key", "context", "blob"))
    return {"plaintext": unseal(key, context, blob)}


OPERATIONS: Mapping[str, Callable[[Json], Json]] = {
    "context": _context,
    "kdf": lambda inputs: {"derived": kdf(octets(inputs["key"]), octets(inputs["context"]))},
    "unpad": lambda inputs: {"value": unpad(octets(inputs["padded"]))},
    "unseal": _unseal,
    "hunseal": _hunseal,
    "locker_device": _device,
    "locker_passkey": _locker(_passkey),
    "locker_password": _locker(_password),
    "locker_recovery": _locker(_recovery),
    "locker_guardians": _guardians,
    "open_letter": open_letter,
    "join": join,
    "open_root": open_root,
    "open_older_roots": open_older_roots,
    "open_named_secret": open_named_secret,
    "identity": identity,
    "open_collection": open_collection,
    "open_field": open_field,
    "open_item": open_item,
    "open_blob": open_blob,
    "seal_parts": seal_parts,
    "find_grant_key": find_grant_key,
    "open_grant_key": open_grant_key,
    "open_granted": open_granted,
}
