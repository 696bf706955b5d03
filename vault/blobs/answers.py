"""What the routes of blobs answer (docs/spec/http.md)."""

from typing import Annotated

from pydantic import Field

from vault.shown import Count, Hash, Id, Shown


class BlobPart(Shown):
    """A part as it is kept."""

    part: Count
    size: Count
    hash: Hash


class Blob(Shown):
    """A blob: ``size`` is 0 and ``finished`` null while parts may come."""

    blob: Id
    size: Count
    finished: Annotated[str | None, Field(examples=["2027-03-14T09:26:53Z"])]
    part_bytes: Annotated[int, Field(description="bytes of every part but the last", examples=[8_388_608])]


class BlobParts(Blob):
    """A blob and its parts."""

    parts: list[BlobPart]
