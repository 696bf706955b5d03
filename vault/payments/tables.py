"""Double entry, added to and never changed: every row moves one amount between two accounts.

So each row sums to zero by construction. ``balances`` is a cache of the fold over
``transfers`` for the accounts that must never go below zero.
"""

from sqlalchemy import CheckConstraint, Index, Table, text

from vault.schema import binary, counter, metadata, number, word

transfers = Table(
    "transfers",
    metadata,
    counter("id"),
    word("kind"),
    binary("source"),
    word("debit"),
    word("credit"),
    binary("account", null=True),
    number("amount"),
    number("time"),
    CheckConstraint("amount > 0", name="transfers_amount"),
    Index(
        "transfers_once",
        "source",
        "kind",
        unique=True,
        sqlite_where=text("kind NOT IN ('share', 'fee')"),
        postgresql_where=text("kind NOT IN ('share', 'fee')"),
    ),
    Index(
        "transfers_account",
        "account",
        "id",
        sqlite_where=text("account IS NOT NULL"),
        postgresql_where=text("account IS NOT NULL"),
    ),
)
"""``account`` is the owner whose money moves, if it is one's: her list is found by it.

What a use moves happens once because its receipt does, in the same transaction: to keep that in a
second index by hash would cost every use two more places in it, anywhere among all others.
"""

top_ups = Table(
    "top_ups",
    metadata,
    binary("source", key=True),
    word("partner"),
    number("amount"),
    word("reference"),
    number("time"),
)
"""What came in, by the source that its transfer names; ``reference`` is the bank's."""

balances = Table(
    "balances",
    metadata,
    word("account", key=True),
    number("amount"),
    CheckConstraint("amount >= 0", name="balances_amount"),
)

releases = Table(
    "releases",
    metadata,
    word("name", key=True),
    number("size"),
)
"""How much of the log's entries money has followed: the receipts below ``size`` are payable."""

release_steps = Table(
    "release_steps",
    metadata,
    binary("source", key=True),
    binary("account"),
    number("since"),
    number("size"),
    binary("root"),
    Index("release_steps_account", "account", "size", unique=True),
)
"""Which receipts each release was for: those at positions from ``since`` up to ``size``."""

idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    word("scope", key=True),
    word("key", key=True),
    binary("fingerprint"),
    number("status"),
    binary("body"),
    number("expires"),
    Index("idempotency_keys_expires", "expires"),
)
