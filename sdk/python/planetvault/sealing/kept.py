"""What a client keeps on its own disk, sealed under a key that lives elsewhere."""

from planetvault.sealing import contexts
from planetvault.sealing.seal import seal, unseal


def seal_kept(key: bytes, name: str, value: bytes) -> bytes:
    """Seal a value that is kept under this name.

    Args:
        key: 32 bytes, of this memory alone.
        name: where it is kept; it opens there and nowhere else.
        value: any bytes.
    """
    return seal(key, contexts.memory(name), value)


def open_kept(key: bytes, name: str, blob: bytes) -> bytes:
    """What was sealed.

    Raises:
        OpenError: if it was sealed with another key, for another name, or changed.
    """
    return unseal(key, contexts.memory(name), blob)
