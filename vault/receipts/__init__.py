"""Receipts in their two chains, statements and proof files."""
