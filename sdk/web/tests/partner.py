"""A partner for the story of the app: its own process, told what to do line by line, one JSON object each.

{"do": "create", "domain": …, "name": …}    its keys, and its entry in the directory
{"do": "ask", "owner": kid}                 an ask for what she plays and when
{"do": "use", "items": 2}                   open the first items it may: how many rows, and a title; with
                                            "price", under the first grant of that price
{"do": "files"}                             open every file it may: how many, name and SHA-256 of the first
{"do": "dispute"}                           open one item, and dispute that
{"do": "offer", "terms": {…}}               the same as an ask, to everybody
{"do": "accept"}                            take up the counter-offer that waits
{"do": "reward", "price": 150000}           a coupon for earnings
{"do": "fulfil", "code": "…"}               hand over what was redeemed
"""

import json
import sys
from hashlib import sha256
from typing import Any

from planetvault.errors import PlanetVaultError
from planetvault.memory import FileMemory
from planetvault.partner import Partner

from anchor.encoding import from_base64url

TERMS = {
    "clusters": ["music.play/what", "music.play/when", "music.play/where"],
    "purposes": ["dpv:ServicePersonalisation", "dpv:ResearchAndDevelopment"],
    "reason": "To suggest what to hear next, at the time of day when you listen.",
    "price": 50_000,
    "max_uses": 40,
    "look_back_days": 400,
    "future_items": True,
    "duration_days": 180,
    "retention_days": 30,
}


def ask(partner: Partner, told: dict[str, Any]) -> None:
    """Put an ask to one owner."""
    partner.ask(from_base64url(told["owner"]), **(TERMS | told.get("terms", {})))


def offer(partner: Partner, told: dict[str, Any]) -> None:
    """Offer the same to everybody."""
    partner.offer(**({"campaign": 20_000_000} | TERMS | told.get("terms", {})))


def accept(partner: Partner, _told: dict[str, Any]) -> None:
    """Take up the counter-offer that waits."""
    (waiting,) = [one for one in partner.counters() if one.state == "open"]
    partner.accept_counter(waiting, reason="As you say.")


def reward(partner: Partner, told: dict[str, Any]) -> None:
    """Offer a coupon."""
    partner.offer_reward("A month for free", "For one account.", price=told["price"], stock=3)


def fulfil(partner: Partner, told: dict[str, Any]) -> None:
    """Hand a code over for everything that waits."""
    for one in partner.redemptions():
        partner.fulfil(one, told["code"])


def dispute(partner: Partner, _told: dict[str, Any]) -> None:
    """Use something, and say that it was not right."""
    grant = next(one for one in partner.grants() if one.state == "standing")
    opened = partner.use(grant, partner.items(grant)[:1], grant.terms.purposes[0])
    partner.dispute(opened.receipt, "Half of it was empty.")


DEEDS = {"dispute": dispute, "ask": ask, "offer": offer, "accept": accept, "reward": reward, "fulfil": fulfil}


def use(partner: Partner, told: dict[str, Any]) -> dict[str, Any]:
    """Open items under the grant that stands."""
    held = [one for one in partner.grants() if one.state == "standing"]
    grant = next(one for one in held if one.terms.price == told.get("price", one.terms.price))
    opened = partner.use(grant, partner.items(grant)[: told["items"]], grant.terms.purposes[0])
    rows = list(opened.rows())
    return {"rows": len(rows), "columns": sorted(rows[0]), "title": rows[0]["name"]}


def files(partner: Partner) -> dict[str, Any]:
    """Open the files that an owner chose for the newest grant."""
    grant = [one for one in partner.grants() if one.state == "standing"][-1]
    items = partner.items(grant)
    if not items:
        return {"rows": 0}
    opened = partner.use(grant, items, grant.terms.purposes[0]).files
    whole = sha256(partner.read_blob(opened[0], 0, opened[0].size)).hexdigest()
    return {"rows": len(opened), "title": opened[0].name, "sha256": whole}


def answer(url: str, memory: FileMemory, told: dict[str, Any]) -> dict[str, Any]:
    """Do one thing."""
    if told["do"] == "create":
        Partner.create(told["domain"], told["name"], url, memory).close()
        return {}
    with Partner.open(url, memory) as partner:
        if told["do"] == "use":
            return use(partner, told)
        if told["do"] == "files":
            return files(partner)
        DEEDS[told["do"]](partner, told)
        return {}


def main(url: str, path: str) -> None:
    """Answer every line of standard input with one of standard output."""
    memory = FileMemory(path)
    for line in sys.stdin:
        try:
            said = answer(url, memory, json.loads(line))
        except (PlanetVaultError, StopIteration) as error:
            said = {"refused": type(error).__name__}
        print(json.dumps(said), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
