"""A small vault in memory that keeps docs/spec/http.md, for clients to talk to.

It stores what it is given and signs what happened; it has no disk, no worker and no
second owner's secrets. Liars are subclasses that override one method, each to break one promise.
"""

import json
import re
import secrets
from base64 import b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

import httpx2
from http_message_signatures import HTTPMessageVerifier, MappingKeyResolver
from http_message_signatures.algorithms import HTTPSignatureAlgorithm

from anchor.encoding import from_base64url, to_base64url
from anchor.keys import SigningKey, verify_signature
from anchor.log import Log, MemoryLogStore
from anchor.note import NoteKey
from anchor.records.account import AccountEntry, Login, Manifest
from anchor.records.consent import Ask, Denial, Grant, Revocation, fee_of, verify_grant
from anchor.records.erasure import Deletion
from anchor.records.parties import Pairing, Partner, verify_next_entry
from anchor.records.proof import Materials, write_proof
from anchor.records.shape import OpenedItem, write_time
from anchor.records.signed import Record, Signed, by, sign, verify
from anchor.records.trust import Trust
from anchor.records.usage import OwnerLink, Receipt, Statement, Use, owner_link_of, sealed_hash

FEE = 1000
FUNDS = 100_000_000


UNPROVED = {"state": "unproved", "seen": None, "checked": None, "error": "", "way": None}


class Problem(Exception):
    """A refusal, as it goes over the wire."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status, self.code = status, code


@dataclass
class Account:
    """What the vault stores of one owner."""

    entry: Signed[AccountEntry]
    locker: dict[str, Any]
    journal: list[Signed[Manifest]] = field(default_factory=list)
    items: dict[bytes, dict[str, Any]] = field(default_factory=dict)
    collections: dict[str, str] = field(default_factory=dict)
    pairings: dict[bytes, Signed[Pairing]] = field(default_factory=dict)
    receipts: list["Written"] = field(default_factory=list)

    @property
    def id(self) -> bytes:
        return self.entry.record.account

    @property
    def head(self) -> bytes | None:
        return self.journal[-1].hash if self.journal else None


@dataclass
class Given:
    """A grant, its keys and envelopes, and where it stands."""

    grant: Signed[Grant]
    partner: str
    account: Account
    keys: list[str]
    envelopes: dict[str, dict[str, Any]]
    state: str = "standing"
    chain: list["Written"] = field(default_factory=list)

    @property
    def uses(self) -> int:
        return sum(one.use is not None for one in self.chain)

    @property
    def escrow(self) -> int:
        terms = self.grant.record
        reserved = min(terms.budget, terms.price * terms.max_uses)
        return 0 if self.state != "standing" else reserved - terms.price * self.uses


@dataclass
class Written:
    """A receipt with what it answers, its place in the owner's chain, and its index in the log."""

    receipt: Signed[Receipt]
    use: Signed[Use] | None
    revocation: Signed[Revocation] | None
    link: OwnerLink
    index: int


@dataclass
class PutAsk:
    """An ask and its state."""

    ask: Signed[Ask]
    account: Account
    state: str = "open"


class _Ed25519(HTTPSignatureAlgorithm):
    algorithm_id = "ed25519"

    def __init__(self, public_key: bytes | None = None, **_: object) -> None:
        self.public_key = public_key or b""

    def verify(self, signature: bytes, message: bytes) -> None:
        verify_signature(self.public_key, message, signature)


class _Verifier(HTTPMessageVerifier):
    """Its clock is the test's."""

    def __init__(self, now: datetime, kid: str, public: bytes) -> None:
        keys: Any = {kid: public}  # bytes are what our algorithm takes
        resolver = MappingKeyResolver(public_keys=keys, private_keys={})
        super().__init__(signature_algorithm=_Ed25519, key_resolver=resolver)
        self._now = int(now.timestamp())

    def validate_created_and_expires(self, sig_input: Any, max_age: timedelta | None = None) -> None:
        created, expires = sig_input.params["created"], sig_input.params["expires"]
        assert max_age is not None
        assert created <= self._now <= expires <= created + max_age.total_seconds()


class HonestVault:
    """Answers requests; ``transport`` lets a client talk to it."""

    origin = "vault.example"
    url = "https://vault.example"

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self.clock = clock
        self.key = SigningKey.generate()
        self.log_key = NoteKey(f"{self.origin}/log", SigningKey.generate())
        self.log = Log(self.log_key.name, MemoryLogStore())
        self.accounts: dict[bytes, Account] = {}
        self.sessions: dict[str, Account] = {}
        self.partners: dict[str, list[Signed[Partner]]] = {}
        self.asks: dict[bytes, PutAsk] = {}
        self.given: dict[bytes, Given] = {}
        self.proofs: dict[str, dict[str, Any]] = {}
        self.webhooks: dict[str, dict[str, Any]] = {}
        self.nonces: set[str] = set()
        self.requests: list[httpx2.Request] = []
        self.before: Callable[[httpx2.Request], httpx2.Response | None] = lambda _: None
        self.after: Callable[[httpx2.Request, httpx2.Response], httpx2.Response] = lambda _, answer: answer

    @property
    def transport(self) -> httpx2.MockTransport:
        return httpx2.MockTransport(self.handle)

    @property
    def trust(self) -> Trust:
        return Trust(
            vault=self.origin,
            keys=(self.key.public,),
            log=self.log_key.verifier.vkey,
            quorum=0,
            witnesses=(),
            chain=None,
        )

    # -- HTTP ----------------------------------------------------------------------------

    def handle(self, request: httpx2.Request) -> httpx2.Response:
        self.requests.append(request)
        ready = self.before(request)
        answer = ready if ready is not None else self._handle(request)
        return self.after(request, answer)

    def _handle(self, request: httpx2.Request) -> httpx2.Response:
        for method, pattern, name in ROUTES:
            match = re.fullmatch(pattern, request.url.path)
            if match and request.method == method:
                return self._answer(getattr(self, name), request, *match.groups())
        return refuse(Problem(404, "not-found"))

    def _answer(self, route: Callable[..., Any], request: httpx2.Request, *named: str) -> httpx2.Response:
        try:
            found = route(request, *named)
        except Problem as problem:
            return refuse(problem)
        return found if isinstance(found, httpx2.Response) else httpx2.Response(200, json=found)

    def owner(self, request: httpx2.Request) -> Account:
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        if token not in self.sessions:
            raise Problem(401, "unauthorised")
        return self.sessions[token]

    def partner(self, request: httpx2.Request) -> str:
        """RFC 9421, with the tag, components and nonce that docs/spec/http.md asks for."""
        kids = {to_base64url(_kid(entries[-1])): domain for domain, entries in self.partners.items()}
        found = re.search(r'keyid="([\w-]{43})"', request.headers.get("signature-input", ""))
        if not found or found[1] not in kids:
            raise Problem(401, "unauthorised")
        domain = kids[found[1]]
        verifier = _Verifier(self.clock(), found[1], self.partners[domain][-1].record.sign_key)
        (result,) = verifier.verify(
            request,
            expect_tag="planetvault",
            max_age=timedelta(minutes=5),
            require_components=("@method", "@target-uri"),
            body=request.content or None,
        )
        nonce = str(result.nonce)
        if nonce in self.nonces:
            raise Problem(409, "conflict")
        self.nonces.add(nonce)
        return domain

    def page(self, request: httpx2.Request, rows: Sequence[Any]) -> dict[str, Any]:
        start, limit = int(request.url.params.get("after", "0")), int(request.url.params.get("limit", "50"))
        end = start + limit
        return {"data": list(rows[start:end]), "next": str(end) if end < len(rows) else None}

    # -- the vault -----------------------------------------------------------------------

    def show_vault(self, _request: httpx2.Request) -> Any:
        return {"vault": self.origin, "currency": "USD", "fee": FEE, "log": self.log_key.name, "mode": "live"}

    def show_trust(self, _request: httpx2.Request) -> Any:
        return httpx2.Response(200, content=bytes(self.trust))

    # -- owners --------------------------------------------------------------------------

    def create_account(self, request: httpx2.Request) -> Any:
        body = json.loads(request.content)
        entry = verify(body["entry"].encode(), AccountEntry, lambda _, e: e.sign_key)
        locker = {name: body[name] for name in ("sealed_root", "root_mac", "parameters")}
        locker |= {"kid": to_base64url(entry.kid), "kind": entry.record.kind}
        self.accounts.setdefault(entry.record.account, Account(entry, locker))
        return {"account": to_base64url(entry.record.account)}

    def begin_login(self, request: httpx2.Request) -> Any:
        kid = json.loads(request.content)["kid"]
        account = next(one for one in self.accounts.values() if one.locker["kid"] == kid)
        nonce = secrets.token_bytes(32)
        self.nonces.add(to_base64url(nonce))
        expires = write_time(self.clock() + timedelta(minutes=5))
        return {
            "account": to_base64url(account.id),
            "nonce": to_base64url(nonce),
            "expires": expires,
            "parameters": {},
        }

    def begin_session(self, request: httpx2.Request) -> Any:
        raw = json.loads(request.content)["login"].encode()
        keys = {one.entry.kid: one for one in self.accounts.values()}
        login = verify(raw, Login, lambda kid, _: keys[kid].entry.record.sign_key)
        assert login.record.vault == self.origin
        self.nonces.remove(to_base64url(login.record.nonce))
        token = secrets.token_urlsafe(32)
        self.sessions[token] = keys[login.kid]
        return {"session": token, "expires": write_time(login.record.expires)}

    def show_account(self, request: httpx2.Request) -> Any:
        account = self.owner(request)
        earned = sum(one.receipt.record.price - one.receipt.record.fee for one in account.receipts)
        return {
            "account": to_base64url(account.id),
            "chain": [account.entry.text],
            "lockers": [account.locker],
            "secrets": {},
            "journal": {"seq": len(account.journal), "head": maybe(account.head)},
            "balances": {"estimated": 0, "pending": earned, "payable": 0, "leaving": 0, "paid": 0},
            "currency": "USD",
        }

    def pair(self, request: httpx2.Request) -> Any:
        account = self.owner(request)
        raw = json.loads(request.content)["pairing"].encode()
        pairing = verify(raw, Pairing, lambda _, p: p.owner_key)
        account.pairings[pairing.kid] = pairing
        return {}

    def keep_collection(self, request: httpx2.Request, name: str) -> Any:
        self.owner(request).collections[name] = json.loads(request.content)["sealed"]
        return {}

    def list_collections(self, request: httpx2.Request) -> Any:
        held = self.owner(request).collections
        return {"data": [{"collection": name, "sealed": sealed} for name, sealed in held.items()]}

    def write_items(self, request: httpx2.Request) -> Any:
        account = self.owner(request)
        bodies = json.loads(request.content)["items"]
        manifests = [
            verify(b["manifest"].encode(), Manifest, by(account.entry.record.sign_key)) for b in bodies
        ]
        if account.head == manifests[-1].hash:
            return {"seq": len(account.journal), "head": maybe(account.head), "deletion": None}
        if manifests[0].record.prev != account.head:
            raise Problem(409, "journal-moved")
        for body, manifest in zip(bodies, manifests, strict=True):
            self.write_item(account, manifest, body)
        gone = any(not manifest.record.fields for manifest in manifests)
        deletion = self.delete(account, len(account.journal) - len(manifests)) if gone else None
        return {"seq": len(account.journal), "head": maybe(account.head), "deletion": deletion}

    def delete(self, account: Account, since: int) -> str:
        """The word for what the manifests above ``since`` deleted."""
        deletion = Deletion(
            vault=self.origin,
            account=account.entry.record.account,
            collection=None,
            since=since,
            manifests=len(account.journal),
            journal=account.head,
            time=self.clock(),
        )
        return sign(deletion, self.key).text

    def write_item(self, account: Account, manifest: Signed[Manifest], body: dict[str, Any]) -> None:
        account.journal.append(manifest)
        account.items[manifest.record.item] = body
        for given in self.given.values():
            given.envelopes.pop(to_base64url(manifest.record.item), None)
        for envelope in body["envelopes"]:
            given = self.given[from_base64url(envelope["grant"])]
            place = {"item": to_base64url(manifest.record.item), "version": manifest.record.version}
            given.envelopes[place["item"]] = envelope | place  # type: ignore[index]  # the id, as text

    def list_items(self, request: httpx2.Request) -> Any:
        bodies = self.owner(request).items.values()
        return self.page(request, [{"manifest": b["manifest"], "key": b["key"]} for b in bodies])

    def show_item(self, request: httpx2.Request, item: str) -> Any:
        body = self.owner(request).items.get(from_base64url(item))
        if body is None:
            raise Problem(404, "not-found")
        return {name: body[name] for name in ("manifest", "key", "fields")}

    def list_journal(self, request: httpx2.Request) -> Any:
        return self.page(request, [{"manifest": one.text} for one in self.owner(request).journal])

    def list_asks(self, request: httpx2.Request) -> Any:
        signed = "signature-input" in request.headers
        domain, account = (self.partner(request), None) if signed else (None, self.owner(request))
        rows = [
            {
                "ask": put.ask.text,
                "hash": to_base64url(put.ask.hash),
                "state": put.state,
                "partner": self.show_entries(put.ask.record.partner),
            }
            for put in self.asks.values()
            if domain == put.ask.record.partner or put.account is account
        ]
        return self.page(request, rows)

    def deny(self, request: httpx2.Request) -> Any:
        raw = json.loads(request.content)["denial"].encode()
        denial = verify(raw, Denial, lambda _, d: d.owner_key)
        self.asks[denial.record.ask].state = "denied"
        return {}

    def give(self, request: httpx2.Request) -> Any:
        account, body = self.owner(request), json.loads(request.content)
        grant = verify_grant(body["grant"].encode())
        if grant.hash in self.given:
            return {"hash": to_base64url(grant.hash)}
        assert grant.kid in account.pairings
        if grant.record.budget > FUNDS:
            raise Problem(402, "insufficient-funds")
        put = self.asks[grant.record.ask or b""]
        if put.state != "open":
            raise Problem(409, "conflict")
        put.state = "granted"
        envelopes = {one["item"]: one for one in body["envelopes"]}
        self.given[grant.hash] = Given(grant, grant.record.partner, account, body["keys"], envelopes)
        return {"hash": to_base64url(grant.hash)}

    def list_grants(self, request: httpx2.Request) -> Any:
        if "signature-input" in request.headers:
            domain = self.partner(request)
            found = [one for one in self.given.values() if one.partner == domain]
        else:
            account = self.owner(request)
            found = [one for one in self.given.values() if one.account is account]
        return self.page(request, [self.show_grant(one) for one in found])

    def show_grant(self, given: Given) -> dict[str, Any]:
        return {
            "grant": given.grant.text,
            "hash": to_base64url(given.grant.hash),
            "state": given.state,
            "uses": given.uses,
            "escrow": given.escrow,
        }

    def add_envelopes(self, request: httpx2.Request, grant: str) -> Any:
        self.owner(request)
        given = self.given[from_base64url(grant)]
        given.envelopes |= {one["item"]: one for one in json.loads(request.content)["envelopes"]}
        return httpx2.Response(204)

    def revoke(self, request: httpx2.Request) -> Any:
        self.owner(request)
        raw = json.loads(request.content)["revocation"].encode()
        keys = {one.grant.kid: one.grant.record.owner_key for one in self.given.values()}
        revocation = verify(raw, Revocation, lambda kid, _: keys[kid])
        given = self.given[revocation.record.grant]
        if given.state == "standing":
            given.state, given.envelopes, given.keys = "revoked", {}, []
            self.close(given, revocation)
        return {"receipt": given.chain[-1].receipt.text}

    def close(self, given: Given, revocation: Signed[Revocation]) -> None:
        self.write(given, None, revocation, self.closing(given, revocation))

    def list_receipts(self, request: httpx2.Request) -> Any:
        return self.page(request, [self.show_receipt(one) for one in self.owner(request).receipts])

    def show_receipt(self, one: Written) -> dict[str, Any]:
        return {
            "receipt": one.receipt.text,
            "use": one.use.text if one.use else None,
            "revocation": one.revocation.text if one.revocation else None,
            "grant": to_base64url(one.receipt.record.grant),
            "link": {
                "seq": one.link.seq,
                "prev": maybe(one.link.prev),
                "blind": to_base64url(one.link.blind),
            },
            "entry": {"index": one.index},
            "state": "committed",
        }

    def list_pools(self, request: httpx2.Request) -> Any:
        self.owner(request)
        return self.page(request, [])

    def list_disputes(self, request: httpx2.Request) -> Any:
        """None; nor claims, redemptions or releases: nothing leaves this vault."""
        self.owner(request)
        return self.page(request, [])

    def list_refusals(self, request: httpx2.Request) -> Any:
        self.owner(request)
        return self.page(request, [])

    def state(self, request: httpx2.Request) -> Any:
        return {"statement": sign(self.statement(self.owner(request)), self.key).text}

    def statement(self, account: Account) -> Statement:
        earned = sum(one.receipt.record.price - one.receipt.record.fee for one in account.receipts)
        return Statement(
            vault=self.origin,
            account=account.id,
            log_size=self.log.head().size,
            receipts=len(account.receipts),
            head=account.receipts[-1].receipt.hash if account.receipts else None,
            pending=earned,
            payable=0,
            leaving=0,
            paid=0,
            currency="USD",
            time=self.clock(),
        )

    # -- partners ------------------------------------------------------------------------

    def add_entry(self, request: httpx2.Request) -> Any:
        raw = json.loads(request.content)["entry"].encode()
        entries = next((e for e in self.partners.values() if any(one.raw == raw for one in e)), None)
        if entries is None:
            domain = json.loads(_payload(raw))["partner"]
            entries = self.partners.setdefault(domain, [])
            entries.append(verify_next_entry(raw, entries))
        return {"entries": [one.text for one in entries]}

    def show_partner(self, _request: httpx2.Request, domain: str) -> Any:
        if domain not in self.partners:
            raise Problem(404, "not-found")
        return {"entries": self.show_entries(domain), "proof": self.proofs.get(domain, UNPROVED)}

    def prove_domain(self, request: httpx2.Request, domain: str) -> Any:
        assert self.partner(request) == domain
        before = self.proofs.get(domain, UNPROVED)
        now = write_time(self.clock())
        self.proofs[domain] = {"state": "proved", "seen": now, "checked": now, "error": "", "way": "file"}
        return before

    def show_entries(self, domain: str) -> list[str]:
        return [one.text for one in self.partners[domain]]

    def put_ask(self, request: httpx2.Request) -> Any:
        domain = self.partner(request)
        raw = json.loads(request.content)["ask"].encode()
        ask = verify(raw, Ask, by(self.partners[domain][-1].record.sign_key))
        account = next((one for one in self.accounts.values() if ask.record.owner in one.pairings), None)
        if account is None:
            raise Problem(404, "not-found")
        self.asks[ask.hash] = PutAsk(ask, account)
        return {"hash": to_base64url(ask.hash)}

    def show_ask(self, request: httpx2.Request, ask: str) -> Any:
        self.partner(request)
        put = self.asks[from_base64url(ask)]
        grant = next(
            (one.grant.hash for one in self.given.values() if one.grant.record.ask == put.ask.hash), None
        )
        return {"state": put.state, "grant": maybe(grant)}

    def list_open_items(self, request: httpx2.Request, grant: str) -> Any:
        self.partner(request)
        envelopes = self.given[from_base64url(grant)].envelopes.values()
        return self.page(request, [{"item": one["item"], "version": one["version"]} for one in envelopes])

    def list_chain(self, request: httpx2.Request, grant: str) -> Any:
        self.partner(request)
        return self.page(request, self.show_chain(self.given[from_base64url(grant)]))

    def show_chain(self, given: Given) -> list[dict[str, Any]]:
        return [
            {
                "receipt": one.receipt.text,
                "use": one.use.text if one.use else None,
                "revocation": one.revocation.text if one.revocation else None,
            }
            for one in given.chain
        ]

    def show_balance(self, request: httpx2.Request) -> Any:
        domain = self.partner(request)
        held = [one for one in self.given.values() if one.partner == domain]
        return {"funding": FUNDS, "escrow": sum(one.escrow for one in held), "currency": "USD"}

    def put_webhook(self, request: httpx2.Request, name: str) -> Any:
        self.partner(request)
        terms = {"kinds": [], "low_balance": 0, "generation": 1} | json.loads(request.content)
        self.webhooks[name] = {"webhook": name, **terms, "state": "active", "failing": None}
        secret = sha256(f"{name} {terms['generation']}".encode()).digest()
        return {**self.webhooks[name], "secret": f"whsec_{b64encode(secret).decode()}"}

    def list_webhooks(self, request: httpx2.Request) -> Any:
        self.partner(request)
        return {"data": list(self.webhooks.values())}

    def remove_webhook(self, request: httpx2.Request, name: str) -> Any:
        self.partner(request)
        if self.webhooks.pop(name, None) is None:
            raise Problem(404, "not-found")
        return httpx2.Response(204)

    # -- a use ---------------------------------------------------------------------------

    def use(self, request: httpx2.Request) -> Any:
        if request.headers["content-type"] != "application/json":
            return self.answer(request.content)
        return {
            "answers": [self._answer_or_problem(raw.encode()) for raw in json.loads(request.content)["uses"]]
        }

    def _answer_or_problem(self, raw: bytes) -> dict[str, Any]:
        try:
            return self.answer(raw)
        except Problem as problem:
            return {"problem": body_of(problem)}

    def answer(self, raw: bytes) -> dict[str, Any]:
        keys = {_kid(entries[-1]): entries[-1].record.sign_key for entries in self.partners.values()}
        use = verify(raw, Use, lambda kid, _: keys[kid])
        given = self.given.get(use.record.grant)
        if given is None:
            raise Problem(404, "grant-unknown")
        again = next((one for one in given.chain if one.use and one.use.hash == use.hash), None)
        if again is None:
            self.allow(given, use)
            again = self.write(given, use, None, self.receipt(given, use))
        return self.answered(given, again)

    def allow(self, given: Given, use: Signed[Use]) -> None:
        terms = given.grant.record
        if given.state != "standing":
            raise Problem(410, "grant-revoked")
        if use.record.purpose not in terms.purposes:
            raise Problem(403, "purpose-not-granted")
        if given.uses >= terms.max_uses:
            raise Problem(403, "uses-exhausted")
        if any(to_base64url(item) not in given.envelopes for item in use.record.items):
            raise Problem(403, "item-not-granted")

    def receipt(self, given: Given, use: Signed[Use]) -> dict[str, Any]:
        """The fields of a receipt, without its places in the chains."""
        terms = given.grant.record
        return {
            "vault": self.origin,
            "grant": given.grant.hash,
            "use": use.hash,
            "revocation": None,
            "partner": terms.partner,
            "purpose": use.record.purpose,
            "opened": tuple(self.opened(given, item) for item in use.record.items),
            "price": terms.price,
            "fee": fee_of(terms),
            "currency": terms.currency,
            "time": self.clock(),
        }

    def closing(self, given: Given, revocation: Signed[Revocation]) -> dict[str, Any]:
        terms = given.grant.record
        nothing = {"use": None, "purpose": None, "opened": (), "price": 0, "fee": 0}
        fixed = {"vault": self.origin, "grant": given.grant.hash, "revocation": revocation.hash}
        said = {"partner": terms.partner, "currency": terms.currency, "time": self.clock()}
        return nothing | fixed | said

    def opened(self, given: Given, item: bytes) -> OpenedItem:
        envelope = given.envelopes[to_base64url(item)]
        fields = {name: self.field(given, item, name) for name in envelope["fields"]}
        hashes = {from_base64url(n): sha256(from_base64url(sealed)).digest() for n, sealed in fields.items()}
        return OpenedItem(item, envelope["version"], sealed_hash(hashes))

    def field(self, given: Given, item: bytes, name: str) -> str:
        sealed: str = given.account.items[item]["fields"][name]
        return sealed

    def write(
        self,
        given: Given,
        use: Signed[Use] | None,
        revocation: Signed[Revocation] | None,
        said: dict[str, Any],
    ) -> Written:
        """Give a receipt its places, sign it, and append it to the log."""
        link = self.next_link(given.account)
        record = Receipt(**said, **self.next_place(given), owner_link=owner_link_of(link))
        receipt = self.sign(record)
        self.log.append([receipt.entry])
        written = Written(receipt, use, revocation, link, self.log.head().size - 1)
        given.chain.append(written)
        given.account.receipts.append(written)
        return written

    def next_place(self, given: Given) -> dict[str, Any]:
        return {"seq": len(given.chain) + 1, "prev": given.chain[-1].receipt.hash if given.chain else None}

    def next_link(self, account: Account) -> OwnerLink:
        head = account.receipts[-1].receipt.hash if account.receipts else None
        return OwnerLink(len(account.receipts) + 1, head, secrets.token_bytes(32))

    def sign(self, record: Receipt) -> Signed[Receipt]:
        return sign(record, self.key)

    def answered(self, given: Given, written: Written) -> dict[str, Any]:
        items = [self.show_opened(given, one) for one in written.receipt.record.opened]
        return {"receipt": written.receipt.text, "keys": self.keys(given), "items": items}

    def keys(self, given: Given) -> list[str]:
        return given.keys

    def show_opened(self, given: Given, one: OpenedItem) -> dict[str, Any]:
        envelope = given.envelopes[to_base64url(one.item)]
        return {
            "item": to_base64url(one.item),
            "version": one.version,
            "envelope": envelope["sealed"],
            "fields": {name: self.field(given, one.item, name) for name in envelope["fields"]},
        }

    # -- proofs --------------------------------------------------------------------------

    def prove(self, _request: httpx2.Request, receipt: str) -> Any:
        found = [
            (g, w) for g in self.given.values() for w in g.chain if to_base64url(w.receipt.hash) == receipt
        ]
        if not found:
            raise Problem(404, "not-found")
        return httpx2.Response(200, content=self.proof(*found[0]))

    def proof(self, given: Given, written: Written) -> bytes:
        size, terms = self.log.head().size, given.grant.record
        entries = self.partners[terms.partner]
        keys = {_kid(entry): entry.record.sign_key for entry in entries}
        kid = written.use.kid if written.use else terms.partner_key
        materials = Materials(
            receipt=written.receipt.text,
            grant=given.grant.text,
            use=written.use.text if written.use else None,
            revocation=written.revocation.text if written.revocation else None,
            partner_key=keys[kid],
            partner=() if kid == terms.partner_key else tuple(self.show_entries(terms.partner)),
            anchor=None,
        )
        path = self.log.inclusion(written.index, size)
        checkpoint = self.log.checkpoint(size, self.log_key)
        return bytes(write_proof(materials, index=written.index, path=path, checkpoint=checkpoint))


ROUTES = [
    ("GET", "/v1/vault", "show_vault"),
    ("GET", "/v1/trust", "show_trust"),
    ("POST", "/v1/accounts", "create_account"),
    ("POST", "/v1/logins", "begin_login"),
    ("POST", "/v1/sessions", "begin_session"),
    ("GET", "/v1/account", "show_account"),
    ("GET", "/v1/disputes", "list_disputes"),
    ("GET", "/v1/claims", "list_disputes"),
    ("GET", "/v1/redemptions", "list_disputes"),
    ("GET", "/v1/releases", "list_disputes"),
    ("GET", "/v1/pools", "list_pools"),
    ("POST", "/v1/pairings", "pair"),
    ("PUT", r"/v1/collections/([\w-]{22})", "keep_collection"),
    ("GET", "/v1/collections", "list_collections"),
    ("POST", "/v1/items", "write_items"),
    ("GET", "/v1/items", "list_items"),
    ("GET", r"/v1/items/([\w-]{22})", "show_item"),
    ("GET", "/v1/journal", "list_journal"),
    ("GET", "/v1/asks", "list_asks"),
    ("POST", "/v1/denials", "deny"),
    ("POST", "/v1/grants", "give"),
    ("GET", "/v1/grants", "list_grants"),
    ("POST", r"/v1/grants/([\w-]{43})/envelopes", "add_envelopes"),
    ("POST", "/v1/revocations", "revoke"),
    ("GET", "/v1/receipts", "list_receipts"),
    ("GET", "/v1/refusals", "list_refusals"),
    ("POST", "/v1/statements", "state"),
    ("POST", "/v1/partners", "add_entry"),
    ("GET", r"/v1/partners/([a-z.]+)", "show_partner"),
    ("POST", r"/v1/partners/([a-z.]+)/proofs", "prove_domain"),
    ("POST", "/v1/asks", "put_ask"),
    ("GET", r"/v1/asks/([\w-]{43})", "show_ask"),
    ("GET", r"/v1/grants/([\w-]{43})/items", "list_open_items"),
    ("GET", r"/v1/grants/([\w-]{43})/receipts", "list_chain"),
    ("GET", "/v1/balance", "show_balance"),
    ("PUT", r"/v1/webhooks/([\w-]{22})", "put_webhook"),
    ("GET", "/v1/webhooks", "list_webhooks"),
    ("DELETE", r"/v1/webhooks/([\w-]{22})", "remove_webhook"),
    ("POST", "/v1/uses", "use"),
    ("GET", r"/v1/receipts/([\w-]{43})/proof", "prove"),
]


def body_of(problem: Problem) -> dict[str, Any]:
    return {
        "type": f"https://planetvault.example/problems/{problem.code}",
        "title": problem.code,
        "status": problem.status,
        "detail": f"refused: {problem.code}",
        "code": problem.code,
        "request_id": "a request",
    }


def refuse(problem: Problem, **headers: str) -> httpx2.Response:
    content = json.dumps(body_of(problem)).encode()
    named = {
        "content-type": "application/problem+json",
        **{k.replace("_", "-"): v for k, v in headers.items()},
    }
    return httpx2.Response(problem.status, content=content, headers=named)


def maybe(value: bytes | None) -> str | None:
    return None if value is None else to_base64url(value)


def _kid(entry: Signed[Partner]) -> bytes:
    return sha256(entry.record.sign_key).digest()


def _payload(raw: bytes) -> bytes:
    return from_base64url(raw.split(b".")[1].decode())


def resigned(signed: Signed[Any], key: SigningKey, **changes: Any) -> Signed[Any]:
    """The same record with some fields changed, signed by ``key``."""
    record: Record = signed.record
    values = {name: getattr(record, name) for name in record.__dataclass_fields__}  # type: ignore[attr-defined]  # every record is a dataclass
    return sign(type(record)(**(values | changes)), key)
