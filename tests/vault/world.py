"""A whole vault with an owner and a partner, spoken to over HTTP as any client would.

To the vault everything sealed is opaque, so here it is just some bytes; what is signed
is really signed. The clock stands still until a test moves it.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from pydantic import SecretStr
from starlette.testclient import TestClient

from anchor.encoding import from_base64url, to_base64url
from anchor.keys import SigningKey
from anchor.records.account import AccountEntry, Login, Manifest
from anchor.records.afterwards import Attestation, Demand, Report
from anchor.records.consent import Ask, Denial, Grant, Revocation
from anchor.records.offers import Counter, Offer, Withdrawal
from anchor.records.parties import Pairing, Partner
from anchor.records.shape import Holder, SealedField
from anchor.records.signed import Signed, by, hash_of, sign, verify
from anchor.records.usage import Receipt, Use
from tests.vault.books import Books, verify_books
from tests.vault.signing import signed_headers
from vault.app import create_app
from vault.counters.rules import TERMS
from vault.db import Connection, connect
from vault.keyring import make_keys
from vault.migrations import migrate
from vault.service import Service
from vault.settings import Settings

OPERATOR = "an operator token of a test"
PURPOSE = "dpv:ServicePersonalisation"
CLUSTERS = ("music.play/what",)
SOME: dict[str, Any] = {
    "price": 120_000,
    "budget": 12_000_000,
    "max_uses": 100,
    "period_days": 0,
    "period_uses": 0,
    "paid_by_period": False,
}


@dataclass
class Clock:
    """A time that stands still."""

    time: datetime = datetime(2027, 3, 14, 9, 26, 53, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time

    def pass_by(self, **duration: float) -> None:
        self.time += timedelta(**duration)


@dataclass
class Item:
    """What the owner wrote: one item with its sealed fields."""

    id: bytes
    version: int
    fields: dict[bytes, bytes]


@dataclass
class World:
    """One vault, one owner, one partner."""

    http: TestClient
    clock: Clock
    settings: Settings
    device: SigningKey = field(default_factory=SigningKey.generate)
    pairwise: SigningKey = field(default_factory=SigningKey.generate)
    partner: SigningKey = field(default_factory=SigningKey.generate)
    account: bytes = field(default_factory=lambda: os.urandom(16))
    collection: bytes = field(default_factory=lambda: os.urandom(16))
    sealing_key: bytes = field(default_factory=lambda: os.urandom(1216))
    domain: str = "music.example"
    session: str = ""
    chain: bytes = bytes(32)
    journal: tuple[int, bytes | None] = (0, None)

    @property
    def origin(self) -> str:
        return self.settings.origin

    @property
    def as_owner(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.session}"}

    def post(self, path: str, body: dict[str, Any], **headers: str) -> Any:
        return self.http.post(path, json=body, headers=self.as_owner | headers)

    def get(self, path: str) -> Any:
        return self.http.get(path, headers=self.as_owner)

    def signed_headers(
        self, method: str, target: str, body: bytes | None = None, **terms: Any
    ) -> dict[str, str]:
        """The headers of a request signed by the partner."""
        key = terms.pop("key", self.partner)
        terms.setdefault("created", self.clock())
        return signed_headers(key, method, f"{self.http.base_url}{target}", body, **terms)

    def signed(self, method: str, target: str, body: bytes | None = None, **terms: Any) -> Any:
        """A request signed by the partner."""
        headers = self.signed_headers(method, target, body, **terms)
        if body is not None:
            headers["Content-Type"] = "application/json"
        return self.http.request(method, target, content=body, headers=headers)

    def newcomer(self, domain: str = "shop.example") -> "World":
        """Another owner and another partner in the same vault, who have not arrived yet."""
        return World(self.http, self.clock, self.settings, domain=domain)

    def neighbour(self) -> "World":
        """Another owner of the same partner, who has arrived."""
        other = self.newcomer(self.domain)
        other.partner, other.sealing_key = self.partner, self.sealing_key
        other.open_account()
        other.pair()
        return other

    @property
    def service(self) -> Service:
        """The service behind the routes, for looking inside."""
        app = self.http.app
        assert isinstance(app, FastAPI)
        service: Service = app.state.vault
        return service

    @contextmanager
    def database(self) -> Iterator[Connection]:
        """The vault's database, by a connection of our own."""
        connection = connect(self.settings.database_url)
        try:
            yield connection
        finally:
            connection.close()

    def verify_books(self) -> Books:
        """The books of this vault, if they are in order."""
        vault_key = from_base64url(self.http.get("/v1/trust").json()["keys"][0])
        with self.database() as transaction:
            return verify_books(transaction, vault_key)

    @contextmanager
    def second_instance(self) -> Iterator["World"]:
        """The same people at another process of the same vault: same keys, same database."""
        with client_of(self.settings, self.clock) as http:
            yield replace(self, http=http)

    def account_entry(self) -> Signed[AccountEntry]:
        return sign(
            AccountEntry(
                account=self.account,
                seq=1,
                prev=None,
                action="create",
                kind="device",
                sign_key=self.device.public,
                sealing_key=self.sealing_key,
                generation=0,
                root_commitment=bytes(32),
                journal=None,
                time=self.clock(),
            ),
            self.device,
        )

    def open_account(self) -> None:
        entry = self.account_entry()
        self.chain = entry.hash
        body = {
            "entry": entry.text,
            "sealed_root": "AQAB",
            "root_mac": to_base64url(bytes(32)),
        }
        assert self.http.post("/v1/accounts", json=body).status_code == 201
        self.log_in()
        self.http.put(
            f"/v1/collections/{to_base64url(self.collection)}", json={"sealed": "AQAB"}, headers=self.as_owner
        ).raise_for_status()

    def log_in(self) -> None:
        asked = self.http.post("/v1/logins", json={"kid": to_base64url(self.device.kid)}).json()
        login = Login(
            vault=self.origin,
            account=from_base64url(asked["account"]),
            nonce=from_base64url(asked["nonce"]),
            expires=datetime.fromisoformat(asked["expires"]),
        )
        answer = self.http.post("/v1/sessions", json={"login": sign(login, self.device).text})
        assert answer.status_code == 201, answer.text
        self.session = answer.json()["session"]

    def partner_entry(self, key: SigningKey | None = None, /, **terms: Any) -> Signed[Partner]:
        fixed: dict[str, Any] = {
            "partner": self.domain,
            "name": "Music Example",
            "sign_key": self.partner.public,
            "sealing_key": self.sealing_key,
            "seq": 1,
            "prev": None,
            "time": self.clock(),
        }
        return sign(Partner(**(fixed | terms)), key or self.partner)

    def register_partner(self) -> Signed[Partner]:
        entry = self.partner_entry()
        assert self.http.post("/v1/partners", json={"entry": entry.text}).status_code == 201
        return entry

    def rotate_partner(self, entry: Signed[Partner]) -> SigningKey:
        """Let a new key follow this first entry; the old key is returned."""
        old, self.partner = self.partner, SigningKey.generate()
        later = self.partner_entry(old, seq=2, prev=entry.hash)
        assert self.http.post("/v1/partners", json={"entry": later.text}).status_code == 201
        return old

    def top_up(self, amount: int, key: str = "", **terms: Any) -> Any:
        """Money comes in, under a new key if none is given."""
        fixed = {"partner": self.domain, "amount": amount, "reference": "2027-0314"}
        key = key or os.urandom(8).hex()
        headers = {"Authorization": f"Bearer {OPERATOR}", "Idempotency-Key": key}
        return self.http.post("/v1/topups", json=fixed | terms, headers=headers)

    def pair(self) -> None:
        pairing = Pairing(
            account=self.account, partner=self.domain, owner_key=self.pairwise.public, time=self.clock()
        )
        assert self.post("/v1/pairings", {"pairing": sign(pairing, self.pairwise).text}).status_code == 201

    def item_body(
        self, item: Item, envelopes: Sequence[tuple[bytes, Sequence[bytes]]] = ()
    ) -> dict[str, Any]:
        """The next version in the journal, as a device would send it."""
        seq, head = self.journal
        manifest = sign(
            Manifest(
                account=self.account,
                seq=seq + 1,
                prev=head,
                chain=self.chain,
                collection=self.collection,
                item=item.id,
                version=item.version,
                key=sha256(b"key").digest(),
                fields=tuple(
                    SealedField(name, sha256(item.fields[name]).digest()) for name in sorted(item.fields)
                ),
                time=self.clock(),
            ),
            self.device,
        )
        self.journal = (seq + 1, manifest.hash)
        return {
            "manifest": manifest.text,
            "key": to_base64url(b"key"),
            "fields": {to_base64url(name): to_base64url(sealed) for name, sealed in item.fields.items()},
            "envelopes": [
                {"grant": to_base64url(grant), "fields": [to_base64url(f) for f in fields], "sealed": "AQAB"}
                for grant, fields in envelopes
            ],
        }

    @staticmethod
    def hash_of_entry(raw: bytes) -> bytes:
        return hash_of(Partner, raw)

    @staticmethod
    def hash_of_field(item: Item, name: bytes) -> bytes:
        return sha256(item.fields[name]).digest()

    def new_item(self, fields: int = 3) -> Item:
        return Item(os.urandom(16), 1, {os.urandom(16): os.urandom(104) for _ in range(fields)})

    def write_item(self, item: Item | None = None) -> Item:
        item = item or self.new_item()
        answer = self.post("/v1/items", {"items": [self.item_body(item)]})
        assert answer.status_code == 201, answer.text
        return item

    def ask(self, **terms: Any) -> Signed[Ask]:
        fixed: dict[str, Any] = {
            "vault": self.origin,
            "id": os.urandom(16),
            "partner": self.domain,
            "owner": self.pairwise.kid,
            "counter": None,
            "clusters": CLUSTERS,
            "purposes": (PURPOSE,),
            "reason": "To suggest what you may like next.",
            "currency": "USD",
            "look_back_days": 365,
            "future_items": True,
            "duration_days": 90,
            "retention_days": 30,
            "expires": self.clock() + timedelta(days=7),
            "time": self.clock(),
        }
        return sign(Ask(**(fixed | SOME | terms)), self.partner)

    def put_ask(self, **terms: Any) -> Signed[Ask]:
        ask = self.ask(**terms)
        answer = self.http.post("/v1/asks", json={"ask": ask.text})
        assert answer.status_code == 201, answer.text
        return ask

    def offer(self, **terms: Any) -> Signed[Offer]:
        fixed: dict[str, Any] = {
            "vault": self.origin,
            "id": os.urandom(16),
            "partner": self.domain,
            "clusters": CLUSTERS,
            "purposes": (PURPOSE,),
            "reason": "To find out which concerts a town would go to.",
            "campaign": 30_000_000,
            "pool": 0,
            "currency": "USD",
            "look_back_days": 365,
            "future_items": True,
            "duration_days": 90,
            "retention_days": 30,
            "expires": self.clock() + timedelta(days=7),
            "time": self.clock(),
        }
        return sign(Offer(**(fixed | SOME | terms)), self.partner)

    def publish(self, **terms: Any) -> Signed[Offer]:
        offer = self.offer(**terms)
        answer = self.http.post("/v1/offers", json={"offer": offer.text})
        assert answer.status_code == 201, answer.text
        return offer

    def withdrawal(self, offer: Signed[Offer]) -> Signed[Withdrawal]:
        return sign(Withdrawal(offer=offer.hash, time=self.clock()), self.partner)

    def counter(self, ask: Signed[Ask] | Signed[Offer], **terms: Any) -> Signed[Counter]:
        """What the owner would agree to instead: dearer, and half as long."""
        asked = ask.record
        fixed: dict[str, Any] = {
            "vault": self.origin,
            "ask": ask.hash,
            "owner_key": self.pairwise.public,
            "partner": self.domain,
            **{name: getattr(asked, name) for name in TERMS},
            "price": asked.price * 2,
            "duration_days": asked.duration_days // 2,
            "expires": self.clock() + timedelta(days=3),
            "time": self.clock(),
        }
        return sign(Counter(**(fixed | terms)), self.pairwise)

    def demand(self, grant: Signed[Grant], **terms: Any) -> Signed[Demand]:
        deadline = self.clock() + timedelta(days=14)
        fixed: dict[str, Any] = {"grant": grant.hash, "uses": 1, "deadline": deadline, "time": self.clock()}
        return sign(Demand(**(fixed | terms)), self.pairwise)

    def attestation(self, demand: bytes, **terms: Any) -> Signed[Attestation]:
        fixed: dict[str, Any] = {"demand": demand, "partner": self.domain, "uses": 1, "time": self.clock()}
        return sign(Attestation(**(fixed | terms)), self.partner)

    def report(self, receipt: bytes, **terms: Any) -> Signed[Report]:
        fixed: dict[str, Any] = {
            "receipt": receipt,
            "partner": self.domain,
            "purpose": PURPOSE,
            "recipient": None,
            "text": "A list of eight concerts, shown once.",
            "time": self.clock(),
        }
        return sign(Report(**(fixed | terms)), self.partner)

    def denial(self, ask: Signed[Ask]) -> Signed[Denial]:
        denial = Denial(ask=ask.hash, owner_key=self.pairwise.public, time=self.clock())
        return sign(denial, self.pairwise)

    def deny(self, ask: Signed[Ask]) -> Any:
        return self.post("/v1/denials", {"denial": self.denial(ask).text})

    def grant(self, ask: Signed[Ask] | Signed[Offer] | None, /, **terms: Any) -> Signed[Grant]:
        fixed: dict[str, Any] = {
            "vault": self.origin,
            "id": os.urandom(16),
            "version": 1,
            "prev": None,
            "ask": ask.hash if ask else None,
            "owner_key": self.pairwise.public,
            "partner": self.domain,
            "partner_key": self.partner.kid,
            "sealing_key": sha256(self.sealing_key).digest(),
            "clusters": CLUSTERS,
            "purposes": (PURPOSE,),
            "fee": self.settings.fee,
            "currency": "USD",
            "look_back_days": 365,
            "future_items": True,
            "not_before": self.clock(),
            "expires": self.clock() + timedelta(days=90),
            "retention_days": 30,
            "text": bytes(32),
            "language": "en",
            "key_commitment": bytes(32),
            "holders": (Holder(self.origin, bytes(32)),),
            "time": self.clock(),
        }
        return sign(Grant(**(fixed | SOME | terms)), self.pairwise)

    def give(self, grant: Signed[Grant], items: Sequence[Item] = ()) -> Any:
        envelopes = [
            {
                "item": to_base64url(item.id),
                "version": item.version,
                "fields": [to_base64url(name) for name in sorted(item.fields)[:2]],
                "sealed": "AQAB",
            }
            for item in items
        ]
        return self.post("/v1/grants", {"grant": grant.text, "keys": ["AQAB"], "envelopes": envelopes})

    def granted(self, items: Sequence[Item], **terms: Any) -> Signed[Grant]:
        """A grant for these items that answers an ask with the same terms."""
        asked = {name: terms[name] for name in terms if name in SOME}
        grant = self.grant(self.put_ask(**asked), **terms)
        answer = self.give(grant, items)
        assert answer.status_code == 201, answer.text
        return grant

    def use(self, grant: Signed[Grant], items: Sequence[Item], /, **terms: Any) -> Signed[Use]:
        key = terms.pop("key", self.partner)
        fixed: dict[str, Any] = {
            "vault": self.origin,
            "grant": grant.hash,
            "purpose": PURPOSE,
            "items": tuple(sorted(item.id for item in items)),
            "last": None,
            "time": self.clock(),
        }
        return sign(Use(**(fixed | terms)), key)

    def send(self, use: Signed[Use]) -> Any:
        return self.http.post("/v1/uses", content=use.raw, headers={"Content-Type": "application/jose"})

    def receipt(self, text: str) -> Signed[Receipt]:
        """A receipt, checked against the vault's key."""
        key = from_base64url(self.http.get("/v1/trust").json()["keys"][0])
        return verify(text.encode(), Receipt, by(key))

    def revocation(self, grant: Signed[Grant], **terms: Any) -> Signed[Revocation]:
        fixed: dict[str, Any] = {"grant": grant.hash, "erase": True, "uses": 0, "time": self.clock()}
        return sign(Revocation(**(fixed | terms)), self.pairwise)

    def revoke(self, grant: Signed[Grant]) -> Any:
        return self.post("/v1/revocations", {"revocation": self.revocation(grant).text})


def settings_in(folder: Path, url: str) -> Settings:
    """The settings of a vault in this folder, with its keys and schema made."""
    settings = settings_with_tables(folder, url)
    migrate(settings.database_url)
    return settings


def settings_with_tables(folder: Path, url: str) -> Settings:
    """The settings of a vault in this folder, with its keys made; the schema is there."""
    make_keys(folder)
    return Settings(folder=folder, database=url, operator_token=SecretStr(OPERATOR))


def client_of(settings: Settings, clock: Callable[[], datetime]) -> TestClient:
    """Somebody who speaks to a vault under its own name. What goes wrong in it is a 500, as outside."""
    app = create_app(settings, clock)
    return TestClient(app, base_url=f"http://{settings.origin}", raise_server_exceptions=False)


@contextmanager
def vault_running(folder: Path, url: str) -> Iterator[World]:
    """A vault that runs, with nobody in it."""
    settings, clock = settings_with_tables(folder, url), Clock()
    with client_of(settings, clock) as http:
        yield World(http, clock, settings)


def settle(world: World, funds: int = 100_000_000) -> World:
    """Let the owner and the partner arrive: account, pairing, directory entry, money."""
    world.open_account()
    world.register_partner()
    world.pair()
    booked = world.top_up(funds)
    assert booked.status_code == 201, booked.text
    return world
