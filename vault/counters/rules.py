"""Does an ask accept a counter-offer? Only to the letter. Pure."""

from dataclasses import fields

from anchor.records.consent import Ask
from anchor.records.offers import Counter
from vault.errors import Conflict

_OWN = {"vault", "ask", "owner_key", "partner", "expires", "time", "salt"}
TERMS = tuple(field.name for field in fields(Counter) if field.name not in _OWN)
"""What an ask that accepts a counter-offer repeats to the letter."""


def verify_accepting(ask: Ask, counter: Counter) -> Ask:
    """Return an ask that repeats every term of the counter-offer it names.

    Raises:
        Conflict: naming the terms that differ.
    """
    if other := [name for name in TERMS if getattr(counter, name) != getattr(ask, name)]:
        raise Conflict(f"the ask has other terms than the counter-offer: {', '.join(other)}")
    return ask
