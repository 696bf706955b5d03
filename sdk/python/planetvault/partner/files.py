"""Files that a use opened: fetched sealed, in parts or ranges, and opened here.

::

    for file in partner.use(grant, partner.items(grant)).files:
        partner.get_blob(file, "letter.pdf")
        partner.read_blob(file, 0, 4096)

The vault hands the bytes out for a day after the use, while its grant stands (docs/spec/http.md, Blobs). A
download that broke off goes on where it was; no more than a part is in memory.
"""

from os import PathLike
from pathlib import Path

from anchor.encoding import to_base64url
from planetvault.errors import AnswerSwapped
from planetvault.fetching import Progress, fetch_file, read_range
from planetvault.opened import OpenedFile
from planetvault.partner.uses import PartnerUses
from planetvault.sealing.errors import OpenError
from planetvault.steps import Steps


class PartnerFiles(PartnerUses):
    """The bytes of files."""

    def get_blob(
        self, file: OpenedFile, into: str | PathLike[str], *, progress: Progress | None = None
    ) -> Steps[Path]:
        """Fetch a file's bytes; ``into`` stands there when the last of them is checked. Again, it goes on.

        Raises:
            Forbidden: if the use is too long ago, or its grant does not stand any more.
            NotFound: if the owner deleted the file, or took it from the grant.
            AnswerSwapped: if they are not those that the owner sealed; nothing is left of them.
        """
        yield from self.settle_keys()
        try:
            return (
                yield from fetch_file(_target(file), self.credential, file.reference, Path(into), progress)
            )
        except OpenError as error:
            raise _swapped(file) from error

    def read_blob(self, file: OpenedFile, start: int, size: int) -> Steps[bytes]:
        """At most ``size`` bytes of a file from ``start`` on, without the rest of it.

        They were sealed by a holder of the file's key: the owner, or another partner she granted it to.

        Raises:
            Forbidden, NotFound, AnswerSwapped: as ``get_blob``.
        """
        yield from self.settle_keys()
        try:
            return (yield from read_range(_target(file), self.credential, file.reference, start, size))
        except OpenError as error:
            raise _swapped(file) from error


def _target(file: OpenedFile) -> str:
    blob = to_base64url(file.reference.blob_id)
    return f"/v1/receipts/{to_base64url(file.receipt.hash)}/blobs/{blob}"


def _swapped(file: OpenedFile) -> AnswerSwapped:
    return AnswerSwapped("the bytes of a file are not those that its owner sealed", file.receipt.raw)
