"""A partner for the story of the app: its own process, told what to do line by line, one JSON object each.

{"do": "create", "domain": …, "name": …}    its keys, and its entry in the directory
{"do": "ask", "owner": kid}                 an ask for what she plays and when
{"do": "use", "items": 2}                   open the first items it may: how many rows, and a title
"""

import json
import sys
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


def answer(url: str, memory: FileMemory, told: dict[str, Any]) -> dict[str, Any]:
    """Do one thing."""
    if told["do"] == "create":
        Partner.create(told["domain"], told["name"], url, memory).close()
        return {}
    with Partner.open(url, memory) as partner:
        if told["do"] == "ask":
            partner.ask(from_base64url(told["owner"]), **(TERMS | told.get("terms", {})))
            return {}
        grant = next(one for one in partner.grants() if one.state == "standing")
        opened = partner.use(grant, partner.items(grant)[: told["items"]], grant.terms.purposes[0])
        rows = list(opened.rows())
        return {"rows": len(rows), "columns": sorted(rows[0]), "title": rows[0]["name"]}


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
