"""A few owners, partners and grants, and what an honest vault would have shown to each of them.

Nothing but records and a log: no database, no HTTP. The vault's own keys are here, so that
whoever mutates a history can sign it anew, as a vault that lies would.
"""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from random import Random

from anchor.keys import SigningKey
from anchor.log import Log, MemoryLogStore
from anchor.note import NoteKey
from anchor.records.consent import Grant, fee_of
from anchor.records.shape import Holder, OpenedItem
from anchor.records.signed import Signed, sign
from anchor.records.trust import Trust
from anchor.records.usage import OwnerLink, Receipt, Use, owner_link_of

VAULT = "vault.example"
NOW = datetime(2027, 3, 14, 9, 26, 53, tzinfo=UTC)
PURPOSE, PRICE = "dpv:Personalisation", 50_000
RECORDS, LOG = SigningKey(b"r" * 32), NoteKey(f"{VAULT}/log", SigningKey(b"l" * 32))
TRUST = Trust(vault=VAULT, keys=(RECORDS.public,), log=LOG.verifier.vkey, quorum=0, witnesses=(), chain=None)


@dataclass(frozen=True, slots=True)
class Shown:
    """A receipt as somebody was shown it: for a partner the link is None."""

    receipt: Signed[Receipt]
    link: OwnerLink | None = None


@dataclass(frozen=True, slots=True)
class Party:
    """A grant, the partner's key, and the uses it signed, in order."""

    owner: int
    grant: Signed[Grant]
    key: SigningKey
    uses: tuple[Signed[Use], ...] = ()


@dataclass(slots=True)
class Story:
    """Who was shown what, in order; ``seen`` is how far each of them had looked before."""

    parties: list[Party]
    owners: list[list[Shown]]
    partners: list[list[Shown]]
    entries: list[bytes]
    seen_owner: list[int] = field(default_factory=list)
    seen_partner: list[int] = field(default_factory=list)
    seen_log: int = 0

    def copy(self) -> "Story":
        """Another one, to be changed."""
        return Story(
            list(self.parties),
            [list(one) for one in self.owners],
            [list(one) for one in self.partners],
            list(self.entries),
            list(self.seen_owner),
            list(self.seen_partner),
            self.seen_log,
        )

    def root(self, size: int) -> bytes:
        """The root over the first entries."""
        log = Log(LOG.name, MemoryLogStore())
        log.append(self.entries[:size])
        return log.head().root


def signed(record: Receipt) -> Signed[Receipt]:
    """By the vault."""
    return sign(record, RECORDS)


def make_story(random: Random) -> Story:
    """Two owners with two grants each, and some uses of each grant, in a random order."""
    parties = [_party(random, owner, number) for owner in range(2) for number in range(2)]
    story = Story(parties, [[], []], [[] for _ in parties], [])
    for number in random.choices(range(len(parties)), k=random.randint(8, 14)):
        _use(story, number, random)
    story.seen_owner = [random.randint(0, len(one)) for one in story.owners]
    story.seen_partner = [random.randint(0, len(one)) for one in story.partners]
    story.seen_log = random.randint(0, len(story.entries))
    return story


def _party(random: Random, owner: int, number: int) -> Party:
    owner_key, key = SigningKey(random.randbytes(32)), SigningKey(random.randbytes(32))
    grant = Grant(
        vault=VAULT,
        id=random.randbytes(16),
        version=1,
        prev=None,
        ask=None,
        owner_key=owner_key.public,
        partner=f"partner{number}.example",
        partner_key=key.kid,
        sealing_key=bytes(32),
        clusters=("music.play/time",),
        purposes=(PURPOSE,),
        price=PRICE,
        fee=1000,
        budget=PRICE * 100,
        currency="EUR",
        max_uses=100,
        period_days=0,
        period_uses=0,
        paid_by_period=False,
        look_back_days=90,
        future_items=True,
        not_before=NOW - timedelta(days=1),
        expires=NOW + timedelta(days=30),
        retention_days=7,
        text=bytes(32),
        language="en",
        key_commitment=bytes(32),
        holders=(Holder(VAULT, bytes(32)),),
        time=NOW,
    )
    return Party(owner, sign(grant, owner_key), key)


def _use(story: Story, number: int, random: Random) -> None:
    party, chain = story.parties[number], story.partners[number]
    own = story.owners[party.owner]
    last = chain[-1].receipt.hash if chain else None
    items = (random.randbytes(16),)
    asked = Use(vault=VAULT, grant=party.grant.hash, purpose=PURPOSE, items=items, last=last, time=NOW)
    use = sign(asked, party.key)
    link = OwnerLink(len(own) + 1, own[-1].receipt.hash if own else None, random.randbytes(32))
    receipt = signed(
        Receipt(
            vault=VAULT,
            grant=party.grant.hash,
            use=use.hash,
            revocation=None,
            partner=party.grant.record.partner,
            purpose=PURPOSE,
            opened=(OpenedItem(items[0], 1, bytes(32)),),
            price=PRICE,
            fee=fee_of(party.grant.record),
            currency="EUR",
            seq=len(chain) + 1,
            prev=last,
            owner_link=owner_link_of(link),
            time=NOW,
        )
    )
    story.parties[number] = replace(party, uses=(*party.uses, use))
    chain.append(Shown(receipt))
    own.append(Shown(receipt, link))
    story.entries.append(receipt.entry)
