"""What can go wrong while sealing or opening, in one small tree.

::

    SealError
    ├── OpenError      it cannot be opened; the text never says why
    ├── InputError     what was handed over to be sealed is out of its limits
    └── WeakKeyError   a password would be stretched less, or more, than we allow

``OpenError`` has one text for every cause. A wrong key, a swapped field, a cut
file and an unknown version look alike, so that nobody who can watch our errors
learns which guess was closer. This module imports nothing.
"""


class SealError(Exception):
    """Anything the sealing code refuses."""


class OpenError(SealError):
    """A sealed thing was changed, cut, swapped, or is sealed for somebody else."""

    TEXT = "it cannot be opened: it was altered, or it is not sealed for this key and this place"

    def __init__(self) -> None:
        super().__init__(self.TEXT)


class InputError(SealError):
    """A value to be sealed, or the name of its place, has the wrong length or shape."""


class WeakKeyError(SealError):
    """The cost of stretching a password lies outside the bounds this client accepts."""
