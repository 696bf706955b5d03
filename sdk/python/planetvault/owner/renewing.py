"""Renewing what a partner could open: new keys for what is there now, for when keys may have leaked.

A revocation ends what the vault hands out. Whoever kept a copy of the vault's database *and* holds the
grant key could still read what was sealed by then. Renewing seals the same values anew, under keys that no
envelope of that grant ever held; copies made from then on are closed to it. What was read is read.
"""

from planetvault.owner.arriving import OwnerArriving
from planetvault.owner.given import GivenGrant
from planetvault.owner.journal import JOURNAL
from planetvault.steps import Steps, Turn


class OwnerRenewing(OwnerArriving):
    """Renewing."""

    def renew(self, grant: GivenGrant) -> Steps[int]:
        """Seal every item that this grant opened anew, with the same values; how many there were.

        Other grants that opened them go on, those that are not for future items as well: nothing in the
        items is new. The bytes of a file keep their key.
        """
        yield Turn(JOURNAL)
        opened = [one for one in (yield from self.items()) if one.covered_by(grant.terms)]
        for stored in opened:
            yield from self.write_again(stored.item, lambda columns: columns)
        return len(opened)
