"""Bytes as text: the one place where base64 is read and written.

Records use base64url without padding (RFC 4648 §5), notes and proofs use plain
base64 (§4). Both are read canonically: a text that decodes but would not be
written that way is refused, so that no two files mean the same thing.
"""

from binascii import Error as Base64Error
from binascii import a2b_base64, b2a_base64

from anchor.errors import FormatError

_TO_URL, _FROM_URL = bytes.maketrans(b"+/", b"-_"), bytes.maketrans(b"-_", b"+/")


def to_base64url(value: bytes) -> str:
    """Write base64url without padding."""
    return b2a_base64(value, newline=False).translate(_TO_URL).rstrip(b"=").decode("ascii")


def from_base64url(text: str) -> bytes:
    """Read canonical base64url without padding.

    Raises:
        FormatError: for any text that ``to_base64url`` would not have written.
    """
    try:
        value = a2b_base64(text.encode("ascii").translate(_FROM_URL) + b"=" * (-len(text) % 4))
    except (Base64Error, ValueError) as error:
        raise FormatError("not base64url") from error
    if to_base64url(value) != text:
        raise FormatError("base64url is not in its canonical form")
    return value


def to_base64(value: bytes) -> str:
    """Write padded base64."""
    return b2a_base64(value, newline=False).decode("ascii")


def from_base64(text: str) -> bytes:
    """Read canonical padded base64.

    Raises:
        FormatError: for any text that ``to_base64`` would not have written.
    """
    try:
        value = a2b_base64(text.encode("ascii"), strict_mode=True)
    except (Base64Error, ValueError) as error:
        raise FormatError("not base64") from error
    if to_base64(value) != text:
        raise FormatError("base64 is not in its canonical form")
    return value
