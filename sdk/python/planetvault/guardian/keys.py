"""The one key of a device that guards, or that asks guardians: made at first, and remembered."""

from planetvault.errors import MemoryFault
from planetvault.memory import Memory
from planetvault.sealing.hseal import OpeningKey
from planetvault.sealing.seal import KEY_BYTES
from planetvault.sealing.sealer import FRESH


def own_key(memory: Memory, name: str, what: str) -> OpeningKey:
    """The key that this memory keeps under ``name``, a new one if there was none.

    Raises:
        MemoryFault: it does not keep it; ``what`` says whose it would be.
    """
    if memory.get(name) is None:
        memory.put({name: FRESH.random(KEY_BYTES)}, expected={name: None})
    seed = memory.get(name)
    if seed is None:
        raise MemoryFault(f"this memory keeps no {what}")
    return OpeningKey(seed)
