"""The partner directory: signed entries, newest key first to hand, and spent nonces."""

from sqlalchemy import Index, Table

from vault.schema import binary, metadata, number, word

partners = Table(
    "partners",
    metadata,
    word("domain", key=True),
    number("seq"),
    binary("head"),
    binary("sign_kid"),
    Index("partners_sign_kid", "sign_kid"),
)

partner_entries = Table(
    "partner_entries",
    metadata,
    word("domain", key=True),
    number("seq", key=True),
    binary("hash"),
    binary("sign_kid"),
    binary("sign_key"),
    binary("raw"),
    Index("partner_entries_sign_kid", "sign_kid"),
)

domain_proofs = Table(
    "domain_proofs",
    metadata,
    word("domain", key=True),
    number("seen", null=True),
    number("checked", null=True),
    number("failures"),
    word("error"),
    word("way", null=True),
    number("due", null=True),
    Index("domain_proofs_due", "due"),
)
"""Whose domain showed its key, and when; there is a row for each partner that asked to be looked at."""

nonces = Table(
    "nonces",
    metadata,
    binary("kid", key=True),
    word("nonce", key=True),
    number("expires"),
    Index("nonces_expires", "expires"),
)
