"""The proof that a domain is a partner's: what file or name say, and when they are looked at again. Pure.

docs/spec/domain-proof.md.
"""

from collections.abc import Iterable

from anchor.encoding import from_base64url, to_base64url
from anchor.errors import FormatError
from vault.errors import VaultError

PATH = "/.well-known/planetvault.txt"
FILE_BYTES_MAX = 4096
LABEL, TEXT = "_planetvault", b"planetvault-key="
"""Where the TXT records stand, below the domain, and what each begins with."""
FILE, DNS = "file", "dns"
FOUND = 200
MINUTE, DAY = 60, 86_400
PAUSES = (MINUTE, 10 * MINUTE, 3600)
"""Seconds until the next look, after the first looks that failed; from then on a day."""
FAILURES_MAX = 30
PROVED, LOST, UNPROVED = "proved", "lost", "unproved"
KID_BYTES = 32


class NotProved(VaultError):
    """Neither file nor name says that this key speaks for the domain."""

    code = "not-proved"


def verify_file(status: int, body: bytes, kid: bytes) -> None:
    """Return if this answer names the key.

    Raises:
        NotProved: with the reason, in a few words that hold nothing of the answer.
    """
    if status != FOUND:
        raise NotProved(f"the server answered {status}")
    if len(body) > FILE_BYTES_MAX:
        raise NotProved(f"the file has more than {FILE_BYTES_MAX} bytes")
    if kid not in _kids(body):
        raise NotProved("the file does not name the partner's newest key")


def verify_texts(texts: Iterable[bytes], kid: bytes) -> None:
    """Return if one of a name's TXT records names the key. Records of others are passed over.

    Raises:
        NotProved: if none does.
    """
    if TEXT + to_base64url(kid).encode() not in texts:
        raise NotProved("no TXT record names the partner's newest key")


def _kids(body: bytes) -> set[bytes]:
    try:
        lines = [line.strip() for line in body.decode("ascii").splitlines()]
        kids = {from_base64url(line) for line in lines if line and not line.startswith("#")}
    except (UnicodeDecodeError, FormatError):
        raise NotProved("the file has a line that is no kid") from None
    if any(len(kid) != KID_BYTES for kid in kids):
        raise NotProved("the file has a line that is no kid")
    return kids


def next_look(failures: int, now: int) -> int | None:
    """When to look again after so many looks in a row that failed; None if not before the partner asks."""
    if failures >= FAILURES_MAX:
        return None
    return now + (PAUSES[failures - 1] if 0 < failures <= len(PAUSES) else DAY)


def state_of(seen: int | None, failures: int) -> str:
    """Where a proof stands."""
    if seen is None:
        return UNPROVED
    return LOST if failures else PROVED
