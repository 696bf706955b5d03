"""The vault's refusals, and the one table that gives each its HTTP status.

::

    VaultError                 code and status below; the message is for a person
    ├── Malformed              the request is not what the API describes
    ├── Unauthorised           nobody proved who is asking
    ├── Forbidden              known, but not allowed this
    ├── NotFound
    ├── RangeUnsatisfiable     nothing is where it was to be read
    ├── Conflict               true a moment ago, not any more
    ├── Refusal                a use the grant does not allow: nothing is opened or charged
    ├── TooManyRequests        not so fast
    └── Unavailable            not now; nothing was lost, try again

A subclass is one fact; its ``code`` is its name on the wire and never changes. The
message never repeats what was sent, since that may be somebody's data.
"""

from typing import ClassVar

from anchor.errors import AnchorError, FormatError, ProofError, SignatureError


class VaultError(Exception):
    """Anything the vault refuses."""

    code: ClassVar[str] = "error"


class Malformed(VaultError):
    code = "malformed"


class TooLarge(Malformed):
    code = "too-large"


class RangeUnsatisfiable(VaultError):
    """The range begins behind the end."""

    code = "range-not-satisfiable"


class TooSlow(Malformed):
    """The body did not arrive in time."""

    code = "too-slow"


class UnknownVersion(Malformed):
    """The caller wants another version of the interface than this vault speaks."""

    code = "unknown-version"


class IdempotencyKeyMissing(Malformed):
    code = "idempotency-key-missing"


class Unauthorised(VaultError):
    code = "unauthorised"


class Forbidden(VaultError):
    code = "forbidden"


class PayoutHeld(Forbidden):
    """A brake holds this money back; it stays payable, and the owner may appeal."""

    code = "payout-held"


class DomainUnproved(Forbidden):
    """This vault wants to see the partner's key on its domain first."""

    code = "domain-unproved"


class NotFound(VaultError):
    code = "not-found"


class Conflict(VaultError):
    code = "conflict"


class JournalMoved(Conflict):
    """Another device wrote first: fetch the journal and write again."""

    code = "journal-moved"


class IdempotencyKeyReused(Conflict):
    """The same key came with another body."""

    code = "idempotency-key-reused"


class InsufficientFunds(Conflict):
    code = "insufficient-funds"


class TooManyRequests(VaultError):
    """This caller asks too fast; in ``retry_after`` seconds it may go on."""

    code = "too-many-requests"

    def __init__(self, message: str, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Unavailable(VaultError):
    code = "unavailable"


class ReadOnly(Unavailable):
    """The start-up guard found that this database is behind what was already published."""

    code = "read-only"


class Refusal(VaultError):
    code = "use-refused"


class GrantUnknown(Refusal):
    code = "grant-unknown"


class GrantRevoked(Refusal):
    code = "grant-revoked"


class GrantSuperseded(Refusal):
    code = "grant-superseded"


class GrantNotBegun(Refusal):
    code = "grant-not-begun"


class GrantExpired(Refusal):
    code = "grant-expired"


class OwnerPaused(Refusal):
    """The owner has paused all uses; nobody can say for how long."""

    code = "owner-paused"


class PurposeNotGranted(Refusal):
    code = "purpose-not-granted"


class ItemNotGranted(Refusal):
    code = "item-not-granted"


class UsesExhausted(Refusal):
    code = "uses-exhausted"


class BudgetExhausted(Refusal):
    code = "budget-exhausted"


class TooOften(Refusal):
    """The grant's uses in one period are spent; the next period begins by itself."""

    code = "too-often"


class NotThisPartner(Refusal):
    code = "not-this-partner"


class OtherVault(Refusal):
    code = "other-vault"


class OutsideWindow(Refusal):
    """The use says it was signed too long ago, or in the future."""

    code = "outside-window"


class AnswerTooLarge(Refusal):
    """What the uses of one request open is more than one answer brings: name fewer items, or send fewer."""

    code = "answer-too-large"


class UnknownReceipt(Refusal):
    """The partner names a last receipt that this grant's chain does not hold."""

    code = "unknown-receipt"


STATUS: dict[type[Exception], int] = {
    TooLarge: 413,
    TooSlow: 408,
    TooManyRequests: 429,
    Malformed: 400,
    RangeUnsatisfiable: 416,
    IdempotencyKeyReused: 422,
    InsufficientFunds: 402,
    Unauthorised: 401,
    Forbidden: 403,
    NotFound: 404,
    Conflict: 409,
    GrantUnknown: 404,
    GrantRevoked: 410,
    GrantSuperseded: 410,
    GrantExpired: 410,
    BudgetExhausted: 402,
    AnswerTooLarge: 413,
    Refusal: 403,
    Unavailable: 503,
    FormatError: 400,
    SignatureError: 401,
    ProofError: 409,
    AnchorError: 400,
}
"""The nearest ancestor in this table decides."""


def status_of(error: type[Exception]) -> int:
    """The HTTP status of an error: its own, or its nearest ancestor's, or 500."""
    return next((STATUS[kind] for kind in error.__mro__ if kind in STATUS), 500)


def code_of(error: Exception) -> str:
    """The stable word for an error on the wire."""
    if isinstance(error, VaultError):
        return error.code
    return next((_FLOOR_CODES[kind] for kind in type(error).__mro__ if kind in _FLOOR_CODES), "internal")


_FLOOR_CODES: dict[type[Exception], str] = {
    FormatError: "malformed-record",
    SignatureError: "signature",
    ProofError: "contradiction",
    AnchorError: "malformed-record",
}
