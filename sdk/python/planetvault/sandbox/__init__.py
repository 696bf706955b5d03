"""A vault in test mode to try everything with, and the owners who live in it.

``planetvault sandbox`` starts both on this machine: docs/guides/partner.md begins with it.
"""

from planetvault.sandbox.clock import VaultClock

__all__ = ["VaultClock"]
