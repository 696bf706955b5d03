"""How evidence comes into a log, how a log's head comes into the vault's, and the file that proves it.

put on record: the partner's signature, its membership, a place in the tenant's log: one transaction
cover:         the worker signs the head of each log that has grown, and queues it for the vault's log
place:         the worker finds where the heads came to stand
prove:         the evidence's path to the head, the head's path to the vault's checkpoint, the anchor
"""

import hmac
from datetime import datetime
from hashlib import sha256

from anchor.errors import ProofError
from anchor.keys import SigningKey
from anchor.log import Log, StaleHeadError
from anchor.note import NoteKey
from anchor.records.evidence import Evidence, LogHead, Membership
from anchor.records.evidence_proof import (
    Cover,
    EvidenceMaterials,
    EvidenceProof,
    write_evidence_proof,
)
from anchor.records.signed import Signed, by, named_kid, sign, unverified, verify
from anchor.tiles import Tree
from vault.db import Transaction
from vault.errors import Conflict, Forbidden, NotFound, Unavailable
from vault.evidence.store import Entry, EvidenceLog, EvidenceLogs, EvidenceTiles, Heads, positions
from vault.keyring import Keyring
from vault.log.chain_proofs import stored_proof
from vault.log.proofs import NotYet
from vault.log.store import AnchorRecords, Checkpoints, Cosignatures, Stored, Tiles
from vault.partners.store import Partners

COVERED_AT_ONCE = 256
PLACED_AT_ONCE = 4096
"""Entries of the vault's log that are looked at in one pass."""


def origin_of(vault: str, name: str) -> str:
    """The name of an evidence log: below the vault's own."""
    return f"{vault}/evidence/{name}"


def name_in(vault: str, origin: str) -> str:
    """The short name of one of this vault's evidence logs.

    Raises:
        NotFound: if it is another vault's, or none.
    """
    if not origin.startswith(f"{vault}/evidence/"):
        raise NotFound("there is no such evidence log")
    return origin.removeprefix(f"{vault}/evidence/")


def log_key(keys: Keyring, origin: str) -> NoteKey:
    """The key of an evidence log: derived from one, so that it needs no backup of its own."""
    seed = hmac.new(keys.evidence.seed(), b"planetvault/evidence/v1\0" + origin.encode(), sha256).digest()
    return NoteKey(origin, SigningKey(seed))


def put_on_record(transaction: Transaction, vault: str, raw: bytes, now: datetime) -> Entry:
    """Give a piece of evidence its place in the log it names; one sent again keeps its place.

    Raises:
        FormatError, SignatureError: if it is not evidence by a partner's newest key.
        NotFound: there is no such log. Forbidden: the partner is no member of it.
    """
    claimed = unverified(raw, Evidence)
    evidence, key = _by_partner(transaction, raw, claimed.partner)
    logs = EvidenceLogs(transaction)
    log = logs.named(name_in(vault, evidence.record.log))
    if held := logs.entry(evidence.hash):
        return held
    if evidence.record.partner not in logs.members(log):
        raise Forbidden("this partner is no member of that log")
    return _append(transaction, log, evidence, "evidence", evidence.record.partner, key, now)


def change_members(transaction: Transaction, vault: str, raw: bytes, now: datetime) -> Entry:
    """Admit or remove a member, as the tenant signed it; the change is an entry of the log.

    Raises:
        FormatError, SignatureError: if the tenant's newest key did not sign it.
        NotFound: there is no such log, or no such partner.
        Conflict: the member is admitted, or is not, already.
    """
    claimed = unverified(raw, Membership)
    logs = EvidenceLogs(transaction)
    log = logs.named(name_in(vault, claimed.log))
    key = Partners(transaction).newest(log.tenant).record.sign_key
    membership = verify(raw, Membership, by(key))
    if held := logs.entry(membership.hash):
        return held
    domain = membership.record.partner
    if membership.record.admitted == (domain in logs.members(log)):
        raise Conflict("nothing would change: this partner is a member already, or is none")
    if membership.record.admitted:
        Partners(transaction).newest(domain)
        logs.admit(log, domain, int(now.timestamp()))
    else:
        logs.remove(log, domain)
    return _append(transaction, log, membership, "membership", domain, key, now)


def is_due(transaction: Transaction) -> bool:
    """Whether a log has grown, or a head still looks for its place."""
    return bool(EvidenceLogs(transaction).grown(1) or Heads(transaction).missing(1))


def cover(transaction: Transaction, keys: Keyring, vault: str, now: datetime) -> int:
    """Sign the heads of logs that have grown, and queue them for the vault's log; how many."""
    logs = EvidenceLogs(transaction).grown(COVERED_AT_ONCE)
    after = Tiles(transaction, keys.log.name).head().size
    for log in logs:
        key = log_key(keys, origin_of(vault, log.name))
        note = Log(key.name, EvidenceTiles(transaction, log)).checkpoint(log.size, key)
        head = LogHead(key=key.verifier.vkey, size=log.size, root=log.root, time=now)
        Heads(transaction).add(log, note, sign(head, keys.records), after)
    return len(logs)


def place(transaction: Transaction, origin: str) -> int:
    """Write down where queued heads came to stand in the vault's log; how many were found.

    Those that stand further on, behind a long queue, are looked for there the next time.
    """
    heads = Heads(transaction)
    missing = heads.missing(COVERED_AT_ONCE)
    if not missing:
        return 0
    log = Log(origin, Tiles(transaction, origin))
    start = missing[0].after
    end = min(log.head().size, start + PLACED_AT_ONCE)
    found = positions(log.entries(start, end), start)
    placed = [head for head in missing if head.hash in found]
    for head in placed:
        heads.place(head.hash, found[head.hash])
    heads.look_behind(end, [head.hash for head in missing if head.hash not in found])
    return len(placed)


class EvidenceProofs:
    """Proof files from one consistent view, as ``vault.log.proofs.Proofs`` makes them of receipts."""

    def __init__(
        self,
        transaction: Transaction,
        vault: str,
        origin: str,
        anchors: AnchorRecords,
        witnesses: tuple[str, ...] = (),
        quorum: int = 0,
    ) -> None:
        self._transaction, self._vault, self._origin = transaction, vault, origin
        self._anchors, self._witnesses, self._quorum = anchors, witnesses, quorum

    def of(self, record: bytes, *, anchored: bool = False) -> EvidenceProof:
        """The proof of a piece of evidence by its hash.

        Raises:
            NotFound: if there is none. NotYet: if no published checkpoint covers its log's head.
        """
        logs, checkpoint = EvidenceLogs(self._transaction), self._checkpoint(anchored=anchored)
        entry = logs.entry(record)
        if entry is None or entry.noun != "evidence":
            raise NotFound("there is no such evidence")
        below = checkpoint.size if checkpoint else 0
        head = Heads(self._transaction).covered(entry.log, entry.position, below)
        if checkpoint is None or head is None or head.position is None:
            raise NotYet("no published checkpoint covers this evidence yet")
        own = Tree(EvidenceTiles(self._transaction, logs.by_id(entry.log)).tile, head.size)
        whole = Tree(Tiles(self._transaction, self._origin).tile, checkpoint.size)
        anchor, kept = self._anchors.at(checkpoint.size) or (None, None)
        materials = EvidenceMaterials(
            evidence=entry.raw.decode(),
            partner_key=entry.sign_key,
            head=head.head.decode(),
            cover=Cover(
                index=head.position,
                path=whole.inclusion(head.position),
                checkpoint=Cosignatures(self._transaction).on(checkpoint),
            ),
            anchor=anchor.decode() if anchor else None,
            chain=stored_proof(kept),
        )
        path = own.inclusion(entry.position)
        return write_evidence_proof(materials, index=entry.position, path=path, checkpoint=head.note)

    def _checkpoint(self, *, anchored: bool) -> Stored | None:
        checkpoints = Checkpoints(self._transaction, self._origin)
        if anchored:
            return checkpoints.at(self._anchors.newest_size())
        if self._quorum == 0:
            return checkpoints.published()
        return checkpoints.at(Cosignatures(self._transaction).newest_size(self._witnesses, self._quorum))


def _by_partner(transaction: Transaction, raw: bytes, domain: str) -> tuple[Signed[Evidence], bytes]:
    known = Partners(transaction).key(named_kid(raw, Evidence))
    if known is None or known.domain != domain:
        raise Forbidden("the directory knows no such key of this partner")
    return verify(raw, Evidence, by(known.public)), known.public


def _append(
    transaction: Transaction,
    log: EvidenceLog,
    record: Signed[Evidence] | Signed[Membership],
    noun: str,
    partner: str,
    key: bytes,
    now: datetime,
) -> Entry:
    try:
        Log(log.name, EvidenceTiles(transaction, log)).append([record.entry])
    except StaleHeadError as error:
        raise Unavailable("somebody else wrote to this log just now: send it again") from error
    except ProofError as error:
        raise Unavailable("this log is damaged: its operator has to look") from error
    entry = Entry(
        log=log.id,
        position=log.size,
        hash=record.hash,
        noun=noun,
        partner=partner,
        raw=record.raw,
        sign_key=key,
        time=int(now.timestamp()),
    )
    EvidenceLogs(transaction).keep(entry)
    return entry
