"""Who signs receipts and statements, and for what part of the price."""

from dataclasses import dataclass

from anchor.keys import SigningKey


@dataclass(frozen=True, slots=True)
class Issuer:
    """The vault as a signer: its origin, its key, its currency, and its fee in basis points."""

    origin: str
    key: SigningKey
    currency: str
    fee: int
