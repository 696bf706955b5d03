"""A small town for the log's tests: owners, one partner with its keys, grants, and uses paid and receipted.

Written through the vault's own stores, without HTTP and without anything sealed: the log
only ever sees 33 bytes of each receipt.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import count

from sqlalchemy import create_engine

from anchor.keys import SigningKey
from anchor.note import NoteKey
from anchor.records.consent import Grant, Revocation, fee_of
from anchor.records.parties import Partner
from anchor.records.shape import Holder, OpenedItem
from anchor.records.signed import Signed, sign
from anchor.records.trust import ChainTrust, Trust
from anchor.records.usage import OwnerLink, Receipt, Use, owner_link_of
from vault.db import Connection, Transaction, connect, writing
from vault.migrations import load_tables
from vault.payments import ledger
from vault.payments.store import Ledger
from vault.receipts.store import OwnerChain, Receipts, Written
from vault.schema import metadata

ORIGIN = "vault.example"
LOG_ORIGIN = f"{ORIGIN}/log"
PARTNER = "acme.example"
PRICE, FEE = 50_000, 1_000
NOW = datetime(2027, 3, 14, 9, 26, 53, tzinfo=UTC)
_PURPOSE = "dpv:Personalisation"


def seed(name: str) -> bytes:
    """32 bytes that belong to a name."""
    return sha256(b"planetvault test seed\0" + name.encode()).digest()


RECORDS_KEY = SigningKey(seed("vault"))
LOG_KEY = NoteKey(LOG_ORIGIN, SigningKey(seed("log")))


def make_tables(database_url: str) -> None:
    """Give an empty database the vault's schema."""
    scheme, rest = database_url.split("://", 1)
    driver = {"sqlite": "sqlite+pysqlite", "postgresql": "postgresql+psycopg"}[scheme]
    load_tables()
    engine = create_engine(f"{driver}://{rest}")
    load_tables()
    metadata.create_all(engine)
    engine.dispose()


@dataclass
class Household:
    """An owner with one standing grant."""

    account: bytes
    key: SigningKey
    grant: Signed[Grant]
    seq: int = 0
    head: bytes | None = None


@dataclass
class Town:
    """Everybody, and a connection of their own."""

    url: str
    connection: Connection
    partner_key: SigningKey = field(default_factory=lambda: SigningKey(seed("acme 1")))
    households: list[Household] = field(default_factory=list)
    receipts: list[Signed[Receipt]] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=count)

    def settle(self, owners: int) -> None:
        """Let the partner move in, and owners who each grant it something."""
        with writing(self.connection) as transaction:
            self._move_in(transaction)
            for number in range(owners):
                self.households.append(self._grant(transaction, f"owner {number}"))

    def use(self, household: Household, count: int = 1) -> list[Signed[Receipt]]:
        """The partner uses the grant ``count`` times, in one transaction."""
        made: list[Written] = []
        transfers = []
        with writing(self.connection) as transaction:
            chains = Receipts(transaction).lock_owners([household.account])
            for _ in range(count):
                use = self._use_record(household)
                made.append(self._take_place(household, chains[household.account], use, None))
                transfers += ledger.of_use(
                    receipt=made[-1].receipt.hash,
                    grant=household.grant.hash,
                    account=household.account,
                    price=PRICE,
                    fee=fee_of(household.grant.record),
                )
            Ledger(transaction).move(transfers, int(NOW.timestamp()))
            Receipts(transaction).append(made, chains.values())
        self.receipts += [one.receipt for one in made]
        return [one.receipt for one in made]

    def revoke(self, household: Household) -> Signed[Receipt]:
        """The owner ends it; the receipt that closes the chain."""
        uses = household.seq
        revocation = sign(
            Revocation(grant=household.grant.hash, erase=True, uses=uses, time=NOW), household.key
        )
        with writing(self.connection) as transaction:
            chains = Receipts(transaction).lock_owners([household.account])
            closing = self._take_place(household, chains[household.account], None, revocation)
            transaction.run(
                "INSERT INTO revocations (grant_hash, hash, raw, time) VALUES (:grant, :hash, :raw, 0)",
                {"grant": household.grant.hash, "hash": revocation.hash, "raw": revocation.raw},
            )
            Receipts(transaction).append([closing], chains.values())
        self.receipts.append(closing.receipt)
        return closing.receipt

    def rotate(self) -> None:
        """The partner takes a new signing key."""
        with writing(self.connection) as transaction:
            row = transaction.one("SELECT seq, head FROM partners")
            assert row is not None
            old, self.partner_key = self.partner_key, SigningKey(seed(f"acme {row[0] + 1}"))
            self._enter(transaction, seq=row[0] + 1, prev=row[1], signer=old)

    def trust(self, chain: ChainTrust | None = None) -> Trust:
        """What a stranger believes."""
        log = LOG_KEY.verifier.vkey
        return Trust(vault=ORIGIN, keys=(RECORDS_KEY.public,), log=log, quorum=0, witnesses=(), chain=chain)

    def balance(self, account: str) -> int:
        """Micros in an account."""
        with writing(self.connection) as transaction:
            return Ledger(transaction).balance(account)

    def folded(self, account: str) -> int:
        """The same, folded from every transfer."""
        with writing(self.connection) as transaction:
            return Ledger(transaction).total(account)

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        """Look into the database."""
        with writing(self.connection) as transaction:
            return transaction.all(sql)

    def _move_in(self, transaction: Transaction) -> None:
        transaction.run(
            "INSERT INTO partners (domain, seq, head, sign_kid) VALUES (:domain, 0, :head, :head)",
            {"domain": PARTNER, "head": bytes(32)},
        )
        self._enter(transaction, seq=1, prev=None, signer=self.partner_key)

    def _enter(self, transaction: Transaction, *, seq: int, prev: bytes | None, signer: SigningKey) -> None:
        entry = sign(
            Partner(
                partner=PARTNER,
                name="Acme",
                sign_key=self.partner_key.public,
                sealing_key=bytes(1216),
                seq=seq,
                prev=prev,
                time=NOW,
            ),
            signer,
        )
        values = {
            "domain": PARTNER,
            "seq": seq,
            "hash": entry.hash,
            "kid": self.partner_key.kid,
            "key": self.partner_key.public,
            "raw": entry.raw,
        }
        transaction.run(
            """
            INSERT INTO partner_entries (domain, seq, hash, sign_kid, sign_key, raw)
            VALUES (:domain, :seq, :hash, :kid, :key, :raw)
            """,
            values,
        )
        transaction.run("UPDATE partners SET seq = :seq, head = :hash, sign_kid = :kid", values)

    def _grant(self, transaction: Transaction, name: str) -> Household:
        key, account = SigningKey(seed(name)), seed(name)[:16]
        grant = sign(
            Grant(
                vault=ORIGIN,
                id=seed(name)[16:],
                version=1,
                prev=None,
                ask=None,
                owner_key=key.public,
                partner=PARTNER,
                partner_key=self.partner_key.kid,
                sealing_key=bytes(32),
                clusters=("music.play/time",),
                purposes=(_PURPOSE,),
                price=PRICE,
                fee=FEE,
                budget=PRICE * 10**6,
                currency="EUR",
                max_uses=10**6,
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
                holders=(Holder(ORIGIN, bytes(32)),),
                time=NOW,
            ),
            key,
        )
        transaction.run(
            """
            INSERT INTO accounts (id, created, chain_seq, chain_head, journal_seq, receipts)
            VALUES (:account, 0, 1, :account, 0, 0)
            """,
            {"account": account},
        )
        transaction.run(
            """
            INSERT INTO grants (hash, grant_id, version, account, partner, raw)
            VALUES (:hash, :id, 1, :account, :partner, :raw)
            """,
            {
                "hash": grant.hash,
                "id": grant.record.id,
                "account": account,
                "partner": PARTNER,
                "raw": grant.raw,
            },
        )
        return Household(account, key, grant)

    def _use_record(self, household: Household) -> Signed[Use]:
        item = seed(f"item {next(self._numbers)}")[:16]
        use = Use(
            vault=ORIGIN,
            grant=household.grant.hash,
            purpose=_PURPOSE,
            items=(item,),
            last=household.head,
            time=NOW,
        )
        return sign(use, self.partner_key)

    def _take_place(
        self,
        household: Household,
        chain: OwnerChain,
        use: Signed[Use] | None,
        revocation: Signed[Revocation] | None,
    ) -> Written:
        grant = household.grant.record
        link = OwnerLink(chain.receipts + 1, chain.head, seed(f"blind {next(self._numbers)}"))
        receipt = sign(
            Receipt(
                vault=ORIGIN,
                grant=household.grant.hash,
                use=use.hash if use else None,
                revocation=revocation.hash if revocation else None,
                partner=PARTNER,
                purpose=_PURPOSE if use else None,
                opened=tuple(OpenedItem(item, 1, bytes(32)) for item in use.record.items) if use else (),
                price=PRICE if use else 0,
                fee=fee_of(grant) if use else 0,
                currency="EUR",
                seq=household.seq + 1,
                prev=household.head,
                owner_link=owner_link_of(link),
                time=NOW,
            ),
            RECORDS_KEY,
        )
        household.seq, household.head = receipt.record.seq, receipt.hash
        chain.receipts, chain.head = link.seq, receipt.hash
        return Written(receipt, household.account, link, use)


@contextmanager
def town(database_url: str, owners: int = 3) -> Iterator[Town]:
    """A town in a fresh database."""
    make_tables(database_url)
    connection = connect(database_url)
    built = Town(database_url, connection)
    built.settle(owners)
    try:
        yield built
    finally:
        connection.close()
