"""One history in two chains: the lockers of an account, and the journal of what they wrote.

::

    entry 1 create   entry 2 add                             entry 3 remove
        └────────────────┴─ manifest 1 ── manifest 2 ────────────┴─ manifest 3 …
                            names entry 2  names entry 2             names entry 3

Each manifest names the newest account entry, each entry the newest manifest. So a locker that
was removed can't put anything into the journal, not even with the vault's help: its manifest
would have to name an entry before the removal, and the removal names the last of those
(docs/spec/manifest.md).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Self

from anchor.errors import ProofError, SignatureError
from anchor.keys import kid_of
from anchor.records.account import AccountEntry, Manifest
from anchor.records.signed import Signed, verify

NOTHING: Mapping[bytes, int] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class LockerTerms:
    """A verified account chain, as a journal is read against it.

    ``numbers`` are those of the entries, from 1, by their hash; ``journals`` what each entry says
    of the journal, in order; ``keys`` the signing keys of all lockers, by kid; ``terms`` the
    numbers of the entry that brought a locker and of the one that removed it, if one did.
    """

    account: bytes
    numbers: Mapping[bytes, int]
    journals: tuple[bytes | None, ...]
    keys: Mapping[bytes, bytes]
    terms: Mapping[bytes, tuple[int, int | None]]

    @classmethod
    def of(cls, entries: Sequence[Signed[AccountEntry]]) -> Self:
        """Read a chain that ``lockers.verify_account`` returned."""
        terms: dict[bytes, tuple[int, int | None]] = {}
        for entry in (one.record for one in entries):
            kid = kid_of(entry.sign_key)
            if entry.action in {"create", "add"}:
                terms[kid] = entry.seq, None
            elif entry.action == "remove":
                terms[kid] = terms[kid][0], entry.seq
        return cls(
            entries[0].record.account,
            {one.hash: one.record.seq for one in entries},
            tuple(one.record.journal for one in entries),
            {kid_of(one.record.sign_key): one.record.sign_key for one in entries},
            terms,
        )

    def number_of(self, entry: bytes) -> int:
        """The number of the entry with this hash.

        Raises:
            ProofError: if the chain has none.
        """
        if entry not in self.numbers:
            raise ProofError("a manifest names an entry that the account chain does not have")
        return self.numbers[entry]

    def key_of(self, kid: bytes, manifest: Manifest) -> bytes:
        """The key of a locker that stands after the entry which the manifest names.

        Raises:
            ProofError: if the chain has no such entry.
            SignatureError: if the locker does not stand then.
        """
        number = self.number_of(manifest.chain)
        begun, ended = self.terms.get(kid, (number + 1, None))
        if number < begun or (ended is not None and number >= ended):
            raise SignatureError("no locker that stands signed the manifest")
        return self.keys[kid]


@dataclass(frozen=True, slots=True)
class JournalPlace:
    """Number and hash of a journal's newest manifest, and the number of the entry that it names."""

    seq: int = 0
    hash: bytes | None = None
    entry: int = 0


class JournalWalk:
    """A walk along a journal, from a place in it; ``versions`` are those of the items there."""

    def __init__(
        self,
        lockers: LockerTerms,
        place: JournalPlace = JournalPlace(),
        versions: Mapping[bytes, int] = NOTHING,
    ) -> None:
        self.place = place
        self._lockers, self._versions = lockers, dict(versions)

    def step(self, raw: bytes) -> Signed[Manifest]:
        """Go to the manifest that comes next.

        Raises:
            FormatError: if it is malformed.
            SignatureError: if no locker signed it that stands after the entry it names.
            ProofError: if it does not follow, or an entry in between names another manifest.
        """
        signed = verify(raw, Manifest, self._lockers.key_of)
        said, number = signed.record, self._lockers.number_of(signed.record.chain)
        follows = self._lockers.account, self.place.seq + 1, self.place.hash
        if (said.account, said.seq, said.prev) != follows:
            raise ProofError("a manifest does not follow the one before")
        if said.version != self._versions.get(said.item, 0) + 1:
            raise ProofError("a manifest skips or repeats a version of its item")
        if number < self.place.entry:
            raise ProofError("a manifest names an older account entry than the one before")
        self._verify_entries(number)
        self._versions[said.item] = said.version
        self.place = JournalPlace(said.seq, signed.hash, number)
        return signed

    def end(self) -> JournalPlace:
        """Where the walk stands, if the journal may end there: every later entry names that manifest.

        Raises:
            ProofError: if one names another, so that the journal goes on, or is another one.
        """
        self._verify_entries(len(self._lockers.journals))
        return self.place

    def _verify_entries(self, number: int) -> None:
        named = self._lockers.journals[self.place.entry : number]
        if any(manifest != self.place.hash for manifest in named):
            raise ProofError("an account entry names another manifest than the newest of its time")


def verify_journal(raws: Sequence[bytes], lockers: LockerTerms) -> tuple[Signed[Manifest], ...]:
    """Check a whole journal, oldest first.

    Raises:
        FormatError, SignatureError, ProofError: as each step of the walk, and its end.
    """
    walk = JournalWalk(lockers)
    manifests = tuple(walk.step(raw) for raw in raws)
    walk.end()
    return manifests
