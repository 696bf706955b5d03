"""Make a sealed vault and an export, to be frozen: ``python -m tests.frozen.freeze FOLDER``.

The folder must not exist: what is frozen is not made again.
"""

import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from planetvault.owner import Password, RecoveryPhrase
from planetvault.partner.consents import HeldGrant

from anchor.encoding import to_base64url
from tests.attacks.town import Town, town
from tests.sdk.client.scene import plays


def lived(one: Town, phrase: RecoveryPhrase) -> HeldGrant:
    """An account with some life in it: lockers that came and went, three months, a grant that was used."""
    one.owner.add_locker(phrase)
    grant = one.used()
    one.owner.remove_locker(one.owner.add_locker(Password.new("one that goes again")))
    one.owner.import_export(plays("2027-03"))
    one.owner.rotate()
    return grant


def sealed_vault(one: Town, phrase: RecoveryPhrase) -> dict[str, Any]:
    """What the vault keeps of this owner, and what her words open in it."""
    steps = one.owner._steps
    shown = one.between.vault.get("/v1/account", headers=_session(one)).json()
    journal = one.sql("SELECT raw FROM journal ORDER BY seq")
    items, opened = {}, []
    for item in one.owner.items():
        name = to_base64url(item.item)
        stored = one.between.vault.get(f"/v1/items/{name}", headers=_session(one)).json()
        items[name] = {"key": stored["key"], "fields": stored["fields"]}
        columns = one.owner.open_item(item).columns
        opened.append({"item": name, "kind": item.kind, "label": item.period, "columns": columns})
    collections = one.between.vault.get("/v1/collections", headers=_session(one)).json()["data"]
    return {
        "made_by": "python",
        "words": phrase.words,
        "account": to_base64url(steps.account),
        "chain": shown["chain"],
        "lockers": shown["lockers"],
        "secrets": shown["secrets"],
        "collections": {row["collection"]: row["sealed"] for row in collections},
        "journal": [row[0].decode() for row in journal],
        "items": items,
        "opened": opened,
    }


def _session(one: Town) -> dict[str, str]:
    return {"Authorization": f"Bearer {one.owner._steps._session}"}


def used(one: Town, grant: HeldGrant) -> dict[str, Any]:
    """One use as the partner got it, with what it needs to open it again."""
    opened = one.partner.use(grant, one.partner.items(grant))
    sent = next(r for r in reversed(one.between.requests) if r.url.path == "/v1/uses")
    answer = json.loads(next(body for path, body in reversed(one.between.answers) if path == "/v1/uses"))
    kept = one.partners_memory.under("own/open/")
    return {
        "trust": bytes(one.partner.trust_file).decode(),
        "grant": grant.signed.text,
        "use": sent.content.decode(),
        "answer": answer,
        "seed": to_base64url(next(iter(kept.values()))),
        "columns": [item.columns for item in opened.items],
    }


def freeze(folder: Path) -> None:
    """Write a sealed vault and an export.

    Raises:
        FileExistsError: if there is something already.
    """
    folder.mkdir(parents=True)
    with TemporaryDirectory() as vault, town(Path(vault)) as one:
        phrase = RecoveryPhrase.new()
        grant = lived(one, phrase)
        frozen = {**sealed_vault(one, phrase), "partner": used(one, grant)}
        text = json.dumps(frozen, ensure_ascii=False, indent=1) + "\n"
        (folder / "python.json").write_text(text, encoding="utf-8")
        one.owner.revoke(grant.signed)
        one.owner.export(folder / "python.bundle.zip")


if __name__ == "__main__":
    freeze(Path(sys.argv[1]))
