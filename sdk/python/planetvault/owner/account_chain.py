"""An account chain, walked: which lockers there are, and what their root keys commit to. Pure.

The first entry creates the account and is signed by the locker it adds; each later one
is signed by a locker that stands at that point (docs/spec/account.md).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from anchor.errors import ProofError, SignatureError
from anchor.keys import kid_of, verify_public_key
from anchor.records.account import AccountEntry
from anchor.records.signed import Signed, verify
from planetvault.errors import AccountChanged
from planetvault.receipts import breaking

ENTRIES_MAX = 1000


@dataclass(frozen=True, slots=True)
class AccountChain:
    """A verified chain. ``keys`` are the signing keys of every locker there ever was, by kid."""

    entries: tuple[Signed[AccountEntry], ...]
    keys: dict[bytes, bytes]
    standing: frozenset[bytes]
    commitments: tuple[bytes, ...]

    @property
    def root_kid(self) -> bytes:
        """The name of the key that created the account."""
        return self.entries[0].kid

    def key_of(self, kid: bytes) -> bytes:
        """The signing key of a locker.

        Raises:
            SignatureError: if the account never had it.
        """
        try:
            return self.keys[kid]
        except KeyError as error:
            raise SignatureError("this account has no such locker") from error

    def __bytes__(self) -> bytes:
        return b"\n".join(entry.raw for entry in self.entries)


def verify_account(raws: Sequence[bytes], account: bytes, *, seen: bytes | None = None) -> AccountChain:
    """Walk an account chain from its first entry.

    ``seen`` is what ``bytes`` gave for the chain this device saw last.

    Raises:
        AccountChanged: if it does not hold together, or does not continue what was seen.
    """
    before = seen.split(b"\n") if seen else []
    if list(raws[: len(before)]) != before or not 0 < len(raws) <= ENTRIES_MAX:
        raise AccountChanged("the account chain does not continue the one seen before", *before, *raws)
    with breaking(AccountChanged, *raws):
        return _walk(raws, account)


def _walk(raws: Sequence[bytes], account: bytes) -> AccountChain:
    entries: list[Signed[AccountEntry]] = []
    keys: dict[bytes, bytes] = {}
    standing: set[bytes] = set()
    commitments: list[bytes] = []
    for raw in raws:
        entry = _next(raw, account, entries, {kid: keys[kid] for kid in standing})
        record, kid = entry.record, kid_of(entry.record.sign_key)
        if record.action in {"create", "add"}:
            keys[kid] = record.sign_key
            standing.add(kid)
        elif record.action == "remove":
            standing.discard(kid)
        _commit(record, commitments)
        entries.append(entry)
    return AccountChain(tuple(entries), keys, frozenset(standing), tuple(commitments))


def _next(
    raw: bytes, account: bytes, entries: Sequence[Signed[AccountEntry]], standing: dict[bytes, bytes]
) -> Signed[AccountEntry]:
    last = entries[-1] if entries else None

    def signer(kid: bytes, entry: AccountEntry) -> bytes:
        if last is None:
            return verify_public_key(entry.sign_key)
        if kid not in standing:
            raise SignatureError("an account entry is signed by a locker that stands")
        return standing[kid]

    entry = verify(raw, AccountEntry, signer)
    expected = (account, last.record.seq + 1, last.hash) if last else (account, 1, None)
    if (entry.record.account, entry.record.seq, entry.record.prev) != expected:
        raise ProofError("the account entries do not follow one another")
    if (entry.record.action == "create") != (last is None):
        raise ProofError("an account is created once, by its first entry")
    return entry


def _commit(entry: AccountEntry, commitments: list[bytes]) -> None:
    """Note the root of a new generation; the same generation has one root."""
    if entry.generation == len(commitments):
        commitments.append(entry.root_commitment)
    elif entry.generation != len(commitments) - 1 or entry.root_commitment != commitments[-1]:
        raise ProofError("an account entry names another root key than its generation has")
