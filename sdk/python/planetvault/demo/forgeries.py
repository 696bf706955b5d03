"""What a liar would hand to a stranger, made from a real proof: each must be refused."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from anchor.errors import AnchorError
from anchor.keys import SigningKey
from anchor.records.proof import read_proof, write_proof
from anchor.records.signed import sign, unverified
from anchor.records.trust import Trust
from anchor.records.usage import Receipt
from anchor.verify import verify


@dataclass(frozen=True, slots=True)
class Refused:
    """A forgery, and the words it was refused with."""

    what: str
    why: str


def refused(proof: bytes, trust: Trust) -> list[Refused]:
    """Try each forgery; raises ``AssertionError`` if one of them passes."""
    return [_try(what, forgery, trust) for what, forgery in _forgeries(proof)]


def _forgeries(proof: bytes) -> Iterator[tuple[str, bytes]]:
    middle = len(proof) // 2
    yield "one bit altered", proof[:middle] + bytes([proof[middle] ^ 1]) + proof[middle + 1 :]
    yield "a cheaper receipt, signed by the forger", _forged(proof)


def _forged(proof: bytes) -> bytes:
    parts = read_proof(proof)
    receipt = unverified(parts.materials.receipt.encode(), Receipt)
    cheaper = sign(replace(receipt, price=receipt.price // 2), SigningKey.generate())
    inclusion = parts.inclusion
    return bytes(
        write_proof(
            replace(parts.materials, receipt=cheaper.text),
            index=inclusion.index,
            path=inclusion.path,
            checkpoint=inclusion.checkpoint,
        )
    )


def _try(what: str, forgery: bytes, trust: Trust) -> Refused:
    try:
        verify(forgery, trust)
    except AnchorError as error:
        return Refused(what, f"{type(error).__name__}: {error}")
    raise AssertionError(f"{what}: this was accepted")
