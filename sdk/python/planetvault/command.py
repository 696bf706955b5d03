"""What ``planetvault`` can do, as Typer describes it. Needs the extra [cli]."""

from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.panel import Panel
from rich.text import Text

from anchor.__main__ import USAGE, as_line, asking, check, exit_code, reason
from anchor.__main__ import main as anchor_main
from anchor.errors import AnchorError
from planetvault.errors import PlanetVaultError
from planetvault.extras import run_vault
from planetvault.http import system_clock

app = typer.Typer(
    help="Planet Vault: check proofs, run a vault, see a demonstration.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
PASSED_ON = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}
"""Everything after such a command goes to the program behind it, `--help` too."""

Files = Annotated[list[Path], typer.Argument(metavar="FILE…", help="Proof files.")]
TrustFile = Annotated[Path, typer.Option("--trust", help="The trust file: whom you believe.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object per file.")]

Explain = Annotated[bool, typer.Option("--explain", help="Show each step with its hashes.")]
NodeUrl = Annotated[str, typer.Option("--rpc", help="Ask this node whether the anchored root stands there.")]
FinalityRule = Annotated[str, typer.Option("--finality", help="When a block is final to you.")]


Blocks = Annotated[list[str] | None, typer.Option("--block", help="The hash of a block you believe.")]
AsTable = Annotated[bool, typer.Option("--table", help="One row for each file, instead of a page.")]
Qr = Annotated[str, typer.Option("--qr", help="A QR code of the first proof's name: a file, or - for here.")]


@app.command()
def verify(
    files: Files,
    trust: TrustFile,
    json: AsJson = False,
    explain: Explain = False,
    rpc: NodeUrl = "",
    finality: FinalityRule = "tag:finalized",
    block: Blocks = None,
    as_table: AsTable = False,
    qr: Qr = "",
) -> None:
    """Check proof files, offline.

    Exits with 0 if all prove what they claim, with 1 if one does not, with 2 if nothing could be checked.
    """
    try:
        ask = asking(rpc, finality) if rpc else None
        believed = [bytes.fromhex(one.removeprefix("0x")) for one in block or ()]
        verdicts = check(files, trust, explain=explain, ask=ask, blocks=believed)
    except ValueError:
        typer.echo("cannot check: --block is a hash in hex", err=True)
        raise typer.Exit(USAGE) from None
    except (OSError, AnchorError) as error:
        typer.echo(f"cannot check: {reason(error)}", err=True)
        raise typer.Exit(USAGE) from None
    for verdict in verdicts:
        if json:
            typer.echo(as_line(verdict), nl=False)
        elif not as_table:
            _show(verdict["file"], verdict["words"], proved=verdict["proved"])
    if as_table and not json:
        Console().print(import_module("planetvault.verdicts").table(verdicts))
    if qr and verdicts[0]["proved"]:
        _show_qr(verdicts[0], qr)
    raise typer.Exit(exit_code(verdicts))


def _show_qr(verdict: dict[str, Any], where: str) -> None:
    verdicts = import_module("planetvault.verdicts")
    name = verdicts.name_of(verdict)
    try:
        if where == "-":
            typer.echo(f"{verdicts.qr_in_terminal(name)}{name}")
        else:
            verdicts.write_qr(name, Path(where))
    except (OSError, ValueError) as error:
        typer.echo(f"no QR code: {error}", err=True)
        raise typer.Exit(USAGE) from None


@app.command("export", context_settings=PASSED_ON)
def export_proof(context: typer.Context) -> None:
    """Write a proof file in another format: ots, chainpoint, merkletools."""
    raise typer.Exit(anchor_main(["export", *context.args]))


def _show(file: str, words: str, *, proved: bool) -> None:
    colour = "green" if proved else "red"
    Console().print(Panel(Text(words), title=Text(file), title_align="left", border_style=colour))


@app.command("check-bundle")
def check_bundle(file: Annotated[Path, typer.Argument(help="A bundle.")]) -> None:
    """Check everything in an owner's export, offline. Exits 0 if it holds together, 1 if not."""
    bundle = import_module("planetvault.bundle")
    try:
        found = bundle.check_bundle(file)
    except PlanetVaultError as error:
        _show(str(file), str(error), proved=False)
        raise typer.Exit(1) from None
    counted = (
        f"{found.items} items in {found.manifests} manifests, {found.grants} grants, "
        f"{found.receipts} receipts, {found.proofs} proofs, {found.earned} micros earned"
    )
    _show(str(file), f"whole, of {found.vault} at {found.made}: {counted}", proved=True)


@app.command("check-app")
def check_app(
    vault: Annotated[str, typer.Argument(metavar="URL", help="Where a vault answers.")],
    expected: Annotated[str, typer.Option("--hash", help="SHA-256 of sw.js, as others get it.")] = "",
) -> None:
    """Check the app that a vault delivers, file by file. Exits 0 if it is whole, and the one expected."""
    delivered = import_module("planetvault.delivered")
    try:
        found = delivered.check_app(vault, expected=expected or None)
    except PlanetVaultError as error:
        _show(vault, str(error), proved=False)
        raise typer.Exit(1) from None
    compared = "as expected" if expected else "compare it with what others get"
    words = f"{len(found.files)} files of version {found.manifest}\nsw.js {found.hash}: {compared}"
    _show(vault, words, proved=True)


@app.command()
def audit(file: Annotated[Path, typer.Argument(help="A bundle.")]) -> None:
    """Work out the money of an owner's export again, from its signed records. Exits 1 if they disagree."""
    books = import_module("planetvault.audit")
    try:
        balances = books.audit_bundle(file).balances
    except PlanetVaultError as error:
        _show(str(file), str(error), proved=False)
        raise typer.Exit(1) from None
    lines = [f"{amount:>16} micros  {account}" for account, amount in sorted(balances.items()) if amount]
    _show(str(file), "\n".join(["the receipts and the statement agree", *lines]), proved=True)


@app.command()
def statement(
    file: Annotated[Path, typer.Argument(help="A bundle.")],
    out: Annotated[Path, typer.Argument(help="Where to: a name that ends in .json, .csv or .pdf.")],
    language: Annotated[str, typer.Option("--language", help="en or zh-CN.")] = "en",
) -> None:
    """Write the statement of an owner's export, checked and worked out again first."""
    documents = import_module("planetvault.documents")
    if out.suffix not in {".json", ".csv", ".pdf"} or language not in {"en", "zh-CN"}:
        raise typer.BadParameter("the file ends in .json, .csv or .pdf, the language is en or zh-CN")
    try:
        made = documents.owner_statement(file)
    except PlanetVaultError as error:
        _show(str(file), str(error), proved=False)
        raise typer.Exit(1) from None
    match out.suffix:
        case ".json":
            out.write_text(documents.as_json(made), encoding="utf-8")
        case ".csv":
            out.write_text(documents.as_csv(made, language), encoding="utf-8")
        case _:
            out.write_bytes(documents.as_pdf(made, language))


@app.command()
def consents(
    file: Annotated[Path, typer.Argument(help="A bundle.")],
    into: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where to: one file for each grant.")],
    partner: Annotated[str, typer.Option("--partner", help="Only those given to this partner.")] = "",
) -> None:
    """Write the consents of an owner's export as records by ISO/IEC TS 27560, in JSON-LD."""
    records = import_module("planetvault.consents")
    try:
        found = import_module("planetvault.bundle").bundle_consents(file)
        written = records.write_records(found, into, system_clock(), partner=partner or None)
    except (OSError, PlanetVaultError) as error:
        _show(str(file), str(error), proved=False)
        raise typer.Exit(1) from None
    for path in written:
        typer.echo(path)


@app.command(context_settings=PASSED_ON)
def keys(context: typer.Context) -> None:
    """Make the vault's keys, where they are missing."""
    run_vault("keys", context.args)


@app.command(context_settings=PASSED_ON)
def migrate(context: typer.Context) -> None:
    """Bring the vault's database to this version's schema."""
    run_vault("migrate", context.args)


@app.command(context_settings=PASSED_ON)
def serve(context: typer.Context) -> None:
    """Answer HTTP: --host and --port say where."""
    run_vault("serve", context.args)


@app.command(context_settings=PASSED_ON)
def work(context: typer.Context) -> None:
    """Sequence the vault's log, release earnings, anchor."""
    run_vault("work", context.args)


@app.command("check-config", context_settings=PASSED_ON)
def check_config(context: typer.Context) -> None:
    """Show the vault's settings, and look at what they name."""
    run_vault("check-config", context.args)


@app.command(context_settings=PASSED_ON)
def backup(context: typer.Context) -> None:
    """Make, check and restore backups of the vault."""
    run_vault("backup", context.args)


@app.command(context_settings=PASSED_ON)
def resume(context: typer.Context) -> None:
    """Let a halted log grow again."""
    run_vault("resume", context.args)


@app.command(context_settings=PASSED_ON)
def witness(context: typer.Context) -> None:
    """Cosign logs that others run."""
    command = import_module("planetvault.witness.command")  # a server, too
    raise typer.Exit(command.main(context.args))


@app.command(context_settings=PASSED_ON)
def monitor(context: typer.Context) -> None:
    """Follow a log, and keep what contradicts it."""
    command = import_module("planetvault.monitor.command")
    raise typer.Exit(command.main(context.args))


@app.command(context_settings=PASSED_ON)
def owner(context: typer.Context) -> None:
    """Look after an account: its lockers, its guardians, and who asks to open it."""
    command = import_module("planetvault.owner.command")
    raise typer.Exit(command.main(context.args))


@app.command(context_settings=PASSED_ON)
def guardian(context: typer.Context) -> None:
    """Keep somebody's share, and hand it over when she asks."""
    command = import_module("planetvault.guardian.command")
    raise typer.Exit(command.guardian(context.args))


@app.command(context_settings=PASSED_ON)
def recover(context: typer.Context) -> None:
    """Bring an account back with the shares of its guardians."""
    command = import_module("planetvault.guardian.command")
    raise typer.Exit(command.recover(context.args))


@app.command(context_settings=PASSED_ON)
def operator(context: typer.Context) -> None:
    """Pay claims, decide disputes and answer appeals."""
    command = import_module("planetvault.operator_command")
    raise typer.Exit(command.main(context.args))


@app.command(context_settings=PASSED_ON)
def chain(context: typer.Context) -> None:
    """Begin a chain to anchor on: keys, first block, contract, writer."""
    command = import_module("planetvault.chain_command")
    raise typer.Exit(command.main(context.args))


@app.command(context_settings=PASSED_ON)
def sandbox(context: typer.Context) -> None:
    """A test vault on this machine, with owners who answer at once."""
    command = import_module("planetvault.sandbox.command")
    raise typer.Exit(command.main(context.args))


@app.command(context_settings=PASSED_ON)
def demo(context: typer.Context) -> None:
    """A vault, owners and partners on this machine, with invented data."""
    story = import_module("planetvault.demo.story")  # it starts servers: only when asked for
    raise typer.Exit(story.main(context.args))
