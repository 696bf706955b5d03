"""The schema's history. ``planetvault migrate`` brings a database to its head."""

from importlib import import_module

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, create_engine

SLICES = (
    "accounts",
    "afterwards",
    "arrivals",
    "asks",
    "blobs",
    "counters",
    "deletions",
    "disputes",
    "evidence",
    "grants",
    "items",
    "log",
    "logins",
    "offers",
    "openings",
    "pairings",
    "partners",
    "payments",
    "payouts",
    "pools",
    "receipts",
    "rewards",
    "sandbox",
    "uses",
    "webhooks",
)


def load_tables() -> None:
    """Let every slice add its tables to the one metadata."""
    for name in SLICES:
        import_module(f"vault.{name}.tables")


def engine_of(url: str) -> Engine:
    """An engine for ``sqlite:///path`` or ``postgresql://…``, by the drivers the service uses."""
    return create_engine(url.replace("postgresql://", "postgresql+psycopg://", 1))


def config_of(url: str) -> Config:
    """Alembic's settings for this database."""
    config = Config()
    config.set_main_option("script_location", "vault:migrations")
    config.attributes["url"] = url
    return config


def migrate(url: str, revision: str = "head") -> None:
    """Bring a database up to a revision; it may be run again."""
    command.upgrade(config_of(url), revision)


def revert(url: str, revision: str) -> None:
    """Bring a database back to an earlier revision."""
    command.downgrade(config_of(url), revision)
