"""Who watches: the owner's rules, the partner's, the auditor of the log, and two sides who compare.

Owner and partner run the very functions of their clients (``planetvault.chains``,
``planetvault.receipts``); each continues from the head it remembers, and has looked at what
came before when that was honest. Whoever is shown a receipt asks for its place in the log.
"""

from functools import lru_cache

from planetvault.chains import Head, next_in_grant, next_of_owner
from planetvault.errors import PlanetVaultError
from planetvault.receipts import verify_answered, verify_receipt

from anchor.errors import AnchorError, ProofError
from anchor.records.signed import Signed
from anchor.records.usage import Receipt
from tests.mutate.world import TRUST, VAULT, Shown, Story


@lru_cache(maxsize=100_000)
def _verified(raw: bytes) -> Signed[Receipt]:
    return verify_receipt(raw, TRUST)


def flagged(honest: Story, told: Story) -> str | None:
    """Who notices first, if anybody does, going from ``honest`` as far as it was seen to ``told``."""
    watchers = {"owner": _owner, "partner": _partner, "auditor": _auditor, "comparison": _comparison}
    for name, watch in watchers.items():
        try:
            watch(honest, told)
        except (PlanetVaultError, AnchorError):
            return name
    return None


def _owner(honest: Story, told: Story) -> None:
    for number, shown in enumerate(told.owners):
        own, grants = Head(), dict.fromkeys((party.grant.hash for party in told.parties), Head())
        before = honest.owners[number][: honest.seen_owner[number]]
        for one in before:
            own = Head(own.seq + 1, one.receipt.hash)
            grants[one.receipt.record.grant] = next_in_grant(grants[one.receipt.record.grant], one.receipt)
        if len(shown) < own.seq:
            raise ProofError("the vault tells of fewer receipts than it showed")
        for one in shown[own.seq :]:
            own = _own_next(own, grants, told, one)


def _own_next(own: Head, grants: dict[bytes, Head], told: Story, shown: Shown) -> Head:
    receipt = _verified(shown.receipt.raw)
    if receipt.record.grant not in grants or shown.link is None:
        raise ProofError("a receipt under a grant she never gave")
    party = next(party for party in told.parties if party.grant.hash == receipt.record.grant)
    use = next((use for use in party.uses if use.hash == receipt.record.use), None)
    if use is None:
        raise ProofError("a receipt for a use the partner never signed")
    verify_answered(receipt, use, party.grant, VAULT)
    grants[receipt.record.grant] = next_in_grant(grants[receipt.record.grant], receipt)
    return next_of_owner(own, shown.link, receipt)


def _partner(honest: Story, told: Story) -> None:
    for number, (party, shown) in enumerate(zip(told.parties, told.partners, strict=True)):
        head = Head()
        for one in honest.partners[number][: honest.seen_partner[number]]:
            head = next_in_grant(head, one.receipt)
        if len(shown) < len(party.uses):
            raise ProofError("a use was left without a receipt")
        for at, one in enumerate(shown[head.seq :], head.seq):
            receipt = _verified(one.receipt.raw)
            if at >= len(party.uses):
                raise ProofError("a receipt for a use that was never signed")
            verify_answered(receipt, party.uses[at], party.grant, VAULT)
            head = next_in_grant(head, receipt)


def _auditor(honest: Story, told: Story) -> None:
    """Who follows the log alone: it grows, and no receipt is in it twice."""
    size = honest.seen_log
    if len(told.entries) < size or told.root(size) != honest.root(size):
        raise ProofError("the log does not continue the checkpoint that was kept")
    if len(set(told.entries)) != len(told.entries):
        raise ProofError("an entry stands in the log twice")


def _comparison(_honest: Story, told: Story) -> None:
    """Receipts of both sides, held against each other and the log."""
    owners = {one.receipt.entry for shown in told.owners for one in shown}
    partners = {one.receipt.entry for shown in told.partners for one in shown}
    if owners != partners:
        raise ProofError("owner and partner were shown different receipts")
    if owners != set(told.entries):
        raise ProofError("the log holds other receipts than were shown")
    positions = {entry: at for at, entry in enumerate(told.entries)}
    for shown in (*told.owners, *told.partners):
        order = [positions[one.receipt.entry] for one in shown]
        if order != sorted(order):
            raise ProofError("the log holds a chain's receipts in another order")
