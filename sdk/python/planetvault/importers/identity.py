"""Names for rows that only their owner's devices can compute.

The same row imported twice gets the same id, so it cannot be stored or sold
twice. The id is keyed with a secret of the owner: nobody can guess a row from
its id, nor see that two owners have the same one.

    id = provider ":" hex(first 16 bytes of
         HMAC-SHA256(owner_secret, provider ‖ 00 ‖ format ‖ 00 ‖ native key))

HMAC is RFC 2104. The parts of a native key are joined with 00 as well; no part
may hold one, so that two different rows never make the same bytes.
"""

from hmac import digest

from planetvault.importers.errors import RowError, SkipReason

OWNER_SECRET_BYTES = 32
NAME_BYTES = 16


class Identity:
    """Makes the ids of one provider's rows for one owner. Its ``repr`` shows no secret."""

    __slots__ = ("_owner_secret", "provider")

    def __init__(self, owner_secret: bytes, provider: str) -> None:
        if len(owner_secret) != OWNER_SECRET_BYTES:
            raise ValueError("an owner secret has 32 bytes")
        self._owner_secret = owner_secret
        self.provider = provider

    def record_id(self, layout: str, *native_key: str) -> str:
        """The id of a row: ``layout`` is the format's name, ``native_key`` what tells rows apart.

        Raises:
            RowError: when a part of the key is not text.
        """
        return f"{self.provider}:{self._name(layout, native_key)}"

    def basket(self, order_number: str) -> str:
        """32 hex digits that the rows of one order share, in place of its number.

        Raises:
            RowError: when the number is missing or not text.
        """
        if not order_number:
            raise RowError(SkipReason.NO_IDENTITY)
        return self._name("basket", (order_number,))

    def _name(self, layout: str, native_key: tuple[str, ...]) -> str:
        if any("\0" in part for part in native_key):
            raise RowError(SkipReason.NOT_TEXT)
        try:
            message = "\0".join((self.provider, layout, *native_key)).encode()
        except UnicodeEncodeError as error:
            raise RowError(SkipReason.NOT_TEXT) from error
        return digest(self._owner_secret, message, "sha256")[:NAME_BYTES].hex()

    def __repr__(self) -> str:
        return f"Identity({self.provider})"
