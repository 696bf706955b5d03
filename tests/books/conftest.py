"""The databases that the tests of the service use."""

from tests.vault.conftest import empty_postgres, empty_sqlite, vault_url

__all__ = ["empty_postgres", "empty_sqlite", "vault_url"]
