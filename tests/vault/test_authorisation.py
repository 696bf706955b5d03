"""Who may do what: every route against everybody who could come to it.

The routes are asked of the app itself, so a new one without a row here fails. A row says
what each of seven parties gets for a request that would be good if its owner, or its
partner, had sent it.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.routing import BaseRoute

from anchor.encoding import from_base64url, to_base64url
from anchor.keys import SigningKey
from anchor.records.account import AccountEntry, Login
from anchor.records.arrival import Arrival
from anchor.records.consent import Grant
from anchor.records.evidence import Evidence, Membership
from anchor.records.offers import Counter, Offer
from anchor.records.opening import Opening, Veto
from anchor.records.parties import Pairing
from anchor.records.signed import Signed, hash_of, sign
from tests.vault import outflow
from tests.vault.test_account_entries import Chain
from tests.vault.world import OPERATOR, Item, World, settle, vault_running
from vault import shown
from vault.web.packaged import NOTE, packaged

NOBODY, OWNER, STRANGER, PARTNER, RIVAL, OPERATED, EXPIRED = range(7)
PARTIES = ("nobody", "owner", "stranger", "partner", "rival", "operator", "expired session")

ALL = (200,) * 7
"""Open to everybody."""
APP = ALL if packaged() else (404,) * 7
"""The app is the same for everybody; a vault may have been built without it."""
MADE = (201,) * 7
"""The record in the body is the credential, whoever carries it."""
HERS = (401, 200, 200, 401, 401, 401, 401)
"""Each owner sees her own."""


def owners(own: int, other: int) -> tuple[int, ...]:
    """For owners alone: what it brings the owner concerned, and what another one."""
    return (401, own, other, 401, 401, 401, 401)


def partners(own: int, other: int) -> tuple[int, ...]:
    """For partners alone: the one concerned, and another one."""
    return (401, 401, 401, own, other, 401, 401)


def both(owner: int, stranger: int, partner: int, rival: int) -> tuple[int, ...]:
    """For both sides."""
    return (401, owner, stranger, partner, rival, 401, 401)


OPERATORS = (401, 403, 403, 401, 401, 201, 403)
"""The operator's. A session is a bearer token too, but another; a signed request has none."""
OPERATES = (401, 403, 403, 401, 401, 204, 403)
LOOKED_AT = tuple(200 if status == 201 else status for status in OPERATORS)

ROWS: dict[str, tuple[int, ...]] = {
    "GET /openapi.json": ALL,
    "GET /docs": ALL,
    "GET /docs/reference.css": ALL,
    "GET /": APP,
    "GET /sw.js": APP,
    "GET /app.json": APP,
    "GET /app.webmanifest": APP,
    "GET /app.note": ALL if NOTE in packaged() else (404,) * 7,
    "GET /icon{name}": (404,) * 7,
    "GET /assets/{name}": (404,) * 7,
    "GET /livez": ALL,
    "GET /readyz": ALL,
    "GET /metrics": LOOKED_AT,
    "GET /v1/vault": ALL,
    "GET /v1/trust": ALL,
    "GET /log/checkpoint": (404,) * 7,
    "GET /log/tile/{path}": (404,) * 7,
    "POST /v1/accounts": MADE,
    "POST /v1/arrivals": (409,) * 7,  # the account is here, and did not come from elsewhere
    "POST /v1/journal": owners(201, 409),  # nothing of it is new to her, and nothing of it his
    "POST /v1/finders": (404,) * 7,
    "POST /v1/logins": ALL,
    "POST /v1/sessions": MADE,
    "POST /v1/erasures": MADE,
    "GET /v1/erasures/{account}": (404,) * 7,
    "GET /v1/account": HERS,
    "POST /v1/account/entries": owners(409, 403),  # as far as its place in the chain, which is taken
    "POST /v1/openings": MADE,
    "GET /v1/openings": HERS,
    "POST /v1/vetoes": owners(201, 401),
    "PUT /v1/account/root-mac": owners(204, 204),
    "PUT /v1/account/secrets/{name}": owners(204, 204),
    "POST /v1/pairings": owners(201, 403),
    "GET /v1/pairings": HERS,
    "PUT /v1/collections/{collection}": owners(201, 409),
    "GET /v1/collections": HERS,
    "DELETE /v1/collections/{collection}": owners(409, 404),  # there are items in it
    "GET /v1/deletions": HERS,
    "POST /v1/items": owners(201, 401),
    "GET /v1/items": HERS,
    "GET /v1/items/{item}": owners(200, 404),
    "GET /v1/journal": HERS,
    "PUT /v1/blobs/{blob}": owners(409, 409),  # it is finished, and not the stranger's
    "PUT /v1/blobs/{blob}/parts/{part}": owners(409, 409),
    "POST /v1/blobs/{blob}": owners(201, 404),
    "GET /v1/blobs": HERS,
    "GET /v1/blobs/{blob}": owners(200, 404),
    "GET /v1/blobs/{blob}/content": owners(200, 404),
    "GET /v1/receipts/{receipt}/blobs/{blob}": both(404, 404, 200, 404),
    "DELETE /v1/blobs/{blob}": owners(204, 404),  # the last that needs it
    "GET /v1/asks": both(200, 200, 200, 200),
    "POST /v1/denials": owners(201, 404),
    "POST /v1/grants": owners(201, 403),
    "GET /v1/grants": both(200, 200, 200, 200),
    "POST /v1/grants/{grant}/envelopes": owners(204, 404),
    "POST /v1/revocations": owners(201, 404),
    "GET /v1/receipts": HERS,
    "GET /v1/refusals": HERS,
    "POST /v1/statements": owners(201, 201),
    "GET /v1/transfers": HERS,
    "POST /v1/partners": MADE,
    "GET /v1/partners/{domain}": ALL,
    "POST /v1/partners/{domain}/proofs": partners(202, 403),
    "POST /v1/asks": MADE,
    "POST /v1/offers": MADE,
    "GET /v1/offers": ALL,
    "GET /v1/offers/{offer}": ALL,
    "POST /v1/withdrawals": MADE,
    "POST /v1/counters": owners(201, 403),
    "GET /v1/pools": HERS,
    "POST /v1/demands": owners(201, 404),
    "GET /v1/demands": both(200, 200, 200, 200),
    "POST /v1/attestations": (404,) * 7,
    "POST /v1/reports": MADE,
    "GET /v1/reports": HERS,
    "GET /v1/partners/{domain}/record": ALL,
    "GET /v1/pools/{offer}": (404,) * 7,
    "GET /v1/counters": both(200, 200, 200, 200),
    "POST /v1/counters/{counter}/refusal": partners(204, 404),
    "PUT /v1/account/pause": owners(204, 204),
    "GET /v1/asks/{ask_hash}": partners(200, 404),
    "GET /v1/grants/{grant}/items": partners(200, 404),
    "GET /v1/grants/{grant}/receipts": partners(200, 404),
    "GET /v1/balance": partners(200, 200),
    "PUT /v1/webhooks/{webhook}": partners(200, 409),
    "GET /v1/webhooks": partners(200, 200),
    "POST /v1/webhooks/{webhook}/pings": partners(201, 404),
    "POST /v1/webhooks/{webhook}/replays": partners(201, 404),
    "GET /v1/webhooks/{webhook}/deliveries": partners(200, 404),
    "DELETE /v1/webhooks/{webhook}": partners(204, 404),
    "GET /v1/events": partners(200, 200),
    "GET /v1/receipts/{receipt}/cose": both(404, 404, 404, 404),
    **dict.fromkeys(
        (
            "GET /v1/test/clock",
            "POST /v1/test/clock",
            "POST /v1/test/topups",
            "GET /v1/test/owners",
            "POST /v1/test/owners",
            "GET /v1/test/partners",
        ),
        (404,) * 7,  # of test mode: tests/vault/test_sandbox.py
    ),
    "GET /v1/receipts/{receipt}/proof": both(404, 404, 404, 404),
    "POST /v1/evidence/logs": partners(201, 409),
    "GET /v1/evidence/logs": ALL,
    "GET /v1/evidence/logs/{name}": ALL,
    "GET /v1/evidence/logs/{name}/entries": ALL,
    "POST /v1/evidence/members": MADE,
    "POST /v1/evidence": MADE,
    "GET /v1/evidence/{evidence}/proof": partners(404, 404),
    "GET /evidence/{name}/checkpoint": (404,) * 7,
    "GET /evidence/{name}/tile/{path}": (404,) * 7,
    "POST /v1/topups": OPERATORS,
    "POST /v1/uses": ALL,
    "GET /v1/releases": HERS,
    "POST /v1/disputes": MADE,
    "GET /v1/disputes": both(200, 200, 200, 200),
    "GET /v1/disputes/open": LOOKED_AT,
    "POST /v1/decisions": OPERATORS,
    "POST /v1/claims": owners(403, 401),  # as far as the brake
    "GET /v1/claims": HERS,
    "GET /v1/claims/due": LOOKED_AT,
    "POST /v1/distributions": tuple(404 if status == 201 else status for status in OPERATORS),
    "GET /v1/distributions": LOOKED_AT,
    "POST /v1/distributions/{root}/published": tuple(
        404 if status == 201 else status for status in OPERATORS
    ),
    "GET /v1/claims/{claim}/proof": owners(404, 404),
    "POST /v1/payouts": tuple(404 if status == 201 else status for status in OPERATORS),
    "GET /v1/brakes": HERS,
    "POST /v1/appeals": owners(201, 201),
    "GET /v1/appeals": HERS,
    "GET /v1/appeals/open": LOOKED_AT,
    "POST /v1/appeals/{number}/answer": OPERATES,
    "POST /v1/persons": OPERATES,
    "POST /v1/rewards": MADE,
    "GET /v1/rewards": ALL,
    "POST /v1/redemptions": owners(403, 403),
    "GET /v1/redemptions": both(200, 200, 200, 200),
    "POST /v1/fulfilments": (404,) * 7,
}


WEBHOOK = bytes(range(16))
BLOB = bytes(range(16, 32))


@dataclass
class Scene:
    """An owner with a partner, another pair, and what the first two have between them."""

    world: World
    other: World
    item: Item
    grant: Signed[Grant]
    receipt: bytes
    expired: str
    opening: Signed[Opening]
    offer: Signed[Offer]
    counter: Signed[Counter]

    def headers(self, party: int, method: str, path: str, body: bytes | None) -> dict[str, str]:
        """How a party shows who it is."""
        if party in (PARTNER, RIVAL):
            world = self.world if party == PARTNER else self.other
            return world.signed_headers(method, path, body)
        tokens = {
            OWNER: self.world.session,
            STRANGER: self.other.session,
            OPERATED: OPERATOR,
            EXPIRED: self.expired,
        }
        return {"Authorization": f"Bearer {tokens[party]}"} if party in tokens else {}


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory, empty_sqlite: Path) -> Iterator[Scene]:
    folder = tmp_path_factory.mktemp("vault")
    with vault_running(folder, f"sqlite:///{shutil.copy(empty_sqlite, folder / 'vault.sqlite3')}") as world:
        world.open_account()
        expired = world.session
        world.clock.pass_by(days=1)
        world.log_in()
        yield business(world, expired)


def business(world: World, expired: str) -> Scene:
    """What an owner with an account and her partner have to do with one another, and a second pair."""
    world.register_partner()
    world.pair()
    world.top_up(10**12).raise_for_status()
    other = settle(world.newcomer())
    item = world.write_item()
    grant = world.granted([item])
    receipt = world.receipt(world.send(world.use(grant, [item])).json()["receipt"])
    target, body = f"/v1/webhooks/{to_base64url(WEBHOOK)}", b'{"url":"https://music.example/in"}'
    world.signed("PUT", target, body).raise_for_status()
    world.signed("POST", "/v1/evidence/logs", b'{"name":"directory"}').raise_for_status()
    opening = sign(
        Opening(vault=world.origin, account=world.account, time=world.clock()), guarded_locker(world)
    )
    world.post("/v1/openings", {"opening": opening.text}).raise_for_status()
    blob = f"/v1/blobs/{to_base64url(BLOB)}"
    world.http.put(f"{blob}/parts/0", content=b"sealed", headers=world.as_owner).raise_for_status()
    world.post(blob, {"parts": 1} | _field(item)).raise_for_status()
    offer = world.publish()
    counter = world.counter(offer)
    world.post("/v1/counters", {"counter": counter.text}).raise_for_status()
    return Scene(world, other, item, grant, receipt.hash, expired, opening, offer, counter)


def guarded_locker(world: World) -> SigningKey:
    """The asking key of a guardians' locker that was added to this account."""
    asking, locker = SigningKey.generate(), SigningKey.generate()
    chain = Chain(world)
    half = {"half": to_base64url(bytes(32)), "asking_key": to_base64url(asking.public), "waiting": 3600}
    chain.send(chain.entry("add", locker, kind="guardians"), locker, guarded=half).raise_for_status()
    return asking


def _field(item: Item) -> dict[str, str]:
    return {"item": to_base64url(item.id), "field": to_base64url(min(item.fields))}


def routes_of(app: FastAPI) -> set[str]:
    """Every route, as ``GET /path/{name}``: also those that no page of the API shows."""
    found: set[str] = set()

    def collect(routes: list[BaseRoute]) -> None:
        for route in routes:
            inner = getattr(route, "original_router", None)
            if inner is not None:
                collect(inner.routes)
                continue
            path = route.path.replace(":path}", "}")  # type: ignore[attr-defined] # every other kind has one
            found.update(f"{method} {path}" for method in route.methods - {"HEAD"})  # type: ignore[attr-defined] # see above

    collect(app.routes)
    return found


def test_every_route_has_a_row(scene: Scene) -> None:
    app = scene.world.http.app
    assert isinstance(app, FastAPI)
    routes = routes_of(app)
    assert len(routes) > 40
    assert routes == set(ROWS)
    shown = {f"{method.upper()} {path}" for path, item in app.openapi()["paths"].items() for method in item}
    assert shown <= routes


# ── a good request for each route, new each time ─────────────────────────────────────────


def _account(scene: Scene) -> dict[str, Any]:
    new = scene.world.newcomer()
    mac = to_base64url(bytes(32))
    return {"entry": new.account_entry().text, "sealed_root": "AQAB", "root_mac": mac}


def _login(world: World) -> str:
    asked = world.http.post("/v1/logins", json={"kid": to_base64url(world.device.kid)}).json()
    login = Login(
        vault=world.origin,
        account=from_base64url(asked["account"]),
        nonce=from_base64url(asked["nonce"]),
        expires=datetime.fromisoformat(asked["expires"]),
    )
    return sign(login, world.device).text


def _erasure(scene: Scene) -> dict[str, Any]:
    leaving = scene.world.newcomer()
    leaving.open_account()
    return {"login": _login(leaving), "forfeit": 0}


def _entry(scene: Scene) -> dict[str, Any]:
    entry = replace(scene.world.account_entry().record, seq=1)
    return {
        "entry": sign(entry, scene.world.device).text,
        "roots": {},
        "root_mac": to_base64url(bytes(32)),
    }


def _arrival(scene: Scene) -> dict[str, Any]:
    world = scene.world
    chain = world.get("/v1/account").json()["chain"][:1]
    arrival = Arrival(
        vault=world.origin,
        origin="other.example",
        account=world.account,
        chain=hash_of(AccountEntry, chain[0].encode()),
        manifests=0,
        journal=None,
        time=world.clock(),
    )
    mac = to_base64url(bytes(32))
    locker = {"kid": to_base64url(world.device.kid), "sealed_root": "AQAB", "root_mac": mac}
    return {"arrival": sign(arrival, world.device).text, "chain": chain, "lockers": [locker]}


def _first_manifest(scene: Scene) -> str:
    return str(scene.world.get("/v1/journal").json()["data"][0]["manifest"])


def _veto(scene: Scene) -> str:
    veto = Veto(account=scene.world.account, opening=scene.opening.hash, time=scene.world.clock())
    return sign(veto, scene.world.device).text


def _pairing(scene: Scene) -> dict[str, Any]:
    key = scene.world.newcomer().pairwise
    pairing = Pairing(
        account=scene.world.account,
        partner=f"p{os.urandom(4).hex()}.example",
        owner_key=key.public,
        time=scene.world.clock(),
    )
    return {"pairing": sign(pairing, key).text}


def _items(scene: Scene) -> dict[str, Any]:
    before = scene.world.journal
    body = {"items": [scene.world.item_body(scene.world.new_item())]}
    scene.world.journal = before
    return body


def _envelopes(scene: Scene) -> dict[str, Any]:
    fields = [to_base64url(name) for name in scene.item.fields]
    envelope = {"item": to_base64url(scene.item.id), "version": 1, "fields": fields, "sealed": "AQAB"}
    return {"envelopes": [envelope]}


def _decision(scene: Scene) -> dict[str, Any]:
    about = _new_receipt(scene)
    outflow.put_dispute(scene.world, about).raise_for_status()
    name = to_base64url(outflow.dispute(scene.world, about).hash)
    return {"dispute": name, "share": 1, "fee": 0, "reason": "so it is"}


def _appeal(scene: Scene) -> int:
    number: int = scene.world.post("/v1/appeals", {"brake": "cap", "words": "more"}).json().get("number", 1)
    return number


def _new_receipt(scene: Scene) -> bytes:
    answer = scene.world.send(scene.world.use(scene.grant, [scene.item])).json()
    return scene.world.receipt(answer["receipt"]).hash


def _redemption(scene: Scene) -> dict[str, Any]:
    return {"redemption": outflow.redemption(scene.world, outflow.offer_reward(scene.world)).text}


def _membership(scene: Scene) -> dict[str, Any]:
    """The other partner comes, or goes."""
    world, there = scene.world, scene.world.http.get("/v1/evidence/logs/directory").json()
    record = Membership(
        log=there["log"],
        partner=scene.other.domain,
        admitted=scene.other.domain not in there["members"],
        time=world.clock(),
    )
    return {"membership": sign(record, world.partner).text}


def _evidence(scene: Scene) -> dict[str, Any]:
    world = scene.world
    record = Evidence(
        log=f"{world.origin}/evidence/directory",
        partner=world.domain,
        digest=os.urandom(32),
        label="a bill",
        time=world.clock(),
    )
    return {"evidence": [sign(record, world.partner).text]}


def _demand(scene: Scene) -> dict[str, Any]:
    grant = scene.world.granted([scene.item], max_uses=1)
    scene.world.send(scene.world.use(grant, [scene.item])).raise_for_status()
    scene.world.revoke(grant).raise_for_status()
    return {"demand": scene.world.demand(grant).text}


BODIES: dict[str, Callable[[Scene], dict[str, Any]]] = {
    "POST /v1/accounts": _account,
    "POST /v1/arrivals": _arrival,
    "POST /v1/journal": lambda scene: {"manifests": [{"manifest": _first_manifest(scene)}]},
    "POST /v1/finders": lambda _: {"finder": to_base64url(os.urandom(32))},
    "POST /v1/logins": lambda scene: {"kid": to_base64url(scene.world.device.kid)},
    "POST /v1/sessions": lambda scene: {"login": _login(scene.world)},
    "POST /v1/erasures": _erasure,
    "POST /v1/account/entries": _entry,
    "POST /v1/openings": lambda scene: {"opening": scene.opening.text},
    "POST /v1/vetoes": lambda scene: {"veto": _veto(scene)},
    "PUT /v1/account/root-mac": lambda _: {"root_mac": to_base64url(bytes(32))},
    "PUT /v1/account/secrets/{name}": lambda _: {"sealed": "AQAB"},
    "POST /v1/pairings": _pairing,
    "PUT /v1/collections/{collection}": lambda _: {"sealed": "AQAB"},
    "POST /v1/items": _items,
    "PUT /v1/blobs/{blob}": lambda _: {},
    "PUT /v1/blobs/{blob}/parts/{part}": lambda _: {},
    "POST /v1/blobs/{blob}": lambda scene: {"parts": 1} | _field(scene.item),
    "POST /v1/denials": lambda scene: {"denial": scene.world.denial(scene.world.put_ask()).text},
    "POST /v1/grants": lambda scene: {
        "grant": scene.world.grant(None, price=0, budget=0).text,
        "keys": ["AQAB"],
        "envelopes": [],
    },
    "POST /v1/grants/{grant}/envelopes": _envelopes,
    "POST /v1/revocations": lambda scene: {
        "revocation": scene.world.revocation(scene.world.granted([], max_uses=1)).text
    },
    "POST /v1/statements": lambda _: {},
    "POST /v1/partners": lambda scene: {
        "entry": scene.world.newcomer(f"p{os.urandom(4).hex()}.example").partner_entry().text
    },
    "POST /v1/test/clock": lambda _: {"seconds": 1},
    "POST /v1/test/topups": lambda _: {"amount": 1},
    "POST /v1/test/owners": lambda _: {"kid": to_base64url(bytes(32)), "behaviour": "grants"},
    "PUT /v1/webhooks/{webhook}": lambda _: {"url": "https://music.example/in"},
    "POST /v1/webhooks/{webhook}/replays": lambda _: {"since": 0},
    "POST /v1/evidence/logs": lambda _: {"name": "directory"},
    "POST /v1/evidence/members": _membership,
    "POST /v1/evidence": _evidence,
    "POST /v1/asks": lambda scene: {"ask": scene.world.ask().text},
    "POST /v1/demands": _demand,
    "POST /v1/attestations": lambda scene: {"attestation": scene.world.attestation(bytes(32)).text},
    "POST /v1/reports": lambda scene: {"report": scene.world.report(scene.receipt).text},
    "POST /v1/offers": lambda scene: {"offer": scene.world.offer(campaign=0).text},
    "POST /v1/withdrawals": lambda scene: {
        "withdrawal": scene.world.withdrawal(scene.world.publish(campaign=0)).text
    },
    "POST /v1/counters": lambda scene: {"counter": scene.world.counter(scene.world.publish(campaign=0)).text},
    "PUT /v1/account/pause": lambda _: {"paused": False},
    "POST /v1/topups": lambda scene: {"partner": scene.world.domain, "amount": 1, "reference": "x"},
    "POST /v1/disputes": lambda scene: {"dispute": outflow.dispute(scene.world, _new_receipt(scene)).text},
    "POST /v1/decisions": _decision,
    "POST /v1/claims": lambda scene: {"claim": outflow.claim(scene.world, 10_000).text},
    "POST /v1/payouts": lambda _: {"claim": shown.HASH, "outcome": "settled", "reference": "line 1"},
    "POST /v1/distributions/{root}/published": lambda _: {"reference": "0x00"},
    "POST /v1/appeals": lambda _: {"brake": "cap", "words": "more"},
    "POST /v1/appeals/{number}/answer": lambda _: {"lift": False, "words": "no"},
    "POST /v1/persons": lambda scene: {"account": to_base64url(scene.world.account), "person": shown.HASH},
    "POST /v1/rewards": lambda scene: {"reward": outflow.reward(scene.world).text},
    "POST /v1/redemptions": _redemption,
    "POST /v1/fulfilments": lambda scene: outflow.fulfilment(scene.world, bytes(32), None),
    "POST /v1/uses": lambda scene: {"uses": [scene.world.use(scene.grant, [scene.item]).text]},
}


def path_of(route: str, scene: Scene) -> str:
    names = {
        "{name}": "directory",
        "{collection}": to_base64url(scene.world.collection),
        "{item}": to_base64url(scene.item.id),
        "{grant}": to_base64url(scene.grant.hash),
        "{ask_hash}": to_base64url(scene.grant.record.ask or b""),
        "{offer}": to_base64url(scene.offer.hash),
        "{counter}": to_base64url(scene.counter.hash),
        "{receipt}": to_base64url(scene.receipt),
        "{domain}": scene.world.domain,
        "{account}": to_base64url(scene.world.account),
        "{path}": "0/000",
        "{root}": shown.HASH,
        "{claim}": shown.HASH,
        "{blob}": to_base64url(BLOB),
        "{part}": "0",
        "{webhook}": to_base64url(WEBHOOK),
        "{number}": f"{_appeal(scene)}" if "{number}" in route else "",
        "{evidence}": to_base64url(bytes(32)),
    }
    path = route.partition(" ")[2]
    for name, value in names.items():
        path = path.replace(name, value)
    return path


@pytest.mark.parametrize("route", list(ROWS))
def test_each_party_gets_just_what_is_its_own(scene: Scene, route: str) -> None:
    """The others come first: what they do must not be what the owner is answered."""
    method, path = route.split(" ", maxsplit=1)[0], path_of(route, scene)
    seen: dict[str, int] = {}
    for party in (NOBODY, EXPIRED, STRANGER, RIVAL, OPERATED, PARTNER, OWNER):
        body = BODIES[route](scene) if route in BODIES else None
        request = scene.world.http.build_request(method, path, json=body)
        headers = scene.headers(party, method, path, request.content or None)
        request.headers.update(headers | {"Idempotency-Key": f"{party}"})
        seen[PARTIES[party]] = scene.world.http.send(request).status_code
        if route == "PUT /v1/collections/{collection}" and party == OWNER:
            seen[PARTIES[party]] += seen[PARTIES[party]] == 200  # it is there already
    assert seen == dict(zip(PARTIES, ROWS[route], strict=True))


@pytest.mark.parametrize("route", [route for route, row in ROWS.items() if row == HERS])
def test_what_is_hers_is_not_in_what_a_stranger_sees(scene: Scene, route: str) -> None:
    path = path_of(route, scene)
    account = to_base64url(scene.world.account)
    hers, theirs = scene.world.get(path), scene.other.get(path)
    assert (hers.status_code, theirs.status_code) == (200, 200)
    assert account not in theirs.text
    for secret in (to_base64url(scene.item.id), scene.grant.text, to_base64url(scene.receipt)):
        assert secret not in theirs.text
