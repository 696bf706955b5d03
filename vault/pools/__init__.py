"""Pools: pots that offers promised, shared over receipts by a published formula."""
