"""What can go wrong for an owner or a partner, in one small tree.

::

    PlanetVaultError
    ├── Unreachable          nobody answered; asking again is safe
    ├── OutcomeUnknown       a use went out and no answer came: ``resume`` finds out, and never pays twice
    ├── AnswerGone           the use was paid, its receipt is kept, but its keys may not be fetched any more
    ├── BrokenAnswer         the answer is too long, or not what docs/spec/http.md describes
    ├── VaultRefused         the vault said no, with a stable ``code``
    │   └── UseRefused       … to a use: nothing was opened, nothing was charged
    ├── WebhookRefused       what came to a partner's server is no event of the vault
    ├── PromiseBroken        somebody signed, changed or withheld what they must not: keep ``evidence``
    ├── TooWide              an answer to an ask may narrow it, never widen it
    ├── RulesBroken          an owner's rules are not hers, older than seen, or none that can be applied
    ├── OpensNothing         these words, this password or this passkey open no account here
    ├── StillWaiting         guardians asked, and the waiting period is not over
    ├── Vetoed               guardians asked, and another device said no
    ├── BrokenText           a text that somebody handed over is not whole, or another one than expected
    ├── OwnLocker            a locker is removed by another one, never by itself
    ├── DigitsDiffer         two devices were shown different words: somebody stands between them
    ├── BundleBroken         an export does not hold together
    ├── FileChanged          a file changed while it was read
    ├── ItemTooLarge         an item is larger than a vault takes
    └── MemoryFault          what this client should remember is missing, or was changed by another

A refusal is an answer like any other. A broken promise is not: stop, keep the
signed bytes in ``evidence``, and ask the vault's operator. This module imports nothing.
"""

from typing import ClassVar


class PlanetVaultError(Exception):
    """Anything that goes wrong in this SDK."""


class Unreachable(PlanetVaultError):
    """No answer, however often it was tried. Nothing was charged; asking again is safe."""


class OutcomeUnknown(PlanetVaultError):
    """Uses were sent and no answer came, so they may or may not have happened and been paid.

    The signed bytes are remembered. ``Partner.resume`` sends the very same ones again: the
    vault answers each use once, however often it comes.
    """

    def __init__(self, message: str, uses: tuple[bytes, ...]) -> None:
        super().__init__(message)
        self.uses = uses


class AnswerGone(PlanetVaultError):
    """The use happened and was paid, but its keys are not given out again: it is too long ago.

    ``receipt`` is the signed receipt; it stands in the remembered chain.
    """

    def __init__(self, message: str, receipt: bytes) -> None:
        super().__init__(message)
        self.receipt = receipt


class BrokenAnswer(PlanetVaultError):
    """The answer is too long, malformed, or lacks what docs/spec/http.md promises."""


# -- the vault said no ---------------------------------------------------------------


class VaultRefused(PlanetVaultError):
    """The vault said no. ``code`` is its stable word, ``request_id`` what its operator asks for."""

    CODE: ClassVar[str] = ""

    def __init__(self, message: str, *, code: str, status: int, request_id: str) -> None:
        super().__init__(message)
        self.code = code
        self.status = status
        self.request_id = request_id


class Unauthorised(VaultRefused):
    CODE = "unauthorised"


class Forbidden(VaultRefused):
    CODE = "forbidden"


class TooManyRequests(VaultRefused):
    """Faster than this vault allows, and for longer than a client waits by itself."""

    CODE = "too-many-requests"


class PayoutHeld(VaultRefused):
    """A brake holds this money back; the message says why. It stays payable, and ``appeal`` asks a person."""

    CODE = "payout-held"


class NotFound(VaultRefused):
    CODE = "not-found"


class NotYet(VaultRefused):
    """No signed checkpoint, or no anchor, covers the receipt yet: ask again later."""

    CODE = "not-yet"


class Conflict(VaultRefused):
    CODE = "conflict"


class JournalMoved(VaultRefused):
    """Another device of the owner wrote first."""

    CODE = "journal-moved"


class InsufficientFunds(VaultRefused):
    """The partner's funding does not cover the budget."""

    CODE = "insufficient-funds"


class ReadOnly(VaultRefused):
    """The vault found its own database behind what it has published, and takes nothing new."""

    CODE = "read-only"


class UseRefused(VaultRefused):
    """A use the grant does not allow. Nothing was opened, nothing was charged."""

    CODE = "use-refused"


class GrantUnknown(UseRefused):
    CODE = "grant-unknown"


class GrantRevoked(UseRefused):
    CODE = "grant-revoked"


class GrantSuperseded(UseRefused):
    CODE = "grant-superseded"


class GrantNotBegun(UseRefused):
    CODE = "grant-not-begun"


class GrantExpired(UseRefused):
    CODE = "grant-expired"


class OwnerPaused(UseRefused):
    """The owner has paused all uses. Her grants stand, and their time runs on."""

    CODE = "owner-paused"


class PurposeNotGranted(UseRefused):
    CODE = "purpose-not-granted"


class ItemNotGranted(UseRefused):
    CODE = "item-not-granted"


class UsesExhausted(UseRefused):
    CODE = "uses-exhausted"


class TooOften(UseRefused):
    """The uses of this period are spent; the next period begins by itself."""

    CODE = "too-often"


class BudgetExhausted(UseRefused):
    CODE = "budget-exhausted"


class NotThisPartner(UseRefused):
    CODE = "not-this-partner"


class OtherVault(UseRefused):
    CODE = "other-vault"


class OutsideWindow(UseRefused):
    """The use says it was signed too long ago, or in the future: compare the clocks."""

    CODE = "outside-window"


class UnknownReceipt(UseRefused):
    """The vault does not know the receipt that this client was given last."""

    CODE = "unknown-receipt"


def _all(kind: type[VaultRefused]) -> list[type[VaultRefused]]:
    return [kind, *(below for child in kind.__subclasses__() for below in _all(child))]


def refused(code: str, *, detail: str, status: int, request_id: str) -> VaultRefused:
    """The error of a problem's ``code``; of an unknown code, a plain ``VaultRefused``."""
    kind = next((kind for kind in _all(VaultRefused) if code == kind.CODE), VaultRefused)
    return kind(detail, code=code, status=status, request_id=request_id)


# -- what came to a partner's own server ------------------------------------------------


class WebhookRefused(PlanetVaultError):
    """What arrived is no event of the vault: answer 400, and do nothing."""


class WebhookForged(WebhookRefused):
    """None of its signatures is by a secret of this endpoint, or it is not signed at all."""


class WebhookStale(WebhookRefused):
    """It was signed too long ago, or in the future: an old event sent again by somebody, or a wrong clock."""


# -- a promise was broken --------------------------------------------------------------


class PromiseBroken(PlanetVaultError):
    """Somebody signed, changed or withheld what they must not.

    ``evidence`` holds the records that show it, as they were signed.
    """

    def __init__(self, message: str, *evidence: bytes) -> None:
        super().__init__(message)
        self.evidence = evidence


class VaultChanged(PromiseBroken):
    """The vault, or one of its keys, is not the one that was pinned."""


class AppChanged(PromiseBroken):
    """The app that the vault delivers is not whole, or another than others are given."""


class PartnerKeyChanged(PromiseBroken):
    """A partner shows keys that do not follow from the pinned one."""


class AccountChanged(PromiseBroken):
    """The account chain was rolled back, forked, or made up around this device's key."""


class LockedOut(AccountChanged):
    """The vault does not know this device any more: another of yours removed it, or the vault hides it."""


class JournalRolledBack(PromiseBroken):
    """The vault shows an older journal than this device has seen."""


class JournalForked(PromiseBroken):
    """The vault shows another journal than this device has seen, or one that does not join up."""


class ItemChanged(PromiseBroken):
    """An item, or its place, is not what its manifest says."""


class GrantChanged(PromiseBroken):
    """A grant is not signed by whom it should be, or not what was asked for."""


class ReceiptBroken(PromiseBroken):
    """Something is wrong with a receipt."""


class ReceiptUnsigned(ReceiptBroken):
    """The pinned vault did not sign this receipt."""


class ReceiptOfAnother(ReceiptBroken):
    """The receipt answers another use, or stands under another grant."""


class ReceiptAgainstTerms(ReceiptBroken):
    """The receipt goes against its grant or its use: price, purpose, items, time or number."""


class ReceiptGap(ReceiptBroken):
    """A receipt is missing from a chain."""


class ReceiptForked(ReceiptBroken):
    """Two receipts were signed for one place in a chain, or one does not join what was seen."""


class ReceiptRewritten(ReceiptBroken):
    """A chain of receipts is shorter than, or different from, what this client has seen."""


class ReceiptForeign(ReceiptBroken):
    """A receipt names a use that the partner did not sign."""


class ReceiptAfterClosing(ReceiptBroken):
    """A receipt follows the one that closed its grant's chain."""


class ItemRolledBack(ReceiptBroken):
    """A receipt opens an older version of an item than one before it in the grant's chain."""


class ClosingReceiptMissing(ReceiptBroken):
    """A revocation got no receipt, or one that does not close the chain."""


class LinkBroken(ReceiptBroken):
    """A receipt's place in the owner's chain does not open its commitment."""


class AnswerSwapped(PromiseBroken):
    """The items, envelopes, shares or fields that came are not those of the receipt and the grant."""


class ErasureWrong(PromiseBroken):
    """The record of an erasure or deletion is not the vault's, or not of what this device asked for."""


class StatementWrong(PromiseBroken):
    """A statement does not agree with the owner's receipts."""


class DecisionWrong(PromiseBroken):
    """A dispute or a decision is not signed by whom it should be, or about something else."""


class PayoutWrong(PromiseBroken):
    """A payout, a reward or a fulfilment is not signed by whom it should be, or not what was agreed."""


class PoolWrong(PromiseBroken):
    """A share of a pool is not what the formula makes of the owner's receipts."""


class ProofWrong(PromiseBroken):
    """A proof file does not prove the receipt it was asked for."""


# -- the rest ----------------------------------------------------------------------------


class TooWide(PlanetVaultError):
    """An answer to an ask may narrow it, never widen it."""


class RulesBroken(PlanetVaultError):
    """An owner's rules are not hers, are older than this device has seen, or can't be applied."""


class OpensNothing(PlanetVaultError):
    """These words, this password with this secret key, or this passkey open no account of this vault."""


class StillWaiting(PlanetVaultError):
    """The vault hands out its half at ``opens``, a datetime, unless a device says no before."""

    def __init__(self, message: str, opens: object) -> None:
        super().__init__(message)
        self.opens = opens


class Vetoed(PlanetVaultError):
    """A device said no; ``veto`` is what it signed. Asking again begins a new waiting period."""

    def __init__(self, message: str, veto: bytes) -> None:
        super().__init__(message)
        self.veto = veto


class BrokenText(PlanetVaultError):
    """An invitation, a plea or a letter that was cut, changed, or is for somebody else."""


class OwnLocker(PlanetVaultError):
    """A locker is removed by another one: whoever removes it makes the next root key."""


class DigitsDiffer(PlanetVaultError):
    """What two devices told each other is not what each of them heard: let nobody in."""


class BundleBroken(PlanetVaultError):
    """An export does not hold together: something in it was changed, is missing, or is not hers."""


class FileChanged(PlanetVaultError):
    """A file was not the same from the first byte to the last: what was sent of it is not used."""


class ItemTooLarge(PlanetVaultError):
    """A month of data is larger than one item may be."""


class MemoryFault(PlanetVaultError):
    """What this client should remember is missing, damaged, or in another's use."""


class NothingRemembered(MemoryFault):
    """This memory holds no such thing: create first, or open the memory you created with."""


class MemoryMoved(MemoryFault):
    """Another process changed the same memory in between: read it again."""
