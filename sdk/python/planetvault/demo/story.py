"""The story: from an owner's export file to a stranger's verdict, every step checked.

prepare → import and seal → ask → grant, narrow, deny → use → revoke → anchor → verify → forge
"""

import argparse
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Unpack

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from anchor.records.consent import Ask
from anchor.records.signed import Signed
from anchor.records.trust import Trust
from anchor.verify import verify
from planetvault.demo import forgeries, tables
from planetvault.demo.anvil import Anvil, AnvilMissingError, run_anvil
from planetvault.demo.cast import COURSE, LIN, MAYA, MUSIC, SHOP, App, Person
from planetvault.demo.processes import run_vault
from planetvault.demo.scene import Stage
from planetvault.errors import GrantRevoked, PurposeNotGranted
from planetvault.memory import FileMemory
from planetvault.opened import Opened
from planetvault.owner import Owner
from planetvault.owner.consents import ReceivedAsk
from planetvault.owner.receipts import CheckedReceipt
from planetvault.owner.terms import Narrower
from planetvault.partner import Partner
from planetvault.partner.consents import HeldGrant
from planetvault.partner.uses import Wish

BUILD = Path("build/demo")
ANCHOR_SECONDS = 180.0
"""A worker that died holds its lease for a minute; the next one waits that long."""
WIDTH = 132
"""Characters of a line where no terminal says otherwise."""
CHAIN_KEY = "0x" + "59" * 32
"""Writes anchors on the demonstration's own chain, where nothing is worth stealing."""


class DemoError(Exception):
    """A step did not do what it says."""


def require(holds: bool, otherwise: str) -> None:
    """Go on if ``holds``.

    Raises:
        DemoError: if not.
    """
    if not holds:
        raise DemoError(otherwise)


def main(
    arguments: Sequence[str] = (),
    *,
    before: Callable[[Stage], None] = lambda _: None,
    after: Callable[[Stage], None] = lambda _: None,
) -> int:
    """Play the story; 0 only if every step did what it says.

    ``before`` and ``after`` are called around the chapters, for those who play along.
    """
    argparse.ArgumentParser(prog="planetvault demo", description=__doc__).parse_args(arguments)
    console = Console()
    if not console.is_terminal:
        console = Console(width=WIDTH)
    started = time.monotonic()
    shutil.rmtree(BUILD, ignore_errors=True)
    (BUILD / "receipts").mkdir(parents=True)
    try:
        with stage(console) as scene:
            before(scene)
            play(scene)
            after(scene)
            found = tables.figures(scene)
            (BUILD / "summary.json").write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
            tables.show(scene, found)
    except DemoError as error:
        console.print(f"[bold red]The demonstration failed:[/] {error}")
        return 1
    console.print(tables.last_line(found, time.monotonic() - started), soft_wrap=True)
    return 0


@contextmanager
def stage(console: Console) -> Iterator[Stage]:
    """Start the chain, if Node's packages are there, and the vault."""
    folder = (BUILD / "vault").resolve()
    folder.mkdir()
    with ExitStack() as stack:
        chain = _chain(stack, console)
        settings = _chain_settings(chain) if chain else {}
        vault = stack.enter_context(run_vault(folder, settings))
        scene = Stage(console, vault, chain)
        if chain is not None:
            _wait("the vault to meet its chain", lambda: scene.trust().chain is not None)
        yield scene
        for party in (*scene.owners.values(), *scene.partners.values()):
            party.close()


def _chain(stack: ExitStack, console: Console) -> Anvil | None:
    try:
        return stack.enter_context(run_anvil("--block-time", "1", "--mixed-mining"))
    except AnvilMissingError:
        console.print("[yellow]No EVM node here (Node 20 and `npm ci` bring one): nothing is anchored.[/]")
        return None


def _chain_settings(chain: Anvil) -> dict[str, str]:
    from anchor.chain.evm_transaction import account_of, address_of  # noqa: PLC0415 - needs the extra [evm]

    chain.fund(address_of(account_of(bytes.fromhex(CHAIN_KEY[2:]))))
    return {
        "PLANETVAULT_CHAIN_RPC": chain.url,
        "PLANETVAULT_CHAIN_KEY": CHAIN_KEY,
        "PLANETVAULT_CHAIN_FINALITY": "depth:2",
        "PLANETVAULT_CHAIN_NAME": "anvil",
    }


def play(scene: Stage) -> None:
    """The chapters, in order."""
    for number, (title, chapter) in enumerate(CHAPTERS, 1):
        scene.console.rule(f"[bold]{number}. {title}", align="left")
        chapter(scene)


def arrive(scene: Stage) -> None:
    """Owners make accounts, partners register and pay in, and they get to know each other."""
    for app in (MUSIC, SHOP, COURSE):
        memory = FileMemory(BUILD / f"{app.domain}.memory")
        scene.partners[app.domain] = Partner.create(app.domain, app.name, scene.vault.url, memory)
        scene.vault.top_up(app.domain, app.funds)
    for person in (LIN, MAYA):
        owner = Owner.create(scene.vault.url, FileMemory(BUILD / f"{person.name.lower()}.memory"))
        scene.owners[person.name] = owner
        for app in (MUSIC, SHOP, COURSE):
            scene.kids[person.name, app.domain] = owner.connect(app.domain)
    kids = set(scene.kids.values())
    require(len(kids) == len(scene.kids), "two partners know an owner by the same key")
    scene.say("2 owners with a device each, 3 partners in the directory; every pair knows a key of its own.")


def seal(scene: Stage) -> None:
    """Exports are read, sorted into months and sealed; reading them again changes nothing."""
    for person in (LIN, MAYA):
        for export in person.exports:
            owner = scene.owners[person.name]
            with _bar(scene, f"{person.name}: {export.name}") as progress:
                imported = owner.import_export(export, progress=progress)
            again = owner.import_export(export)
            require(imported.written > 0, f"{export.name} gave nothing")
            require(again.written == 0, f"reading {export.name} again wrote something")
            scene.say(tables.imported_line(imported))


@contextmanager
def _bar(scene: Stage, what: str) -> Iterator[Callable[[int, int], None]]:
    columns = (TextColumn("  {task.description:<42}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=scene.console) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def ask(scene: Stage) -> None:
    """Partners ask: music both owners, the shop both, the course Lin."""
    for person, app in ((LIN, MUSIC), (MAYA, MUSIC), (LIN, SHOP), (MAYA, SHOP), (LIN, COURSE)):
        _ask(scene, person, app)
        scene.say(f"{app.name} asks {person.name} for {', '.join(app.clusters)}: “{app.reason}”")


def _ask(scene: Stage, person: Person, app: App) -> Signed[Ask]:
    return scene.partners[app.domain].ask(
        scene.kids[person.name, app.domain],
        clusters=app.clusters,
        purposes=[app.purpose],
        reason=app.reason,
        price=app.price,
        max_uses=app.max_uses,
        look_back_days=3650,
    )


def answer(scene: Stage) -> None:
    """Lin says yes to music, less to the shop, yes to the course; Maya yes to music, no to the shop."""
    _grant(scene, LIN, MUSIC)
    _grant(scene, LIN, SHOP, clusters=("commerce.order/what",), max_uses=3)
    _grant(scene, LIN, COURSE)
    _grant(scene, MAYA, MUSIC)
    scene.owners[MAYA.name].deny(_received(scene, MAYA, SHOP))
    state = {one.asked.partner: one.state for one in scene.owners[MAYA.name].asks()}
    require(state[SHOP.domain] == "denied", "the denial is not shown")
    scene.say(f"{MAYA.name} denies {SHOP.name}, and gives no reason.")


def _grant(scene: Stage, person: Person, app: App, **narrower: Unpack[Narrower]) -> None:
    owner, received = scene.owners[person.name], _received(scene, person, app)
    preview = owner.preview(received, language=person.language, **narrower)
    grant = owner.grant(received, language=person.language, **narrower)
    less = " less than asked" if narrower else ""
    scene.say(
        f"{person.name} grants {app.name}{less}: {', '.join(grant.record.clusters)}; "
        f"{len(preview.items)} items; at most {tables.money(preview.most_earned)} for her"
    )


def _received(scene: Stage, person: Person, app: App) -> ReceivedAsk:
    return next(one for one in scene.owners[person.name].asks() if one.asked.partner == app.domain)


def use(scene: Stage) -> None:
    """Partners open what was granted, one by one and in batches; what was not granted stays shut."""
    for app in (MUSIC, SHOP, COURSE):
        partner = scene.partners[app.domain]
        for held in partner.grants():
            opened = partner.use(held, partner.items(held)[:64])
            columns = set(opened.columns)
            scene.say(f"{app.name} opens {tables.opened_line(opened)}")
            require(opened.receipt.record.price == app.price, "another price than granted")
            require(app is not SHOP or "seller" not in columns, "the shop sees more than was granted")
    _batch(scene)
    _refuse_purpose(scene)


def _batch(scene: Stage) -> None:
    partner = scene.partners[MUSIC.domain]
    wishes = [
        Wish(held, [item], MUSIC.purpose) for held in partner.grants() for item in partner.items(held)[:10]
    ]
    outcomes = partner.use_batch(wishes)
    opened = [one for one in outcomes if isinstance(one, Opened)]
    require(len(opened) == len(wishes), "a use of the batch was refused")
    rows = sum(1 for one in opened for _ in one.rows())
    scene.say(f"{MUSIC.name} opens {len(opened)} months in one batch: {len(opened)} receipts, {rows} rows")


def _refuse_purpose(scene: Stage) -> None:
    partner, held = _held(scene, MUSIC, LIN)
    try:
        partner.use(held, partner.items(held)[:1], "dpv:Advertising")
    except PurposeNotGranted as refusal:
        scene.refusals.append(f"{MUSIC.name}, for advertising: {refusal}")
        scene.say(f"{MUSIC.name} tries another purpose: refused, nothing charged ({refusal})")
    else:
        raise DemoError("a purpose that was not granted was allowed")


def _held(scene: Stage, app: App, person: Person) -> tuple[Partner, HeldGrant]:
    partner, kid = scene.partners[app.domain], scene.kids[person.name, app.domain]
    return partner, next(held for held in partner.grants() if held.signed.kid == kid)


def revoke(scene: Stage) -> None:
    """Lin takes the music grant back; the next use is refused, and the chain is closed."""
    owner = scene.owners[LIN.name]
    partner, held = _held(scene, MUSIC, LIN)
    items = partner.items(held)
    given = next(one for one in owner.grants() if one.hash == held.hash)
    closing = owner.revoke(given)
    scene.say(f"{LIN.name} revokes; receipt {closing.record.seq} closes the chain of the grant.")
    try:
        partner.use(held, items[:1])
    except GrantRevoked as refusal:
        scene.refusals.append(f"{MUSIC.name}, after the revocation: {refusal}")
        scene.say(f"{MUSIC.name} tries again: refused ({refusal})")
    else:
        raise DemoError("a use after the revocation was allowed")


def settle(scene: Stage) -> None:
    """The log takes in every receipt; the checkpoint goes onto the chain and becomes final."""
    wanted = "final" if scene.chain else "committed"
    everybody = scene.owners.values()
    _wait(
        f"every receipt to be {wanted}",
        lambda: all(one.state == wanted for owner in everybody for one in owner.receipts()),
    )
    for name, owner in scene.owners.items():
        statement = owner.statement()
        record = statement.signed.record
        require(record.pending == 0, "money is still pending though its receipts are in the log")
        require(record.payable == statement.earned, "the statement and the receipts disagree")
        (BUILD / f"statement-{name.lower()}.json").write_text(tables.statement_file(statement.signed))
        scene.say(f"{name}: {record.receipts} receipts without a gap, {tables.money(record.payable)} payable")


def _wait(what: str, is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + ANCHOR_SECONDS
    while time.monotonic() < deadline:
        if is_so():
            return
        time.sleep(0.2)
    raise DemoError(f"waited {ANCHOR_SECONDS:.0f} s for {what}")


def check(scene: Stage) -> None:
    """Every receipt becomes a file that a stranger checks, in a process of its own, offline."""
    trust = scene.trust()
    (BUILD / "trust.json").write_bytes(bytes(trust))
    for name, owner in scene.owners.items():
        for one in owner.receipts():
            _write_proof(scene, name, owner, one, trust)
    files = sorted((BUILD / "receipts").glob("*.tlog-proof"))
    command = [
        sys.executable,
        "-m",
        "anchor",
        "verify",
        "--json",
        "--trust",
        str(BUILD / "trust.json"),
        *map(str, files),
    ]
    verdict = subprocess.run(command, capture_output=True, check=False)  # noqa: S603 - our own verifier
    require(verdict.returncode == 0, f"the verifier refuses: {verdict.stdout.decode()[-500:]}")
    scene.say(f"{len(files)} of {len(files)} receipts verified offline against trust.json")


def _write_proof(scene: Stage, name: str, owner: Owner, one: CheckedReceipt, trust: Trust) -> None:
    raw = owner.proof(one.receipt, anchored=scene.chain is not None).raw
    partner = one.receipt.record.partner.partition(".")[0]
    file = f"{name.lower()}-{one.link.seq:03}-{partner}.tlog-proof"
    (BUILD / "receipts" / file).write_bytes(raw)
    scene.proofs[file] = raw
    scene.verified.append((name, verify(raw, trust)))


def forge(scene: Stage) -> None:
    """A forged and an altered proof are refused."""
    proof = next(raw for raw in scene.proofs.values())
    scene.forged = forgeries.refused(proof, scene.trust())
    for one in scene.forged:
        scene.say(f"{one.what}: refused ({one.why})")


CHAPTERS = (
    ("Owners and partners arrive", arrive),
    ("Import and seal", seal),
    ("Partners ask", ask),
    ("Yes, yes to less, no", answer),
    ("Uses, single and in a batch", use),
    ("Revocation, and the refusal after it", revoke),
    ("Checkpoint, anchor, finality, money", settle),
    ("A stranger verifies every receipt", check),
    ("A liar tries", forge),
)
