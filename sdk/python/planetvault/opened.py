"""What a use opened: columns and rows, with the receipt that was paid for them.

::

    opened = partner.use(grant, items, "dpv:ResearchAndDevelopment")
    opened.columns["name"]       # ['Blue in Green', 'So What', …] over all items
    for row in opened.rows():    # {'name': 'Blue in Green', 'played_ms': 337000, …}
        ...
    opened.items[0].columns      # which item a value came from is kept, too
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any

from anchor.encoding import from_base64url
from anchor.errors import FormatError
from anchor.records.consent import Grant
from anchor.records.signed import Signed
from anchor.records.usage import Receipt, sealed_hash
from planetvault.answers import Fields
from planetvault.columns import Columns, read_column, rows_of
from planetvault.errors import AnswerSwapped
from planetvault.sealing.blob import BlobReference, read_blob_reference
from planetvault.sealing.envelope import open_envelope, open_granted
from planetvault.sealing.errors import OpenError
from planetvault.sealing.grant_key import GrantKey, GrantKeyCommitment, open_grant_key
from planetvault.sealing.hseal import OpeningKey

FILE, CONTENT = "document.file", "content"
"""The kind of a file's item, and the column that refers to its bytes."""


@dataclass(frozen=True, slots=True)
class OpenedItem:
    """One item as far as the grant reaches. ``columns`` are aligned: row 3 is the fourth of each."""

    item: bytes
    version: int
    kind: str
    sealed_at: datetime
    columns: Columns = field(repr=False)

    def rows(self) -> Iterator[dict[str, Any]]:
        """The same, row by row."""
        return rows_of(self.columns)


@dataclass(frozen=True, slots=True)
class OpenedFile:
    """A file that a use opened; ``Partner.get_blob`` fetches its bytes, for a day. ``size`` is in bytes.

    The name is the owner's own: never a path to write to.
    """

    receipt: Signed[Receipt]
    item: bytes
    name: str
    media_type: str
    size: int
    reference: BlobReference = field(repr=False)


@dataclass(frozen=True, slots=True)
class Opened:
    """What one use opened, in the order the items were named in the use, and its receipt."""

    receipt: Signed[Receipt]
    items: tuple[OpenedItem, ...]

    @property
    def files(self) -> list[OpenedFile]:
        """The files among it whose content was granted.

        Raises:
            AnswerSwapped: if what should refer to one refers to nothing.
        """
        found = (item for item in self.items if item.kind == FILE and CONTENT in item.columns)
        return [_file(self.receipt, item) for item in found]

    @property
    def columns(self) -> Columns:
        """Each column over all items; where an item lacks one, None keeps the rows aligned."""
        names = dict.fromkeys(name for item in self.items for name in item.columns)
        return {name: [value for item in self.items for value in _column(item, name)] for name in names}

    def rows(self) -> Iterator[dict[str, Any]]:
        """Every row of every item."""
        for item in self.items:
            yield from item.rows()


def _file(receipt: Signed[Receipt], item: OpenedItem) -> OpenedFile:
    try:
        (content,) = item.columns[CONTENT]
        one = read_blob_reference(from_base64url(content))
    except (OpenError, FormatError, ValueError, TypeError) as error:
        raise AnswerSwapped("a file refers to no bytes", receipt.raw) from error
    return OpenedFile(receipt, item.item, one.name, one.media_type, one.size, one)


def _column(item: OpenedItem, name: str) -> list[Any]:
    length = len(next(iter(item.columns.values()), []))
    return item.columns.get(name, [None] * length)


def commitment_of(grant: Grant) -> GrantKeyCommitment:
    """What a grant says about its key."""
    return GrantKeyCommitment(tuple(holder.commitment for holder in grant.holders), grant.key_commitment)


def open_key(opener: OpeningKey, grant: Signed[Grant], shares: list[bytes]) -> GrantKey:
    """The grant's key from the shares of its holders.

    Raises:
        AnswerSwapped: if they are not those the owner committed to.
    """
    terms = grant.record
    try:
        return open_grant_key(
            opener,
            terms.id,
            shares,
            commitment_of(terms),
            partner=terms.partner,
            owner_kid=grant.kid,
        )
    except OpenError as error:
        raise AnswerSwapped("the shares are not those the owner committed to", grant.raw) from error


def open_items(key: GrantKey, receipt: Signed[Receipt], answered: list[Fields]) -> tuple[OpenedItem, ...]:
    """The items of an answer, each checked against the receipt and against the owner's envelope.

    Raises:
        AnswerSwapped: if one is not what the receipt says was opened, or not what the owner sealed.
    """
    if len(answered) != len(receipt.record.opened):
        raise AnswerSwapped("the receipt names other items than came", receipt.raw)
    pairs = zip(receipt.record.opened, answered, strict=True)
    return tuple(_open_item(key, said.item, said.version, said.sealed, came, receipt) for said, came in pairs)


def _open_item(
    key: GrantKey, item: bytes, version: int, sealed: bytes, came: Fields, receipt: Signed[Receipt]
) -> OpenedItem:
    fields = came.sealed_by_id("fields")
    hashes = {name: sha256(blob).digest() for name, blob in fields.items()}
    if (came.identifier("item"), came.integer("version"), sealed_hash(hashes)) != (item, version, sealed):
        raise AnswerSwapped("the receipt names another version, or other bytes, than came", receipt.raw)
    try:
        envelope = open_envelope(key, item, version, came.sealed("envelope"))
        columns = {name: read_column(value) for name, value in open_granted(envelope, fields).items()}
    except (OpenError, ValueError) as error:
        raise AnswerSwapped("an item is not what its owner sealed", receipt.raw) from error
    if len({len(values) for values in columns.values()}) > 1:
        raise AnswerSwapped("the columns of an item are not aligned", receipt.raw)
    return OpenedItem(item, version, envelope.kind, envelope.sealed_at, columns)
