"""Small things an owner keeps sealed under a name, such as her rules: under the root of the generation.

To read, the roots of all generations are tried: what was written before a device was removed, that
device can still open, so it is written anew at the next change.
"""

from collections.abc import Iterable

from planetvault.sealing import contexts
from planetvault.sealing.errors import OpenError
from planetvault.sealing.padding import pad, unpad
from planetvault.sealing.seal import kdf, unseal
from planetvault.sealing.sealer import FRESH, Sealer
from planetvault.sealing.tree import AccountRoot


def seal_named_secret(root: AccountRoot, name: str, plaintext: bytes, sealer: Sealer = FRESH) -> bytes:
    """Seal some bytes for this name, under the newest root."""
    place = contexts.named_secret(root.account_id, root.generation, name)
    return sealer.seal(kdf(root.key, contexts.wrap_secrets()), place, pad(plaintext))


def open_named_secret(roots: Iterable[AccountRoot], name: str, blob: bytes) -> bytes:
    """Open what was sealed for this name, with whichever root it is sealed under.

    Raises:
        OpenError: whatever the reason.
    """
    for root in roots:
        place = contexts.named_secret(root.account_id, root.generation, name)
        try:
            return unpad(unseal(kdf(root.key, contexts.wrap_secrets()), place, blob))
        except OpenError:
            continue
    raise OpenError
