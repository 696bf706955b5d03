"""The journal: every manifest this owner's devices signed, in one chain that no vault can bend unseen.

In memory: ``journal`` is the newest place seen, ``item/<id>`` the newest manifest of each
item. So a device that has seen a state never takes an older one for it: not of the
journal, and not of a single item.
"""

from collections.abc import Mapping
from types import MappingProxyType

from anchor.encoding import to_base64url
from anchor.records.account import Manifest
from anchor.records.journal import JournalPlace, JournalWalk
from anchor.records.shape import SealedField
from anchor.records.signed import Signed, sign, verify
from planetvault.answers import Fields
from planetvault.chains import Head
from planetvault.errors import ItemChanged, JournalForked, JournalRolledBack, MemoryMoved
from planetvault.http import Clock
from planetvault.memory import NOTHING, Memory
from planetvault.owner.account import OwnerAccount
from planetvault.owner.account_chain import AccountChain
from planetvault.receipts import breaking
from planetvault.sealing.item import SealedItem
from planetvault.steps import Keep, Steps

JOURNAL = "journal"
ITEM = "item/"
NEWEST: Mapping[bytes, Signed[Manifest]] = MappingProxyType({})


def item_name(item: bytes) -> str:
    """Where the newest manifest of an item is remembered."""
    return ITEM + to_base64url(item)


class Walk:
    """A walk along the journal: where it stands, and the newest manifest of each item it has met."""

    def __init__(self, chain: AccountChain, newest: Mapping[bytes, Signed[Manifest]] = NEWEST) -> None:
        """Begin at the newest of these manifests, the newest of each item; or at the beginning."""
        last = max(newest.values(), key=lambda one: one.record.seq, default=None)
        place = JournalPlace()
        if last is not None:
            place = JournalPlace(last.record.seq, last.hash, chain.lockers.number_of(last.record.chain))
        versions = {item: one.record.version for item, one in newest.items()}
        self.newest = dict[bytes, Signed[Manifest]]()
        self._walk = JournalWalk(chain.lockers, place, versions)

    @property
    def head(self) -> Head:
        """Where it stands."""
        return Head(self._walk.place.seq, self._walk.place.hash)

    def step(self, raw: bytes) -> Signed[Manifest]:
        """Go to the manifest that comes next.

        Raises:
            JournalForked: if it does not follow, or no locker signed it that stood then.
        """
        with breaking(JournalForked, raw):
            signed = self._walk.step(raw)
        self.newest[signed.record.item] = signed
        return signed

    def end(self) -> Head:
        """Where it stands, if the journal may end there.

        Raises:
            JournalForked: if an entry of the account chain says otherwise.
        """
        with breaking(JournalForked):
            self._walk.end()
        return self.head

    def keep(self, seen: bytes | None, others: Mapping[str, bytes | None] = NOTHING) -> Keep:
        """Remember where the walk led, and ``others``, if the memory still stands where it began."""
        changes: dict[str, bytes | None] = {item_name(item): one.raw for item, one in self.newest.items()}
        return Keep({**others, **changes, JOURNAL: bytes(self.head)}, {JOURNAL: seen})


class OwnerJournal(OwnerAccount):
    """The journal as this device has seen it."""

    def __init__(self, url: str, memory: Memory, clock: Clock) -> None:
        super().__init__(url, memory, clock)
        self._manifests: dict[bytes, Signed[Manifest]] = {}

    @property
    def journal(self) -> Head:
        """The newest place this device has seen."""
        return Head.read(self.memory.get(JOURNAL))

    def manifest(self, item: bytes) -> Signed[Manifest] | None:
        """The newest manifest of an item, as remembered; None for an item never seen, or deleted."""
        raw = self.memory.get(item_name(item))
        found = None if raw is None else self._own_manifest(raw)
        return found if found is not None and found.record.fields else None

    def manifests(self) -> list[Signed[Manifest]]:
        """The newest manifest of every item, by its place in the journal; without deleted items."""
        found = (one for one in self._newest().values() if one.record.fields)
        return sorted(found, key=lambda one: one.record.seq)

    def version(self, item: bytes) -> int:
        """The newest version of an item, deleted or not; 0 for one never seen."""
        raw = self.memory.get(item_name(item))
        return 0 if raw is None else self._own_manifest(raw).record.version

    def _newest(self) -> dict[bytes, Signed[Manifest]]:
        found = map(self._own_manifest, self.memory.under(ITEM).values())
        return {one.record.item: one for one in found}

    def walk(self) -> Walk:
        """A walk that begins at the newest place this device has seen."""
        return Walk(self.unlocked.chain, self._newest())

    def sync(self) -> Steps[Head]:
        """Walk from the place this device has seen to where the journal stands now.

        Raises:
            JournalRolledBack: if the vault shows an older place than that.
            JournalForked: if what it shows does not pass through that place, or does not join up
                with itself and the account chain.
        """
        while True:
            seen = self.memory.get(JOURNAL)
            shown = (yield from self.show_account()).object("journal")
            walk = yield from self._walk(Head.read(seen), shown)
            if not walk.newest or self._guest:
                return walk.end()
            walk.end()
            try:
                yield walk.keep(seen)
            except MemoryMoved:
                continue
            return walk.head

    def _walk(self, seen: Head, shown: Fields) -> Steps[Walk]:
        seq, head = shown.integer("seq"), shown.maybe_hash("head")
        if seq < seen.seq:
            raise JournalRolledBack(f"the vault shows {seq} manifests, this device has seen {seen.seq}")
        if seq > seen.seq:
            return self._follow(seen, seq, (yield from self.listed("/v1/journal")))
        if head != seen.hash:
            raise JournalForked("the vault shows another journal than this device has seen")
        return self.walk()

    def _follow(self, seen: Head, seq: int, rows: list[Fields]) -> Walk:
        raws = [row.record("manifest") for row in rows]
        if len(raws) < seq:
            raise JournalForked(f"the vault speaks of {seq} manifests and shows {len(raws)}")
        last = raws[seen.seq - 1] if seen.seq else b""
        if seen.seq and self._own_manifest(last).hash != seen.hash:
            raise JournalForked("the vault shows another journal than this device has seen", last)
        walk = self.walk()
        for raw in raws[seen.seq : seq]:
            walk.step(raw)
        return walk

    def sign_manifest(self, collection: bytes, sealed: SealedItem, after: Head) -> Signed[Manifest]:
        """The manifest of a sealed item version, as the next in the journal."""
        manifest = Manifest(
            account=self.account,
            seq=after.seq + 1,
            prev=after.hash,
            chain=self.unlocked.chain.entries[-1].hash,
            collection=collection,
            item=sealed.item_id,
            version=sealed.version,
            key=sealed.key_hash(),
            fields=tuple(SealedField(name, sha256) for name, sha256 in sorted(sealed.hashes().items())),
            time=self.clock(),
        )
        return sign(manifest, self.locker.signing)

    def _own_manifest(self, raw: bytes) -> Signed[Manifest]:
        if raw not in self._manifests:
            with breaking(ItemChanged, raw):
                self._manifests[raw] = verify(raw, Manifest, self.unlocked.chain.lockers.key_of)
        return self._manifests[raw]
