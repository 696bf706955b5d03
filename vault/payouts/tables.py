"""Claims and payouts, the appeals against brakes, and who is known to be which person."""

from sqlalchemy import Index, Table

from vault.schema import binary, counter, metadata, number, word

claims = Table(
    "claims",
    metadata,
    counter("id"),
    binary("hash"),
    binary("account"),
    word("way"),
    number("amount"),
    word("destination"),
    word("state"),
    number("distribution", null=True),
    binary("raw"),
    Index("claims_hash", "hash", unique=True),
    Index("claims_account", "account", "id"),
    Index("claims_state", "state", "id"),
    Index("claims_distribution", "way", "distribution"),
)
"""``distribution`` is the number of the first one that holds a claim by evm."""

payouts = Table(
    "payouts",
    metadata,
    counter("id"),
    binary("claim"),
    word("outcome"),
    binary("hash"),
    binary("raw"),
    Index("payouts_once", "claim", "outcome", unique=True),
)

distributions = Table(
    "distributions",
    metadata,
    number("number", key=True),
    binary("root"),
    number("total"),
    number("time"),
    Index("distributions_root", "root", unique=True),
)
"""Each says in one root what every address may have withdrawn by then; ``total`` in micros."""

appeals = Table(
    "appeals",
    metadata,
    counter("id"),
    binary("account"),
    word("brake"),
    word("words"),
    number("time"),
    number("lifted", null=True),
    word("answer", null=True),
    Index("appeals_account", "account", "id"),
    Index("appeals_open", "lifted", "id"),
)
"""``lifted`` is 1 or 0 once the operator answered."""

persons = Table("persons", metadata, binary("account", key=True), binary("person"))
"""Which person an account belongs to, by a name that means nothing here."""

payees = Table("payees", metadata, binary("person", key=True), binary("account"))
"""The one account by which a person's money leaves: the first one it left by."""

distribution_shares = Table(
    "distribution_shares",
    metadata,
    word("address", key=True),
    number("cumulative"),
    binary("proof"),
)
"""What the newest distribution says of each address: micros since the beginning, and the path to its root."""
