"""What can be wrong with something handed to us, in one small tree.

::

    AnchorError
    ├── FormatError        the bytes are not what they claim to be
    ├── SignatureError     nobody trusted signed these bytes
    ├── ProofError         well formed and signed, but it does not add up
    │   └── ForkError      two histories for one log: keep both, they are evidence
    └── ChainError         the chain refused, or says something else
        └── ChainUnreachable   nobody answered: the outcome is unknown

The message says what a reader can do about it and never repeats hostile bytes.
This module imports nothing, so that every floor may lean on it.
"""


class AnchorError(Exception):
    """Anything this floor refuses."""


class FormatError(AnchorError):
    """The bytes are malformed: too long, wrong shape, or a value out of range."""


class SignatureError(AnchorError):
    """A signature is missing, wrong, or made by a key that is not trusted."""


class ProofError(AnchorError):
    """Everything is well formed and signed, but the parts contradict each other."""


class ForkError(ProofError):
    """Two different histories were signed for the same log."""


class ChainError(AnchorError):
    """The chain refused a transaction, or holds something other than expected."""


class ChainUnreachable(ChainError):
    """No answer from the chain: whether it happened is unknown, not false."""
