"""What the routes of pools answer (docs/spec/http.md)."""

from vault.shown import Count, Hash, Micros, Shown, Signed


class Division(Shown):
    """How a pool was divided."""

    division: Signed


class PoolShare(Shown):
    """One grant's share of a pool, with the path of its leaf to the root; ``amount`` is in micros."""

    offer: Signed
    division: Signed
    grant: Hash
    index: Count
    before: Count
    points: Count
    amount: Micros
    path: list[Hash]
