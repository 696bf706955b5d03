"""What owners, partners and the operator send when money is disputed, claimed or redeemed."""

import os
from datetime import timedelta
from hashlib import sha256
from typing import Any

from anchor.encoding import to_base64url
from anchor.keys import SigningKey
from anchor.records.disputes import Dispute
from anchor.records.payouts import Claim
from anchor.records.rewards import Fulfilment, Redemption, Reward
from anchor.records.signed import Signed, sign
from anchor.records.usage import Receipt
from tests.vault.books import transfers_of, verify_balances
from tests.vault.world import OPERATOR, World
from vault.worker import Worker

AS_OPERATOR = {"Authorization": f"Bearer {OPERATOR}"}
BANK = "DE89 3704 0044 0532 0130 00, Maya Example"


def operate(world: World, path: str, body: dict[str, Any]) -> Any:
    return world.http.post(path, json=body, headers=AS_OPERATOR)


def operated(world: World, path: str) -> Any:
    return world.http.get(path, headers=AS_OPERATOR)


def work(world: World, holdback: timedelta = timedelta(0)) -> None:
    """Let a worker do every duty once."""
    keys = world.service.keys
    worker = Worker(world.settings.database_url, keys, holdback=holdback, clock=world.clock)
    try:
        for outcome in worker.once():
            assert outcome.error is None, outcome
    finally:
        worker.close()


def earn(world: World, uses: int = 1, **terms: Any) -> list[Signed[Receipt]]:
    """Let the owner earn 108,000 micros by each of so many uses; they are pending."""
    item = world.write_item()
    grant = world.granted([item], **terms)
    return [world.receipt(world.send(world.use(grant, [item])).json()["receipt"]) for _ in range(uses)]


def balances(world: World) -> dict[str, int]:
    """The owner's balances but the estimated one, as far as there is something on them."""
    shown: dict[str, int] = world.get("/v1/account").json()["balances"]
    return {name: amount for name, amount in shown.items() if amount and name != "estimated"}


def verify_sums(world: World) -> None:
    """The fold over all transfers is what the balances say, at no point below zero."""
    with world.database() as transaction:
        verify_balances(transaction, transfers_of(transaction))


def dispute(world: World, receipt: bytes, key: SigningKey | None = None, **terms: Any) -> Signed[Dispute]:
    fixed: dict[str, Any] = {
        "vault": world.origin,
        "receipt": receipt,
        "reason": "It came empty.",
        "time": world.clock(),
        "salt": sha256(receipt).digest(),
    }
    return sign(Dispute(**(fixed | terms)), key or world.partner)


def put_dispute(world: World, receipt: bytes, key: SigningKey | None = None, **terms: Any) -> Any:
    return world.http.post("/v1/disputes", json={"dispute": dispute(world, receipt, key, **terms).text})


def decide(world: World, receipt: bytes, share: int, fee: int = 0, **terms: Any) -> Any:
    name = to_base64url(dispute(world, receipt).hash)
    body = {"dispute": name, "share": share, "fee": fee, "reason": "So it is."}
    return operate(world, "/v1/decisions", body | terms)


def claim(world: World, amount: int, key: SigningKey | None = None, **terms: Any) -> Signed[Claim]:
    fixed: dict[str, Any] = {
        "vault": world.origin,
        "account": world.account,
        "way": "manual",
        "amount": amount,
        "currency": "USD",
        "destination": BANK,
        "time": world.clock(),
    }
    return sign(Claim(**(fixed | terms)), key or world.device)


def make_claim(world: World, amount: int, key: SigningKey | None = None, **terms: Any) -> Any:
    return world.post("/v1/claims", {"claim": claim(world, amount, key, **terms).text})


def pay(world: World, claim_hash: str, outcome: str = "settled", reference: str = "line 1") -> Any:
    body = {"claim": claim_hash, "outcome": outcome, "reference": reference}
    return operate(world, "/v1/payouts", body)


def reward(world: World, **terms: Any) -> Signed[Reward]:
    fixed: dict[str, Any] = {
        "vault": world.origin,
        "id": os.urandom(16),
        "partner": world.domain,
        "kind": "membership",
        "title": "A month of music",
        "details": "Thirty days, from the day the code is entered.",
        "price": 100_000,
        "currency": "USD",
        "stock": 2,
        "days": 7,
        "expires": world.clock() + timedelta(days=90),
        "time": world.clock(),
    }
    return sign(Reward(**(fixed | terms)), world.partner)


def offer_reward(world: World, **terms: Any) -> Signed[Reward]:
    offered = reward(world, **terms)
    answer = world.http.post("/v1/rewards", json={"reward": offered.text})
    assert answer.status_code == 201, answer.text
    return offered


def redemption(world: World, offered: Signed[Reward], **terms: Any) -> Signed[Redemption]:
    fixed: dict[str, Any] = {
        "vault": world.origin,
        "reward": offered.hash,
        "owner_key": world.pairwise.public,
        "sealing_key": os.urandom(1216),
        "price": offered.record.price,
        "currency": "USD",
        "time": world.clock(),
    }
    return sign(Redemption(**(fixed | terms)), world.pairwise)


def redeem(world: World, offered: Signed[Reward], **terms: Any) -> Any:
    return world.post("/v1/redemptions", {"redemption": redemption(world, offered, **terms).text})


def fulfilment(world: World, redeemed: bytes, sealed: bytes | None, **terms: Any) -> dict[str, Any]:
    code = None if sealed is None else sha256(sealed).digest()
    fixed: dict[str, Any] = {
        "vault": world.origin,
        "redemption": redeemed,
        "code": code,
        "time": world.clock(),
        "salt": bytes(32),
    }
    signed = sign(Fulfilment(**(fixed | terms)), world.partner)
    return {"fulfilment": signed.text, "sealed": None if sealed is None else to_base64url(sealed)}


def fulfil(world: World, redeemed: bytes, sealed: bytes | None, **terms: Any) -> Any:
    return world.http.post("/v1/fulfilments", json=fulfilment(world, redeemed, sealed, **terms))
