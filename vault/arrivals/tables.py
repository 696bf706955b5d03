"""Where accounts came from, and how long the journal is that they brought."""

from sqlalchemy import Table

from vault.schema import binary, metadata, number

arrivals = Table(
    "arrivals",
    metadata,
    binary("account", key=True),
    binary("raw"),
    number("manifests"),
    binary("head", null=True),
)
