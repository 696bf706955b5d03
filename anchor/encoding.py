"""Bytes as text: the one place where base64 is read and written.

Records use base64url without padding (RFC 4648 §5), notes and proofs use plain
base64 (§4). Both are read canonically: a text that decodes but would not be
written that way is refused, so that no two files mean the same thing.
"""

from base64 import b64decode, b64encode, urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error

from anchor.errors import FormatError


def to_base64url(value: bytes) -> str:
    """Write base64url without padding."""
    return urlsafe_b64encode(value).rstrip(b"=").decode("ascii")


def from_base64url(text: str) -> bytes:
    """Read canonical base64url without padding.

    Raises:
        FormatError: for any text that ``to_base64url`` would not have written.
    """
    try:
        value = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (Base64Error, ValueError) as error:
        raise FormatError("not base64url") from error
    if to_base64url(value) != text:
        raise FormatError("base64url is not in its canonical form")
    return value


def to_base64(value: bytes) -> str:
    """Write padded base64."""
    return b64encode(value).decode("ascii")


def from_base64(text: str) -> bytes:
    """Read canonical padded base64.

    Raises:
        FormatError: for any text that ``to_base64`` would not have written.
    """
    try:
        value = b64decode(text, validate=True)
    except (Base64Error, ValueError) as error:
        raise FormatError("not base64") from error
    if to_base64(value) != text:
        raise FormatError("base64 is not in its canonical form")
    return value
