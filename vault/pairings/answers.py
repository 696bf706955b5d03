"""What the routes of pairings answer (docs/spec/http.md)."""

from vault.shown import Domain, Hash, Shown, Signed


class Pairing(Shown):
    """One partner, and the key it knows the owner by."""

    partner: Domain
    kid: Hash
    pairing: Signed
