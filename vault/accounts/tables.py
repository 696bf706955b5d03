"""Accounts and their lockers. Everything that opens something is sealed."""

from sqlalchemy import Index, Table

from vault.schema import binary, metadata, number, word

accounts = Table(
    "accounts",
    metadata,
    binary("id", key=True),
    number("created"),
    number("chain_seq"),
    binary("chain_head"),
    number("journal_seq"),
    binary("journal_head", null=True),
    number("receipts"),
    binary("receipts_head", null=True),
    number("paused", null=True),
)

account_entries = Table(
    "account_entries",
    metadata,
    binary("account", key=True),
    number("seq", key=True),
    binary("hash"),
    binary("raw"),
)

lockers = Table(
    "lockers",
    metadata,
    binary("kid", key=True),
    binary("account"),
    word("kind"),
    binary("sign_key"),
    binary("sealing_key"),
    binary("sealed_root"),
    binary("root_mac"),
    binary("parameters"),
    number("removed", null=True),
    Index("lockers_account", "account"),
)

finders = Table(
    "finders",
    metadata,
    binary("finder", key=True),
    binary("kid"),
    Index("finders_kid", "kid"),
)
"""Which locker somebody means who holds a recovery phrase or a secret key and knows no more."""

erasures = Table("erasures", metadata, binary("account", key=True), binary("hash"), binary("raw"))

sealed_secrets = Table(
    "sealed_secrets",
    metadata,
    binary("account", key=True),
    word("name", key=True),
    binary("sealed"),
)
