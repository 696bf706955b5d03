"""Is this bundle whole, and is everything in it signed by whom it should be? Offline; docs/spec/bundle.md."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path

from anchor.encoding import to_base64url
from anchor.errors import AnchorError, ProofError
from anchor.keys import kid_of
from anchor.records.account import Manifest
from anchor.records.consent import Grant, Revocation, verify_grant
from anchor.records.disputes import Decision
from anchor.records.parties import verify_partner
from anchor.records.signed import Signed, by, verify
from anchor.records.trust import Trust, read_trust
from anchor.records.usage import OwnerLink, Receipt, Statement, Use
from anchor.verify import verify as verify_proof
from planetvault.answers import Fields
from planetvault.bundle.archive import BundleReader
from planetvault.chains import Head, next_in_grant, next_of_owner
from planetvault.errors import BrokenAnswer, BundleBroken, PromiseBroken
from planetvault.owner.account_chain import AccountChain, verify_chain
from planetvault.owner.journal import Walk
from planetvault.owner.pools import PoolShare, earned_by, verify_share
from planetvault.pinned import PinnedPartner
from planetvault.receipts import vault_key, verify_answered, verify_closing, verify_receipt


@dataclass(frozen=True, slots=True)
class CheckedBundle:
    """What a bundle proved to hold. ``earned`` is in micros, ``signer`` the device that made it."""

    vault: str
    account: bytes
    made: str
    signer: bytes
    lockers: int
    manifests: int
    items: int
    grants: int
    receipts: int
    proofs: int
    earned: int


@dataclass(frozen=True, slots=True)
class _Parts:
    """What the later steps stand on."""

    reader: BundleReader
    trust: Trust
    chain: AccountChain

    @property
    def account(self) -> bytes:
        return self.reader.index.account


@contextmanager
def _breaking() -> Iterator[None]:
    try:
        yield
    except (AnchorError, PromiseBroken, BrokenAnswer) as error:
        raise BundleBroken(f"the bundle does not hold together: {error}") from error


def check_bundle(path: Path | str) -> CheckedBundle:
    """Check everything in a bundle, offline.

    Raises:
        BundleBroken: naming the first thing that is wrong.
    """
    with BundleReader(Path(path)) as reader, _breaking():
        trust = read_trust(reader.read("trust.json"))
        chain = verify_chain(reader.lines("account/chain"), reader.index.account)
        signer = reader.index.verify_signer(reader.signature(), partial(_signing_key, chain))
        if reader.index.vault != trust.vault:
            raise BundleBroken("the index names another vault than the trust file")
        parts = _Parts(reader, trust, chain)
        _check_lockers(parts)
        manifests, items = check_items(parts.reader, chain)
        for part in reader.under("blobs/"):
            reader.read(part)
        grants = _check_grants(parts)
        receipts = _check_receipts(parts, grants)
        earned = sum(one.record.price - one.record.fee for one in receipts) - _refunded(parts)
        earned += earned_by(
            check_pools(reader, {name: one[0] for name, one in grants.items()}, receipts, trust)
        )
        _check_statement(parts, receipts, earned)
        proofs = _check_proofs(parts, receipts)
        counts = len(chain.standing), manifests, len(items), len(grants), len(receipts), proofs
        return CheckedBundle(trust.vault, parts.account, reader.index.made, signer, *counts, earned)


def _signing_key(chain: AccountChain, kid: bytes) -> bytes:
    if kid not in chain.standing:
        raise BundleBroken("no locker that stands signed the index")
    return chain.standing[kid].sign_key


def _check_lockers(parts: _Parts) -> None:
    rows = parts.reader.objects("account/lockers.json")
    if sorted(row.hash("kid") for row in rows) != sorted(parts.chain.standing):
        raise ProofError("the lockers are not those that stand")
    secrets = parts.reader.object("account/secrets.json")
    if len(parts.chain.commitments) > 1 and "roots" not in secrets:
        raise ProofError("the older root keys are missing")


def check_items(reader: BundleReader, chain: AccountChain) -> tuple[int, dict[bytes, Signed[Manifest]]]:
    """How many manifests the journal has, and the newest of each item that is there; all checked."""
    walk = Walk(chain)
    for raw in reader.lines("journal"):
        walk.step(raw)
    walk.end()
    newest = {item: one for item, one in walk.newest.items() if one.record.fields}
    names = {f"items/{to_base64url(item)}.json" for item in newest}
    if names != set(reader.under("items/")):
        raise ProofError("the items are not those of the journal")
    collections = reader.object("collections.json")
    for item, manifest in newest.items():
        said = reader.object(f"items/{to_base64url(item)}.json")
        sealed = {name: sha256(blob).digest() for name, blob in said.sealed_by_id("fields").items()}
        if sealed != {one.field: one.sealed for one in manifest.record.fields}:
            raise ProofError("the sealed fields of an item are not those of its manifest")
        if sha256(said.sealed("key")).digest() != manifest.record.key:
            raise ProofError("the sealed key of an item is not that of its manifest")
        if to_base64url(manifest.record.collection) not in collections:
            raise ProofError("the collection of an item is missing")
    return walk.head.seq, newest


def _partners(parts: _Parts) -> dict[str, PinnedPartner]:
    found = {}
    for name in parts.reader.under("partners/"):
        partner = PinnedPartner(verify_partner(parts.reader.lines(name)))
        if partner.newest.partner != name.removeprefix("partners/"):
            raise ProofError("a partner stands under another name")
        found[partner.newest.partner] = partner
    return found


def _check_grants(parts: _Parts) -> dict[bytes, tuple[Signed[Grant], PinnedPartner]]:
    partners, found = _partners(parts), dict[bytes, tuple[Signed[Grant], PinnedPartner]]()
    for raw in parts.reader.lines("grants"):
        grant = verify_grant(raw)
        partner = partners.get(grant.record.partner)
        keys = {kid_of(entry.record.sign_key) for entry in partner.entries} if partner else set()
        if partner is None or grant.record.partner_key not in keys or grant.record.vault != parts.trust.vault:
            raise ProofError("a grant is to a partner key, or for a vault, that is not here")
        found[grant.hash] = (grant, partner)
    return found


def _check_receipts(
    parts: _Parts, grants: dict[bytes, tuple[Signed[Grant], PinnedPartner]]
) -> list[Signed[Receipt]]:
    owner, heads, found = Head(), dict[bytes, Head](), list[Signed[Receipt]]()
    for row in parts.reader.objects("receipts.json"):
        receipt = verify_receipt(row.record("receipt"), parts.trust)
        if receipt.record.grant not in grants:
            raise ProofError("a receipt stands under a grant that is not here")
        _check_answered(row, receipt, *grants[receipt.record.grant], parts.trust.vault)
        link = row.object("link")
        place = OwnerLink(link.integer("seq"), link.maybe_hash("prev"), link.hash("blind"))
        owner = next_of_owner(owner, place, receipt)
        heads[receipt.record.grant] = next_in_grant(heads.get(receipt.record.grant, Head()), receipt)
        found.append(receipt)
    return found


def _check_answered(
    row: Fields, receipt: Signed[Receipt], grant: Signed[Grant], partner: PinnedPartner, vault: str
) -> None:
    use, revocation = row.maybe_record("use"), row.maybe_record("revocation")
    if (use is None) == (revocation is None):
        raise ProofError("a receipt answers one use or one revocation")
    if use is not None:
        key = grant.record.partner_key
        verify_answered(receipt, verify(use, Use, lambda kid, _: partner.key_after(key, kid)), grant, vault)
    if revocation is not None:
        verify_closing(receipt, verify(revocation, Revocation, by(grant.record.owner_key)), grant, vault)


def _refunded(parts: _Parts) -> int:
    """What the vault's decisions about disputes gave back to partners, in micros."""
    raws = [row.maybe_record("decision") for row in parts.reader.object("money.json").objects("disputes")]
    return sum(verify(raw, Decision, vault_key(parts.trust)).record.share for raw in raws if raw)


def check_pools(
    reader: BundleReader,
    grants: Mapping[bytes, Signed[Grant]],
    receipts: Sequence[Signed[Receipt]],
    trust: Trust,
) -> list[PoolShare]:
    """The owner's shares of pools, each worked out from her receipts."""
    own = [one.record for one in receipts]
    return [verify_share(row, grants, own, trust) for row in reader.objects("pools.json")]


def _check_statement(parts: _Parts, receipts: list[Signed[Receipt]], earned: int) -> None:
    (raw,) = parts.reader.lines("statement") or [b""]
    said = verify(raw, Statement, vault_key(parts.trust)).record
    head = receipts[-1].hash if receipts else None
    agreed = (parts.trust.vault, parts.account, len(receipts), head, earned)
    balance = said.pending + said.payable + said.leaving + said.paid
    if (said.vault, said.account, said.receipts, said.head, balance) != agreed:
        raise ProofError("the statement does not agree with the receipts")


def _check_proofs(parts: _Parts, receipts: list[Signed[Receipt]]) -> int:
    names = parts.reader.under("proofs/")
    known = {f"proofs/{to_base64url(one.hash)}.tlog-proof": one.raw for one in receipts}
    for name in names:
        if verify_proof(parts.reader.read(name), parts.trust).receipt.raw != known.get(name):
            raise ProofError("a proof proves another receipt than it is named after")
    return len(names)
