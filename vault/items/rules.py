"""What a sealed item must be to be stored: everything but its meaning. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

from anchor.errors import ProofError
from anchor.records.account import Manifest
from anchor.records.signed import Signed
from vault.errors import Conflict, Forbidden, JournalMoved


@dataclass(frozen=True, slots=True)
class Envelope:
    """The keys of some fields of this version, sealed for one grant."""

    grant: bytes
    fields: tuple[bytes, ...]
    sealed: bytes


@dataclass(frozen=True, slots=True)
class NewVersion:
    """One item version as a device wrote it."""

    manifest: Signed[Manifest]
    key: bytes
    fields: Mapping[bytes, bytes]
    envelopes: tuple[Envelope, ...]


def verify_contents(new: NewVersion, account: bytes) -> NewVersion:
    """Return a version whose sealed bytes are those its manifest signs for.

    Raises:
        Forbidden: if the manifest is of another account.
        ProofError: if a field is missing, added or other than signed, or an envelope opens what is not there.
    """
    record = new.manifest.record
    if record.account != account:
        raise Forbidden("this manifest is of another account")
    if sha256(new.key).digest() != record.key:
        raise ProofError("the sealed item key is not the one the manifest signs for")
    if {name: sha256(sealed).digest() for name, sealed in new.fields.items()} != {
        field.field: field.sealed for field in record.fields
    }:
        raise ProofError("the sealed fields are not those the manifest signs for")
    if any(not set(envelope.fields) <= set(new.fields) for envelope in new.envelopes):
        raise ProofError("an envelope opens a field that the item does not have")
    return new


def follow(manifest: Signed[Manifest], seq: int, head: bytes | None, *, chain: bytes, before: int) -> None:
    """Check that a manifest continues the journal, the account chain, and its item.

    ``chain`` is the newest entry of the account chain, ``before`` the item's newest version, or 0.
    A new version may lie in another collection of the owner's: a renewed one has an id of its own.

    Raises:
        JournalMoved: if another device wrote, or changed the lockers, first.
        Conflict: if the version is not the next one of its item.
    """
    if (manifest.record.seq, manifest.record.prev, manifest.record.chain) != (seq + 1, head, chain):
        raise JournalMoved("another device wrote first: fetch the journal and write again")
    if manifest.record.version != before + 1:
        raise Conflict("this is not the next version of its item")
