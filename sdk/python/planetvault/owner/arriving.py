"""Moving into another vault with everything: lockers, journal, items, files, and the history of the old one.

::

    bundle = old.export("mine.bundle")
    new = Owner.arrive("https://other.example", memory, bundle, Device(old_memory))
    new.past("shown")             # the old vault's receipts and proofs, checked against its own trust file

Everything was signed by her devices and is sent as it was sealed, so the new vault need not be believed,
nor the old one asked. Partners ask again there; they know her by the same keys. In memory: ``arrived``
is the hash of the bundle that was brought. Specification: docs/spec/arrival.md.
"""

from collections.abc import Callable, Iterator
from contextlib import closing
from os import PathLike
from pathlib import Path
from typing import Any

from anchor.encoding import to_base64url
from anchor.records.account import Manifest
from anchor.records.arrival import Arrival
from anchor.records.signed import hash_of, sign
from planetvault.answers import Fields
from planetvault.bundle.archive import BundleReader
from planetvault.bundle.check import CheckedBundle, check_bundle, check_items
from planetvault.bundle.opened import roots_of
from planetvault.chains import Head
from planetvault.errors import MemoryFault
from planetvault.http import send
from planetvault.owner.account import ACCOUNT, CHAIN, DEVICE
from planetvault.owner.account_chain import AccountChain, verify_chain
from planetvault.owner.ending import OwnerEnding
from planetvault.owner.files import StoredFile
from planetvault.owner.items import BATCH_BYTES, BATCH_ITEMS
from planetvault.owner.openers import Device, Opener
from planetvault.sealing.blob_parts import outline_of
from planetvault.sealing.lockers import Locker
from planetvault.steps import Keep, Steps, Turn, Work

ARRIVED = "arrived"
MEDIA_TYPE = "application/vnd.planetvault.bundle"
Rows = list[dict[str, Any]]


class OwnerArriving(OwnerEnding):
    """Moving in."""

    def arrive(self, bundle: str | PathLike[str], opener: Opener) -> Steps[None]:
        """Move into this vault with a bundle; see ``Owner.arrive``."""
        path = Path(bundle)
        yield Turn(ACCOUNT)
        digest = yield Work(lambda: outline_of(path).digest)
        checked: CheckedBundle = yield Work(lambda: check_bundle(path))
        reader: BundleReader = yield Work(lambda: BundleReader(path))
        with closing(reader):
            if self.memory.get(ARRIVED) != digest:
                yield from self._move_in(reader, checked, opener)
                yield Keep({ARRIVED: digest})
            yield from self.unlock()
            for file in (yield from self.files()):
                yield from self._bring_file(reader, file)
        yield from self._keep_bundle(path, checked)

    def past(self, into: str | PathLike[str]) -> Steps[list[tuple[Path, CheckedBundle]]]:
        """The bundles of the vaults this account came from, fetched into a folder, each checked again.

        Raises:
            BundleBroken: if one does not hold together.
        """
        folder, found = Path(into), list[tuple[Path, CheckedBundle]]()
        for file in (yield from self.files()):
            if file.media_type == MEDIA_TYPE:
                path = folder / f"{to_base64url(file.item)}.bundle"
                yield from self.get_blob(file, path)
                found.append((path, (yield Work(_checking(path)))))
        return found

    # -- the account -----------------------------------------------------------------------

    def _move_in(self, reader: BundleReader, checked: CheckedBundle, opener: Opener) -> Steps[None]:
        if self.memory.get(ACCOUNT) not in {None, checked.account}:
            raise MemoryFault("this memory is another account's: take a new one")
        chain = verify_chain(reader.lines("account/chain"), reader.index.account)
        locker, _ = roots_of(reader, chain, opener)  # the bundle is hers: the locker vouches for it
        yield from send("POST", "/v1/arrivals", self._arrival(reader, checked, chain, locker))
        if isinstance(opener, Device):
            kept = {DEVICE: locker.secret(), ACCOUNT: chain.lockers.account, CHAIN: bytes(chain)}
            yield Keep(kept, {DEVICE: self.memory.get(DEVICE)})
        if self.memory.get(DEVICE) is not None:
            yield from self._bring(reader, chain)
            return
        self._guest = chain.lockers.account, locker
        try:
            yield from self._bring(reader, chain)
            yield from self.let_in()
        finally:
            self._guest, self._session, self._unlocked = None, None, None

    def _arrival(
        self, reader: BundleReader, checked: CheckedBundle, chain: AccountChain, locker: Locker
    ) -> dict[str, Any]:
        journal = _journal_of(reader)
        arrival = Arrival(
            vault=self.trust.vault,
            origin=checked.vault,
            account=chain.lockers.account,
            chain=chain.entries[-1].hash,
            manifests=journal.seq,
            journal=journal.hash,
            time=self.clock(),
        )
        secrets = reader.object("account/secrets.json")
        return {
            "arrival": sign(arrival, locker.signing).text,
            "chain": [raw.decode("ascii") for raw in chain.raws],
            "lockers": [_locker(row) for row in reader.objects("account/lockers.json")],
            "secrets": {name: to_base64url(secrets.sealed(name)) for name in secrets.names()},
        }

    def _bring(self, reader: BundleReader, chain: AccountChain) -> Steps[None]:
        """Collections first, then the journal; what is there already is passed over."""
        yield from self.unlock()
        collections = reader.object("collections.json")
        for name in collections.names():
            sealed = {"sealed": to_base64url(collections.sealed(name))}
            yield from self.send("PUT", f"/v1/collections/{name}", sealed)
        here = (yield from self.show_account()).object("journal").integer("seq")
        for rows in _batches(reader, chain, here):
            yield from self.send("POST", "/v1/journal", {"manifests": rows})
        yield from self._compare_brought(reader)

    def _compare_brought(self, reader: BundleReader) -> Steps[None]:
        """An account that came with an older bundle, and went on, is not joined by a newer one."""
        yield from self._compare_journal(_journal_of(reader), (yield from self.sync()))

    # -- files ------------------------------------------------------------------------------

    def _bring_file(self, reader: BundleReader, file: StoredFile) -> Steps[None]:
        blob = to_base64url(file.reference.blob_id)
        names = sorted(reader.under(f"blobs/{blob}/"))
        if not names:
            return  # it was put here, or the bundle was made without it
        there = yield from self.parts_there(file.reference.blob_id)
        for number, name in enumerate(names):
            if number not in there:
                octets: bytes = yield Work(_reading(reader, name))
                yield from self.put_part(file.reference.blob_id, number, octets)
        yield from self.hang_blob(file, len(names))

    def _keep_bundle(self, path: Path, checked: CheckedBundle) -> Steps[None]:
        """Her past is her own to show: it lies here sealed, as any file of hers."""
        name = f"{checked.vault} {checked.made}"
        if all(file.name != name for file in (yield from self.files())):
            yield from self.put_blob(path, name=name, media_type=MEDIA_TYPE)


def _journal_of(reader: BundleReader) -> Head:
    """Where the journal of a checked bundle ends; the last may be a deletion that no item is left of."""
    manifests = reader.lines("journal")
    return Head(len(manifests), hash_of(Manifest, manifests[-1])) if manifests else Head()


def _locker(row: Fields) -> dict[str, Any]:
    finder = row.maybe_hash("finder")
    return {
        "kid": to_base64url(row.hash("kid")),
        "sealed_root": to_base64url(row.sealed("sealed_root")),
        "root_mac": to_base64url(row.sealed("root_mac")),
        "parameters": row.parameters("parameters"),
        "finder": to_base64url(finder) if finder else None,
    }


def _batches(reader: BundleReader, chain: AccountChain, here: int) -> Iterator[Rows]:
    """The journal behind ``here``, with the contents of what is newest, in requests that a vault takes."""
    _, newest = check_items(reader, chain)
    raws = {one.raw: item for item, one in newest.items()}
    rows, size = Rows(), 0
    for raw in reader.lines("journal")[here:]:
        row: dict[str, Any] = {"manifest": raw.decode("ascii")}
        if raw in raws:
            said = reader.object(f"items/{to_base64url(raws[raw])}.json")
            fields = {to_base64url(name): to_base64url(b) for name, b in said.sealed_by_id("fields").items()}
            row |= {"key": to_base64url(said.sealed("key")), "fields": fields}
            size += sum(map(len, fields.values())) * 3 // 4
        if rows and (len(rows) == BATCH_ITEMS or size > BATCH_BYTES):
            yield rows
            rows, size = [], sum(map(len, row.get("fields", {}).values())) * 3 // 4
        rows.append(row)
    if rows:
        yield rows


def _reading(reader: BundleReader, name: str) -> Callable[[], bytes]:
    return lambda: reader.read(name)


def _checking(path: Path) -> Callable[[], CheckedBundle]:
    return lambda: check_bundle(path)
