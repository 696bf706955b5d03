"""Lockers and the upper half of the key tree."""

from collections.abc import Iterator
from typing import Any

from planetvault.sealing.lockers import (
    Locker,
    device_locker,
    passkey_locker,
    password_locker,
    recovery_locker,
    seal_root,
)
from planetvault.sealing.recovery_phrase import words_of
from planetvault.sealing.stretching import Stretching, new_stretching
from planetvault.sealing.tree import (
    AccountRoot,
    Identity,
    new_collection,
    new_identity,
    new_root,
    next_epoch,
    next_root,
    seal_collection,
    seal_identity,
    seal_previous_root,
)

from tests.sdk.sealing.twin.fixed_sealer import FixedSealer
from tests.vectors.sealing_scenarios.scenario import Scenario, collection_of, flipped, root_of

FRESH = FixedSealer("sealing accounts")
ACCOUNT = FRESH.random(16)


def accounts() -> Iterator[Scenario]:
    """Every scenario of this theme."""
    yield from _lockers()
    root = new_root(ACCOUNT, FRESH)
    yield from _roots(root)
    yield from _generations(root, next_root(root, FRESH))
    yield from _identities(root, new_identity(FRESH))
    yield from _collections(root)


def _lockers() -> Iterator[Scenario]:
    device = device_locker(FRESH.random(32))
    inputs: dict[str, Any] = {"account_id": ACCOUNT, "root_kid": device.kid}
    yield _locker("The locker of a device.", device, {**inputs, "secret": device.secret()})
    prf = FRESH.random(32)
    yield _locker("A passkey.", passkey_locker(prf, ACCOUNT), {**inputs, "prf_output": prf})
    entropy = FRESH.random(16)
    phrase = {"entropy": entropy, "phrase": words_of(entropy)}
    yield _locker("A recovery phrase.", recovery_locker(entropy, ACCOUNT), {**inputs, **phrase})
    yield from _passwords(inputs)


def _locker(what: str, locker: Locker, inputs: dict[str, Any]) -> Scenario:
    outputs = {
        "secret": locker.secret(),
        "kid": locker.kid,
        "sign_public": locker.signing.public,
        "opening_public": locker.opening.public,
        "voucher": locker.voucher(inputs["account_id"], inputs["root_kid"]),
    }
    return Scenario(f"locker_{locker.kind}", what, f"locker_{locker.kind}", inputs, outputs)


def _passwords(inputs: dict[str, Any]) -> Iterator[Scenario]:
    # Typed with a combining accent and a ligature: NFKC turns them into "é" and "fi".
    password, secret_key, stretching = "cafe\u0301 \ufb01le", FRESH.random(16), new_stretching(FRESH)
    inputs = {**inputs, "password": password, "secret_key": secret_key, **_cost(stretching)}
    locker = password_locker(password, secret_key, ACCOUNT, stretching)
    yield _locker("A password and a secret key.", locker, inputs)
    refused: dict[str, tuple[str, dict[str, Any]]] = {
        "passes_2": ("Fewer than 3 passes.", {"passes": 2}),
        "passes_17": ("More than 16 passes.", {"passes": 17}),
        "memory_8_mib": ("Less than 64 MiB.", {"memory_kib": 8192}),
        "memory_2_gib": ("More than 1 GiB.", {"memory_kib": 2_097_152}),
        "short_salt": ("A salt has 16 bytes.", {"salt": stretching.salt[:8]}),
        "short_secret_key": ("A secret key has 16 bytes.", {"secret_key": secret_key[:8]}),
        "empty": ("A password is not empty.", {"password": ""}),
    }
    for name, (what, changed) in refused.items():
        yield Scenario(f"locker_password_{name}", what, "locker_password", {**inputs, **changed})


def _cost(stretching: Stretching) -> dict[str, Any]:
    return {
        "salt": stretching.salt,
        "passes": stretching.passes,
        "memory_kib": stretching.memory_kib,
    }


def _roots(root: AccountRoot) -> Iterator[Scenario]:
    locker = device_locker(FRESH.random(32))
    blob = seal_root(root, locker.kid, locker.opening.public, FRESH)
    voucher = locker.voucher(ACCOUNT, locker.kid)
    inputs = {
        "secret": locker.secret(),
        "account_id": ACCOUNT,
        "root_kid": locker.kid,
        "generation": 0,
        "commitment": root.commitment(),
        "blob": blob,
        "voucher": voucher,
    }
    yield Scenario("root", "The account root key, sealed to a locker.", "open_root", inputs, root_of(root))
    planted = new_root(ACCOUNT, FRESH)
    blob = seal_root(planted, locker.kid, locker.opening.public, FRESH)
    stranger = device_locker(FRESH.random(32))
    made_up = {"blob": blob, "commitment": planted.commitment(), "root_kid": stranger.kid}
    other_voucher = stranger.voucher(ACCOUNT, stranger.kid)
    refused: dict[str, tuple[str, dict[str, Any]]] = {
        "root_planted": ("A key the account chain does not commit to.", {"blob": blob}),
        "root_made_up_account": (
            "A whole account made up around the locker's public keys.",
            {**made_up, "voucher": other_voucher},
        ),
        "root_other_generation": ("Another generation's place.", {"generation": 1}),
        "root_other_voucher": ("One bit of the voucher.", {"voucher": flipped(voucher, 0)}),
    }
    for name, (what, changed) in refused.items():
        yield Scenario(name, what, "open_root", {**inputs, **changed})


def _generations(older: AccountRoot, newer: AccountRoot) -> Iterator[Scenario]:
    blob = seal_previous_root(newer, older, FRESH)
    inputs = {"newer": root_of(newer), "commitment": older.commitment(), "blob": blob}
    yield Scenario(
        "previous_root",
        "The root of the generation before, sealed under the newest.",
        "open_previous_root",
        inputs,
        root_of(older),
    )
    changed = {**inputs, "commitment": newer.commitment()}
    what = "A key the account chain does not commit to."
    yield Scenario("previous_root_uncommitted", what, "open_previous_root", changed)


def _identities(root: AccountRoot, identity: Identity) -> Iterator[Scenario]:
    inputs = {
        "root": root_of(root),
        "blob": seal_identity(root, identity, FRESH),
        "partner": "radio.example",
        "source": "netease",
        "key": b"play/2027-02",
    }
    key = identity.signing_key_for("radio.example")
    outputs = {
        "secret": identity.secret,
        "seed": key.seed(),
        "sign_public": key.public,
        "kid": key.kid,
        "import_id": identity.import_id("netease", b"play/2027-02"),
    }
    what = "The identity secret, the key for a partner, the id of an imported item."
    yield Scenario("identity", what, "open_identity", inputs, outputs)
    other = {**root_of(root), "generation": 1}
    what = "An identity secret in the place of another generation."
    yield Scenario("identity_other_generation", what, "open_identity", {**inputs, "root": other})


def _collections(root: AccountRoot) -> Iterator[Scenario]:
    first = new_collection(root, "music.play", FRESH)
    for name, collection in (("collection", first), ("collection_next", next_epoch(root, first, FRESH))):
        inputs = {
            "root": root_of(root),
            "collection_id": collection.collection_id,
            "epoch": collection.epoch,
            "blob": seal_collection(root, collection, FRESH),
            "name": "artist",
        }
        outputs = {**collection_of(collection), "field_id": collection.field_id("artist")}
        what = f"A collection key, epoch {collection.epoch}, and the id of a field."
        yield Scenario(name, what, "open_collection", inputs, outputs)
    what = "The key of one epoch in the place of another."
    yield Scenario("collection_other_epoch", what, "open_collection", {**inputs, "epoch": 0})
