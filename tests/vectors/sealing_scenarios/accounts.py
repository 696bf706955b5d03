"""Lockers and the upper half of the key tree."""

from collections.abc import Iterator
from typing import Any

from planetvault.sealing.lockers import (
    Locker,
    LockerKind,
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
    identity_of,
    new_collection,
    new_root,
    next_root,
    renew_collection,
    seal_collection,
    seal_older_roots,
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
    yield from _identities(root)
    yield from _generations(root)


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
        "root_mac": locker.root_mac(inputs["account_id"], inputs["root_kid"]),
    }
    if locker.kind is LockerKind.DEVICE:  # long, and made the same way for each
        outputs["sealing_key"] = locker.opening.public
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
    root_mac = locker.root_mac(ACCOUNT, locker.kid)
    inputs = {
        "secret": locker.secret(),
        "account_id": ACCOUNT,
        "root_kid": locker.kid,
        "generation": 0,
        "commitment": root.commitment(),
        "blob": blob,
        "root_mac": root_mac,
    }
    yield Scenario("root", "The account root key, sealed to a locker.", "open_root", inputs, root_of(root))
    planted = new_root(ACCOUNT, FRESH)
    blob = seal_root(planted, locker.kid, locker.opening.public, FRESH)
    stranger = device_locker(FRESH.random(32))
    made_up = {"blob": blob, "commitment": planted.commitment(), "root_kid": stranger.kid}
    other_root_mac = stranger.root_mac(ACCOUNT, stranger.kid)
    refused: dict[str, tuple[str, dict[str, Any]]] = {
        "root_planted": ("A key the account chain does not commit to.", {"blob": blob}),
        "root_made_up_account": (
            "A whole account made up around the locker's public keys.",
            {**made_up, "root_mac": other_root_mac},
        ),
        "root_other_generation": ("Another generation's place.", {"generation": 1}),
        "root_other_root_mac": ("One bit of the root MAC.", {"root_mac": flipped(root_mac, 0)}),
    }
    for name, (what, changed) in refused.items():
        yield Scenario(name, what, "open_root", {**inputs, **changed})


def _generations(root: AccountRoot) -> Iterator[Scenario]:
    roots = [root]
    for _ in range(2):
        roots.append(next_root(roots[-1], FRESH))
    *older, newest = roots
    inputs = {
        "newest": root_of(newest),
        "commitments": [root.commitment() for root in older],
        "blob": seal_older_roots(newest, older, FRESH),
    }
    outputs = {"roots": [root_of(root) for root in older]}
    what = "The roots of two earlier generations, sealed under the newest."
    yield Scenario("older_roots", what, "open_older_roots", inputs, outputs)
    uncommitted = {**inputs, "commitments": [older[0].commitment(), newest.commitment()]}
    what = "A root the account chain does not commit to."
    yield Scenario("older_roots_uncommitted", what, "open_older_roots", uncommitted)
    fewer = {**inputs, "commitments": [older[0].commitment()]}
    what = "More roots than the account chain has."
    yield Scenario("older_roots_uncounted", what, "open_older_roots", fewer)
    yield from _collections(older[0], newest)


def _identities(root: AccountRoot) -> Iterator[Scenario]:
    identity = identity_of(root)
    inputs: dict[str, Any] = {
        "root": root_of(root),
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
        "record_secret": identity.record_secret(),
    }
    what = "The identity secret, the key for a partner, the id of an imported item."
    yield Scenario("identity", what, "identity", inputs, outputs)
    later = {**inputs, "root": {**root_of(root), "generation": 1}}
    yield Scenario("identity_later_root", "It stands on the first root alone.", "identity", later)
    upper = {**inputs, "partner": "Radio.Example"}
    yield Scenario("identity_upper_case", "A partner is named in lower case.", "identity", upper)


def _collections(older: AccountRoot, newest: AccountRoot) -> Iterator[Scenario]:
    first = new_collection(older, "music.play", FRESH)
    renewed = renew_collection(newest, first, FRESH)
    for name, root, collection in (("collection", older, first), ("collection_renewed", newest, renewed)):
        inputs = {
            "roots": [root_of(newest), root_of(older)],
            "collection_id": collection.collection_id,
            "blob": seal_collection(root, collection, FRESH),
            "name": "artist",
        }
        outputs = {**collection_of(collection), "field_id": collection.field_id("artist")}
        what = f"A collection key, epoch {collection.epoch}, and the id of a field."
        yield Scenario(name, what, "open_collection", inputs, outputs)
    changed = {**inputs, "collection_id": first.collection_id}
    yield Scenario(
        "collection_other_id", "One collection in the place of another.", "open_collection", changed
    )
    removed = {**inputs, "roots": [root_of(older)]}
    what = "A removed device does not open what was renewed."
    yield Scenario("collection_removed_device", what, "open_collection", removed)
