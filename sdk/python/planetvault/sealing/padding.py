"""Padding, so that the length of a sealed value tells little about the value.

A padded plaintext is ``u32be(length) ‖ value ‖ zeros``, grown to 32, 64, 128 or
256 bytes and above that to the next Padmé size (Nikitin et al., "Reducing
Metadata Leakage from Encrypted Files and Communication with PURBs", PETS 2019):
at most 12 % more, and only O(log log n) bits of the length are left to see.
"""

from planetvault.sealing.errors import InputError, OpenError

VALUE_BYTES_MAX = 7 * 1024 * 1024  # larger things are blobs, sealed as a stream
LENGTH_BYTES = 4
SMALL_SIZES = (32, 64, 128, 256)


def padded_size(size: int) -> int:
    """The number of bytes that ``size`` bytes are grown to."""
    for small in SMALL_SIZES:
        if size <= small:
            return small
    exponent = size.bit_length() - 1
    mask = (1 << (exponent - exponent.bit_length())) - 1
    return (size + mask) & ~mask


def pad(value: bytes) -> bytes:
    """Prefix the length of ``value`` and fill up with zeros.

    Raises:
        InputError: if ``value`` is larger than ``VALUE_BYTES_MAX``.
    """
    if len(value) > VALUE_BYTES_MAX:
        raise InputError("a value has at most 7 MiB; seal larger things as a blob")
    framed = LENGTH_BYTES + len(value)
    return b"".join((len(value).to_bytes(LENGTH_BYTES), value, bytes(padded_size(framed) - framed)))


def unpad(padded: bytes) -> bytes:
    """Return the value inside, if it was padded exactly as ``pad`` would have.

    Raises:
        OpenError: for a wrong length, a wrong size or a filling other than zeros.
    """
    framed = LENGTH_BYTES + int.from_bytes(padded[:LENGTH_BYTES])
    if len(padded) < LENGTH_BYTES or len(padded) != padded_size(framed) or padded[framed:].strip(b"\0"):
        raise OpenError
    return padded[LENGTH_BYTES:framed]
