"""What a vault that lies can do to a history: each lie changes a copy and signs what needs signing.

A lie is told to one side, or written into the log; to tell everybody the same from the
beginning is no mutation but another history.
"""

from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Any

from anchor.records.usage import OwnerLink, Receipt, owner_link_of
from tests.mutate.world import Shown, Story, signed

Lie = Callable[[Story, Random], bool]
"""Change the story; False if this one has nothing to lie about."""


def drop_from_owner(story: Story, random: Random) -> bool:
    """Hide a receipt from its owner, and number those after it anew."""
    shown, at = _one(story.owners, random)
    if shown is None:
        return False
    del shown[at]
    _renumber_owner(shown, at)
    return True


def cut_from_owner(story: Story, random: Random) -> bool:
    """Hide a receipt from its owner, and leave the gap."""
    shown, at = _one(story.owners, random)
    if shown is None:
        return False
    del shown[at]
    return True


def drop_from_partner(story: Story, random: Random) -> bool:
    """Take a receipt out of the partner's chain, and number those after it anew."""
    shown, at = _one(story.partners, random)
    if shown is None:
        return False
    del shown[at]
    _renumber_grant(shown, at)
    return True


def drop_from_log(story: Story, random: Random) -> bool:
    """Leave an entry out of the log."""
    del story.entries[random.randrange(len(story.entries))]
    return True


def reorder_owner(story: Story, random: Random) -> bool:
    """Show two receipts to their owner in each other's place, signed anew."""
    shown, at = _one(story.owners, random)
    if shown is None or len(shown) < 2:
        return False
    at %= len(shown) - 1
    shown[at], shown[at + 1] = shown[at + 1], shown[at]
    _renumber_owner(shown, at)
    return True


def reorder_partner(story: Story, random: Random) -> bool:
    """Swap two receipts in the partner's chain, signed anew."""
    shown, at = _one(story.partners, random)
    if shown is None or len(shown) < 2:
        return False
    at %= len(shown) - 1
    shown[at], shown[at + 1] = shown[at + 1], shown[at]
    _renumber_grant(shown, at)
    return True


def reorder_log(story: Story, random: Random) -> bool:
    """Swap two entries of the log, one of which was published; before, their order was nobody's."""
    if not story.seen_log:
        return False
    first = random.randrange(story.seen_log)
    second = random.choice([at for at in range(len(story.entries)) if at != first])
    story.entries[first], story.entries[second] = story.entries[second], story.entries[first]
    return True


def fork(story: Story, random: Random) -> bool:
    """Show another receipt to the owner than to the partner, and log both."""
    shown, at = _one(story.owners, random)
    if shown is None:
        return False
    shown[at] = _again(shown[at], salt=random.randbytes(32))
    _renumber_owner(shown, at + 1)
    story.entries += [one.receipt.entry for one in shown[at:]]
    return True


def duplicate_shown(story: Story, random: Random) -> bool:
    """Show a receipt twice."""
    shown, at = _one(random.choice((story.owners, story.partners)), random)
    if shown is None:
        return False
    shown.insert(random.randint(at, len(shown)), shown[at])
    return True


def duplicate_use(story: Story, random: Random) -> bool:
    """Book a use twice: a second receipt for it, which is in the log as well."""
    shown, at = _one(story.partners, random)
    if shown is None:
        return False
    last = shown[-1].receipt
    twice = _again(shown[at], seq=last.record.seq + 1, prev=last.hash, salt=random.randbytes(32))
    shown.append(twice)
    story.entries.append(twice.receipt.entry)
    return True


def duplicate_entry(story: Story, random: Random) -> bool:
    """Log a receipt twice."""
    story.entries.append(random.choice(story.entries))
    return True


def rewrite(story: Story, random: Random) -> bool:
    """Change what a receipt says, for one side or for both, signed anew and logged in its place."""
    shown, at = _one(random.choice((story.owners, story.partners)), random)
    if shown is None:
        return False
    was = shown[at]
    record = was.receipt.record
    changes: dict[str, Any] = random.choice(
        [
            {"price": record.price + 1},
            {"fee": 0},
            {"purpose": "dpv:Advertising"},
            {"partner": "other.example"},
            {"opened": ()},
            {"use": random.randbytes(32)},
            {"grant": random.randbytes(32)},
            {"salt": random.randbytes(32)},
        ]
    )
    shown[at] = _again(was, **changes)
    if random.random() < 0.5:
        story.entries[story.entries.index(was.receipt.entry)] = shown[at].receipt.entry
    return True


def rewrite_entry(story: Story, random: Random) -> bool:
    """Put another entry into the log where one stood."""
    at = random.randrange(len(story.entries))
    story.entries[at] = story.entries[at][:1] + random.randbytes(32)
    return True


LIES: tuple[Lie, ...] = (
    drop_from_owner,
    cut_from_owner,
    drop_from_partner,
    drop_from_log,
    reorder_owner,
    reorder_partner,
    reorder_log,
    fork,
    duplicate_shown,
    duplicate_use,
    duplicate_entry,
    rewrite,
    rewrite_entry,
)


def _one(shown: list[list[Shown]], random: Random) -> tuple[list[Shown] | None, int]:
    some = [one for one in shown if one]
    if not some:
        return None, 0
    chosen = random.choice(some)
    return chosen, random.randrange(len(chosen))


def _again(shown: Shown, **changes: Any) -> Shown:
    record: Receipt = replace(shown.receipt.record, **changes)
    return Shown(signed(record), shown.link)


def _renumber_owner(shown: list[Shown], start: int) -> None:
    for at in range(start, len(shown)):
        before = shown[at - 1].receipt.hash if at else None
        old = shown[at].link
        blind = old.blind if old else bytes(32)
        link = OwnerLink(at + 1, before, blind)
        again = _again(shown[at], owner_link=owner_link_of(link))
        shown[at] = Shown(again.receipt, link)


def _renumber_grant(shown: list[Shown], start: int) -> None:
    for at in range(start, len(shown)):
        before = shown[at - 1].receipt.hash if at else None
        shown[at] = _again(shown[at], seq=at + 1, prev=before)
