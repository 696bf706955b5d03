"""Contexts, key derivation, padding, seal and hseal."""

from collections.abc import Iterator
from inspect import signature
from typing import Any

from planetvault.sealing import contexts
from planetvault.sealing.hseal import OpeningKey
from planetvault.sealing.padding import pad
from planetvault.sealing.seal import kdf

from tests.sdk.sealing.twin.fixed_sealer import FixedSealer
from tests.vectors.sealing_scenarios.scenario import Scenario, flipped

FRESH = FixedSealer("sealing primitives")
PLACE = contexts.field_value(bytes(range(16)), bytes(range(16, 32)), 3)

SAMPLES: dict[str, Any] = {
    "partner": "radio.example",
    "generation": 2,
    "version": 3,
    "index": 1,
    "count": 3,
    "passes": 3,
    "memory_kib": 65_536,
    "salt": bytes(range(100, 116)),
    "source": "netease",
    "name": "rules",
    "key": b"play/2027-02",
}


def primitives() -> Iterator[Scenario]:
    """Every scenario of this theme."""
    yield from _contexts()
    yield from _paddings()
    yield from _seals()
    yield from _hseals()
    key = FRESH.random(32)
    outputs = {"derived": kdf(key, contexts.wrap_collections())}
    yield Scenario(
        "kdf", "Derive a key.", "kdf", {"key": key, "context": contexts.wrap_collections()}, outputs
    )


def labels() -> dict[str, Any]:
    """Every function of ``contexts`` that makes one, by name."""
    return {
        name: function
        for name, function in vars(contexts).items()
        if getattr(function, "__module__", "") == contexts.__name__ and not name.startswith("_")
    }


def sample_parts(function: Any) -> dict[str, Any]:
    """Arguments for such a function, each part different from the others."""
    return {name: _sample(name, place) for place, name in enumerate(signature(function).parameters)}


def _sample(name: str, place: int) -> Any:
    size = 32 if name.endswith("_kid") else 16
    return SAMPLES.get(name, bytes(range(size * place, size * (place + 1))))


def _contexts() -> Iterator[Scenario]:
    for name, function in labels().items():
        parts = sample_parts(function)
        label = name.replace("_", "-")
        inputs = {"label": label, "parts": list(parts.values())}
        kinds = ["bytes" if isinstance(part, bytes) else type(part).__name__ for part in parts.values()]
        yield Scenario(
            f"context_{name}",
            f"The context with the label {label}.",
            "context",
            {**inputs, "kinds": kinds},
            {"context": function(**parts)},
        )


def _paddings() -> Iterator[Scenario]:
    for size in (0, 1, 28, 29, 252, 253, 300, 1000, 4096):
        value = bytes(octet % 251 for octet in range(size))
        what = f"A value of {size} bytes, padded."
        yield Scenario(f"pad_{size}", what, "unpad", {"padded": pad(value)}, {"value": value})
    bad = {
        "pad_nothing": ("No bytes are not a padded value.", b""),
        "pad_filling": ("The filling is zeros alone.", pad(b"value")[:-1] + b"\1"),
        "pad_too_long": (
            "A value is padded to the next size and no further.",
            pad(b"value").ljust(64, b"\0"),
        ),
        "pad_too_short": ("A length beyond the end is refused.", b"\0\0\0\x1d" + bytes(28)),
        "pad_unpadded": ("The size must be one of ours.", b"\0\0\0\1x"),
    }
    for name, (what, padded) in bad.items():
        yield Scenario(name, what, "unpad", {"padded": padded})


def _seals() -> Iterator[Scenario]:
    key = FRESH.random(32)
    for size in (0, 5, 16_383, 16_384, 16_385):
        plaintext = (b"small" * 4000)[:size]
        blob = FRESH.seal(key, PLACE, plaintext)
        inputs = {"key": key, "context": PLACE, "blob": blob}
        yield Scenario(f"seal_{size}", f"{size} bytes, sealed.", "unseal", inputs, {"plaintext": plaintext})
    blob = FRESH.seal(key, PLACE, b"small")
    elsewhere = contexts.field_value(bytes(range(16)), bytes(range(16, 32)), 4)
    yield from _refused(
        "unseal",
        {"key": key, "context": PLACE, "blob": blob},
        {
            "seal_empty": ("No bytes are not a blob.", {"blob": b""}),
            "seal_version_0": ("Version 0 does not exist.", {"blob": b"\0" + blob[1:]}),
            "seal_version_2": ("Version 2 does not exist.", {"blob": b"\2" + blob[1:]}),
            "seal_without_version": ("A blob starts with its version.", {"blob": blob[1:]}),
            "seal_other_salt": ("One bit of the salt.", {"blob": flipped(blob, 1)}),
            "seal_other_commitment": ("One bit of the commitment.", {"blob": flipped(blob, 25)}),
            "seal_other_ciphertext": ("One bit of the ciphertext.", {"blob": flipped(blob, 57)}),
            "seal_other_tag": ("One bit of the tag.", {"blob": flipped(blob, len(blob) - 1)}),
            "seal_cut": ("One byte less.", {"blob": blob[:-1]}),
            "seal_extended": ("One byte more.", {"blob": blob + b"\0"}),
            "seal_other_key": ("Another key.", {"key": flipped(key, 0)}),
            "seal_other_context": ("Another version of the same field.", {"context": elsewhere}),
        },
    )


def _hseals() -> Iterator[Scenario]:
    key, plaintext = OpeningKey(FRESH.random(32)), FRESH.random(32)
    place = contexts.root_for_locker(bytes(range(16)), 2, key.kid)
    blob = FRESH.hseal(key.public, place, plaintext)
    inputs = {"seed": key.seed(), "context": place, "blob": blob}
    outputs = {"public": key.public, "kid": key.kid, "plaintext": plaintext}
    yield Scenario("hseal", "A key, sealed to a public key.", "hunseal", inputs, outputs)
    yield from _refused(
        "hunseal",
        inputs,
        {
            "hseal_version_2": ("Version 2 does not exist.", {"blob": b"\2" + blob[1:]}),
            "hseal_other_ml_kem": ("One bit of the ML-KEM ciphertext.", {"blob": flipped(blob, 1)}),
            "hseal_other_x25519": ("One bit of the X25519 share.", {"blob": flipped(blob, 1089)}),
            "hseal_x25519_zero": (
                "An X25519 share of small order.",
                {"blob": blob[:1089] + bytes(32) + blob[1121:]},
            ),
            "hseal_other_ciphertext": ("One bit of the ciphertext.", {"blob": flipped(blob, 1121)}),
            "hseal_cut": ("One byte less.", {"blob": blob[:-1]}),
            "hseal_other_context": ("Another context.", {"context": place + b"\0"}),
            "hseal_other_key": ("Another key.", {"seed": flipped(key.seed(), 0)}),
        },
    )


def _refused(
    operation: str, inputs: dict[str, Any], cases: dict[str, tuple[str, dict[str, Any]]]
) -> Iterator[Scenario]:
    for name, (what, changed) in cases.items():
        yield Scenario(name, what, operation, {**inputs, **changed})
