"""Demands with their attestations, and reports."""

from sqlalchemy import Index, Table

from vault.schema import binary, counter, metadata, number, word

demands = Table(
    "demands",
    metadata,
    counter("id"),
    binary("hash"),
    binary("grant_hash"),
    binary("account"),
    word("partner"),
    number("deadline"),
    number("attested", null=True),
    binary("raw"),
    binary("attestation", null=True),
    Index("demands_hash", "hash", unique=True),
    Index("demands_grant", "grant_hash", unique=True),
    Index("demands_account", "account", "id"),
    Index("demands_partner", "partner", "id"),
)
"""``attested`` is when the attestation came, in seconds."""

reports = Table(
    "reports",
    metadata,
    counter("id"),
    binary("hash"),
    binary("account"),
    word("partner"),
    binary("receipt"),
    binary("raw"),
    Index("reports_hash", "hash", unique=True),
    Index("reports_account", "account", "id"),
    Index("reports_partner", "partner"),
    Index("reports_receipt", "receipt"),
)
