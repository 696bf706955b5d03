"""Whom a verifier believes: one small file, brought by the reader, never by the prover.

::

    {"v":1,
     "vault":"vault.example",                 who signs receipts
     "keys":["<Ed25519 public key>"],         with which keys, newest last
     "log":"vault.example/log+9f3a…+AQ…",     the log's key, as a C2SP vkey
     "quorum":1,                              how many of the witnesses must have cosigned
     "witnesses":["w.example+51c2…+BA…"],     never one that the vault itself runs
     "retired":[],                            keys the log gave up, and up to which size each counts
     "chain":{"id":31337,"name":"anvil","development":true,"contract":"<20 bytes>","code_hash":"<32 bytes>",
              "blocks":["<32 bytes>"],          blocks of that chain the reader believes, by their hashes
              "validators":["<20 bytes>"]}}     who seals its blocks, if that is how it works (QBFT)
"""

from dataclasses import dataclass, replace
from typing import Annotated

from anchor.errors import FormatError, SignatureError
from anchor.keys import kid_of, verify_public_key
from anchor.merkle import SIZE_MAX
from anchor.note import VKEY_MAX, WITNESSES_MAX, KeyType, Policy, VerifierKey
from anchor.records.checkpoint import VerifiedCheckpoint, signer_of
from anchor.records.shape import (
    Address,
    Boolean,
    Count,
    Hash,
    Ordinal,
    Origin,
    Text80,
    binary,
    integer,
    many,
    nested,
    nullable,
    read,
    read_json,
    text,
    write,
    write_json,
)
from anchor.records.tlog_proof import TlogProof

TRUST_BYTES_MAX = 65_536
KEYS_MAX = 64
BLOCKS_MAX = 64
RETIRED_MAX = 16
VALIDATORS_MAX = 64
TEST_ORIGIN = "test."
"""What the name of a vault to try things with begins with, and no other's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainTrust:
    """The contract whose word counts, and the blocks and validators that are believed offline."""

    id: Ordinal
    name: Text80
    development: Boolean
    contract: Address
    code_hash: Hash
    blocks: Annotated[tuple[bytes, ...], many(binary(32), 0, BLOCKS_MAX)] = ()
    validators: Annotated[tuple[bytes, ...], many(binary(20), 0, VALIDATORS_MAX)] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RetiredKey:
    """A key the log gave up, and the size of the last checkpoint it signed: it counts up to there."""

    log: Annotated[str, text(VKEY_MAX)]
    size: Count


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """The keys of one vault, its log and its witnesses, and the chain it anchors to."""

    v: Annotated[int, integer(1, 1)] = 1
    vault: Origin
    keys: Annotated[tuple[bytes, ...], many(binary(32), 1, KEYS_MAX)]
    log: Annotated[str, text(VKEY_MAX)]
    quorum: Annotated[int, integer(0, WITNESSES_MAX)]
    witnesses: Annotated[tuple[str, ...], many(text(VKEY_MAX), 0, WITNESSES_MAX)]
    chain: Annotated[ChainTrust | None, nullable(nested(ChainTrust))]
    retired: Annotated[tuple[RetiredKey, ...], many(nested(RetiredKey), 0, RETIRED_MAX)] = ()

    def __bytes__(self) -> bytes:
        return write_json(write(self)) + b"\n"

    @property
    def policy(self) -> Policy:
        """Whose signatures a checkpoint needs."""
        return Policy(VerifierKey.parse(self.log), tuple(map(VerifierKey.parse, self.witnesses)), self.quorum)

    def verify_logged(self, proof: TlogProof, entry: bytes) -> VerifiedCheckpoint:
        """Return the checkpoint of the vault's log under which an entry stands there.

        Raises:
            FormatError, ProofError: as ``TlogProof.verify``.
            SignatureError: as that, or if a key that was given up signed a later checkpoint.
        """
        given_up = {VerifierKey.parse(one.log): one.size for one in self.retired}
        newest = VerifierKey.parse(self.log)
        signer = signer_of(proof.checkpoint, (newest, *given_up))
        verified = proof.verify(entry, replace(self.policy, log=signer))
        if verified.checkpoint.size > given_up.get(signer, SIZE_MAX):
            raise SignatureError("a key that the log gave up signed a checkpoint after its last")
        return verified

    def key_of(self, kid: bytes) -> bytes:
        """The vault's key of this name.

        Raises:
            KeyError: if the file does not name it.
        """
        return {kid_of(key): key for key in self.keys}[kid]


def read_trust(raw: bytes) -> Trust:
    """Read a trust file.

    Raises:
        FormatError: if it is malformed, or one of its keys is not usable.
    """
    if len(raw) > TRUST_BYTES_MAX:
        raise FormatError(f"a trust file has at most {TRUST_BYTES_MAX} bytes")
    trust = read(read_json(raw), Trust)
    for key in trust.keys:
        verify_public_key(key)
    if trust.policy.log.type is not KeyType.NOTE:
        raise FormatError("the log's key of a trust file is of type 0x01")
    for one in trust.retired:
        _verify_retired(VerifierKey.parse(one.log), trust)
    if trust.policy.log.name.partition("/")[0] != trust.vault.partition("/")[0]:
        raise FormatError("the log and the vault of a trust file are of one host")
    return trust


def _verify_retired(given_up: VerifierKey, trust: Trust) -> VerifierKey:
    """Return a key that the log gave up: of its name and type, and nobody else's."""
    publics = [VerifierKey.parse(vkey).public for vkey in (trust.log, *trust.witnesses)]
    if given_up.name != trust.policy.log.name or given_up.type is not KeyType.NOTE:
        raise FormatError("a key that the log gave up has the log's name and type")
    if given_up.public in publics:
        raise FormatError("a key that the log gave up stands for somebody else as well")
    return given_up
