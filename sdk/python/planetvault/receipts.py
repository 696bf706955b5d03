"""Is this receipt what the pinned vault owes us? Pure; the terms are those of ``anchor.verify``."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from anchor.errors import AnchorError, SignatureError
from anchor.records.consent import Grant, Revocation
from anchor.records.signed import Signed, by, verify
from anchor.records.trust import Trust
from anchor.records.usage import Receipt, Use
from anchor.verify import verify_terms
from planetvault.errors import (
    ClosingReceiptMissing,
    PromiseBroken,
    ReceiptAgainstTerms,
    ReceiptForeign,
    ReceiptOfAnother,
    ReceiptUnsigned,
)


@contextmanager
def breaking(kind: type[PromiseBroken], *evidence: bytes) -> Iterator[None]:
    """What the floor refuses in here is a broken promise of this ``kind``."""
    try:
        yield
    except AnchorError as error:
        raise kind(str(error), *evidence) from error


def vault_key(trust: Trust) -> Callable[[bytes, object], bytes]:
    """For ``verify``: the signer must be a key of the pinned vault."""

    def key_of(kid: bytes, _record: object) -> bytes:
        try:
            return trust.key_of(kid)
        except KeyError as error:
            raise SignatureError("the vault signed with a key that is not pinned") from error

    return key_of


def verify_receipt(raw: bytes, trust: Trust) -> Signed[Receipt]:
    """Check that the pinned vault signed this receipt.

    Raises:
        ReceiptUnsigned: if it did not.
    """
    with breaking(ReceiptUnsigned, raw):
        return verify(raw, Receipt, vault_key(trust))


def verify_answered(receipt: Signed[Receipt], use: Signed[Use], grant: Signed[Grant], vault: str) -> None:
    """Check that the receipt answers this use under this grant, and keeps to the terms of both.

    Raises:
        ReceiptOfAnother: if it answers another use, or names another grant.
        ReceiptAgainstTerms: if it goes against the grant or the use.
    """
    record = receipt.record
    if record.use != use.hash or record.grant != grant.hash:
        raise ReceiptOfAnother("the receipt answers another use", receipt.raw, use.raw)
    with breaking(ReceiptAgainstTerms, receipt.raw, use.raw, grant.raw):
        verify_terms(record, grant.record, use.record, vault)


def verify_use(raw: bytes, public: bytes, receipt: Signed[Receipt]) -> Signed[Use]:
    """Check that the partner signed the use that a receipt names.

    Raises:
        ReceiptForeign: if it did not.
    """
    with breaking(ReceiptForeign, receipt.raw, raw):
        return verify(raw, Use, by(public))


def verify_closing(
    receipt: Signed[Receipt], revocation: Signed[Revocation], grant: Signed[Grant], vault: str
) -> Signed[Receipt]:
    """Return the receipt if it closes the grant's chain for this revocation.

    Raises:
        ClosingReceiptMissing: if it does anything else.
    """
    record = receipt.record
    if (record.revocation, record.grant, record.use) != (revocation.hash, grant.hash, None):
        raise ClosingReceiptMissing("this receipt does not close the grant's chain", receipt.raw)
    with breaking(ClosingReceiptMissing, receipt.raw):
        verify_terms(record, grant.record, None, vault)
    return receipt
