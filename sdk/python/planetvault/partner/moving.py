"""A partner's keys as a file, which moves them between a server and a browser (docs/spec/partner-keys.md)."""

import json
from dataclasses import dataclass
from typing import Annotated, Self

from anchor.errors import AnchorError, FormatError
from anchor.keys import SigningKey, kid_of
from anchor.records.parties import Partner, verify_partner
from anchor.records.shape import Domain, Hash, Text80, binary, integer, many, read, read_json, write
from anchor.records.signed import Signed
from planetvault.errors import MemoryFault, NotFound, PartnerKeyChanged
from planetvault.http import get
from planetvault.partner.evidencing import PartnerEvidence
from planetvault.partner.keyring import ENTRIES, NEXT, open_name, sign_name
from planetvault.sealing.hseal import OpeningKey
from planetvault.steps import Keep, Steps, Turn

KEY_FILE_BYTES_MAX = 65_536
OPENING_KEYS_MAX = 64


@dataclass(frozen=True, slots=True)
class KeyFile:
    """The seed that signs today, and the seeds of every opening key, the newest first."""

    v: Annotated[int, integer(1, 1)]
    partner: Domain
    name: Text80
    sign: Hash
    open: Annotated[tuple[bytes, ...], many(binary(32), 1, OPENING_KEYS_MAX)]

    @classmethod
    def read(cls, octets: bytes) -> Self:
        """Read the content of such a file.

        Raises:
            FormatError: if it is none.
        """
        if len(octets) > KEY_FILE_BYTES_MAX:
            raise FormatError(f"a file of keys has at most {KEY_FILE_BYTES_MAX} bytes")
        return read(read_json(octets), cls)

    def __str__(self) -> str:
        return json.dumps(write(self), ensure_ascii=False, indent=2) + "\n"


class PartnerMoving(PartnerEvidence):
    """Keys that move."""

    @property
    def key_file(self) -> str:
        """Everything secret of this partner, for its console or another program: keep it as a key."""
        today = self.itself
        newest = open_name(kid_of(today.sealing_key))
        kept = self.memory.under("own/open/")
        seeds = tuple(kept[name] for name in sorted(kept, key=lambda name: name != newest))
        return str(KeyFile(1, today.partner, today.name, self.signing.seed(), seeds))

    def adopt(self, file: bytes) -> Steps[None]:
        """Move in with a file of keys; a partner that the directory does not know is registered with them.

        Raises:
            FormatError: if it is no such file.
            MemoryFault: if this memory holds another partner, or later keys of this one.
            PartnerKeyChanged: if the directory shows other keys as the newest.
        """
        found = KeyFile.read(file)
        yield Turn("own")
        if any(self.memory.get(name) is not None for name in (ENTRIES, NEXT)):
            raise MemoryFault("this memory holds a partner already")
        key = SigningKey(found.sign)
        opening = {kid.kid: kid for kid in map(OpeningKey, found.open)}
        try:
            shown = (yield from get(f"/v1/partners/{found.partner}")).records("entries")
        except NotFound:
            yield from self.begin(found.partner, found.name, key, OpeningKey(found.open[0]))
            return
        newest = _history(found.partner, shown)[-1].record
        if newest.sign_key != key.public or kid_of(newest.sealing_key) not in opening:
            raise PartnerKeyChanged("the directory shows other keys than this file", *shown)
        secrets = {open_name(kid): one.seed() for kid, one in opening.items()}
        yield Keep({**secrets, sign_name(key.kid): key.seed(), ENTRIES: b"\n".join(shown)}, {ENTRIES: None})


def _history(domain: str, shown: list[bytes]) -> tuple[Signed[Partner], ...]:
    try:
        entries = verify_partner(shown)
    except AnchorError as error:
        raise PartnerKeyChanged(
            "the directory shows entries that do not follow one another", *shown
        ) from error
    if entries[0].record.partner != domain:
        raise PartnerKeyChanged("the directory shows another partner", *shown)
    return entries
