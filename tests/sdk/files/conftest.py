"""The same town as the attacks play in, with nobody who lies."""

from tests.attacks.conftest import town

__all__ = ["town"]
