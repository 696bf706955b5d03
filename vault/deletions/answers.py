"""What the routes of deletions answer (docs/spec/http.md)."""

from vault.shown import Shown, Signed


class Deletion(Shown):
    """The vault's word for what it deleted."""

    deletion: Signed
