"""A COSE receipt (RFC 9942): inclusion in a tree of RFC 9162, under a signature over its root.

::

    18([ << {1: -19, 4: kid, 395: 1} >>, {396: {-1: [ << [size, index, [hash, …]] >> ]}}, null, signature ])

The payload, the root, is detached: whoever checks computes it from the entry. The log's key signs it,
so only the log makes these; what it signs begins with a byte that no checkpoint begins with.
"""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from anchor.errors import FormatError
from anchor.exports.included import Included
from anchor.note import NoteKey

Value: TypeAlias = "int | bytes | str | Sequence[Value] | Mapping[int, Value] | None"
ALGORITHM, KEY_ID, TREE, PROOFS = 1, 4, 395, 396
ED25519, RFC9162_SHA256, INCLUSION = -19, 1, -1
"""Ed25519 alone (RFC 9864), not the EdDSA that may be anything."""
SIGN1_TAG = b"\xd2"


def to_cose(included: Included, key: NoteKey) -> bytes:
    """The receipt, signed by the log.

    Raises:
        FormatError: the log has one entry: RFC 9942 has no form for a path without hashes.
    """
    if not included.path:
        raise FormatError("a COSE receipt has no form for a log of one entry")
    protected = write_cbor({ALGORITHM: ED25519, KEY_ID: key.key.kid, TREE: RFC9162_SHA256})
    proof = write_cbor([included.size, included.index, list(included.path)])
    signature = key.key.sign(write_cbor(["Signature1", protected, b"", included.root]))
    return SIGN1_TAG + write_cbor([protected, {PROOFS: {INCLUSION: [proof]}}, None, signature])


def write_cbor(value: Value) -> bytes:
    """The few shapes needed here in CBOR, shortest form (RFC 8949 §4.2.1)."""
    match value:
        case None:
            return b"\xf6"
        case int():
            return _head(0, value) if value >= 0 else _head(1, -1 - value)
        case bytes():
            return _head(2, len(value)) + value
        case str():
            return _head(3, len(value.encode())) + value.encode()
        case Mapping():
            pairs = sorted((write_cbor(name), write_cbor(inner)) for name, inner in value.items())
            return _head(5, len(pairs)) + b"".join(name + inner for name, inner in pairs)
        case _:
            return _head(4, len(value)) + b"".join(map(write_cbor, value))


def _head(major: int, number: int) -> bytes:
    if number < 24:  # noqa: PLR2004 - what fits into the first byte
        return bytes([major << 5 | number])
    size = next(size for size in (1, 2, 4, 8) if number < 256**size)
    return bytes([major << 5 | 24 + size.bit_length() - 1]) + number.to_bytes(size)
