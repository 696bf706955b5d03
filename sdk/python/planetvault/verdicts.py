"""Verdicts for people: a panel for each file, a table over several, and a QR code of what was proved.

The table and the code say nothing that the verdicts do not: they are made from their facts
(``anchor.__main__.check``).
"""

from collections.abc import Mapping, Sequence
from importlib import import_module
from io import StringIO
from pathlib import Path
from typing import Any

from rich.table import Column, Table

from planetvault.extras import require

CHAIN = {"pinned": "proved", "sealed": "proved", "named": "the vault's word", None: "the vault's word"}


def table(verdicts: Sequence[Mapping[str, Any]]) -> Table:
    """A row for each file: whether it is proved, by whom and what, when, and what is known of the chain."""
    shown = Table("file", Column("", no_wrap=True), "who", "what", "when", "log", "witnesses", "chain")
    for verdict in verdicts:
        name = Path(verdict["file"]).name
        if not verdict["proved"]:
            shown.add_row(name, "[red]NOT PROVED[/red]", verdict["error"], "", "", "", "", "")
            continue
        place = verdict.get("evidence_log", verdict["log"])
        shown.add_row(
            name,
            "[green]proved[/green]",
            verdict["partner"],
            verdict.get("purpose") or verdict.get("label") or "closes the chain",
            verdict["time"],
            f"{place['index']} of {place['size']}",
            str(len(verdict["witnesses"])),
            _chain(verdict),
        )
    return shown


def _chain(verdict: Mapping[str, Any]) -> str:
    if verdict["block"] is None and verdict["anchor"] is None:
        return "none"
    said = CHAIN[verdict["block"]["basis"] if verdict["block"] else None]
    development = verdict["anchor"] is not None and verdict["anchor"]["development"]
    return f"{said}, DEVELOPMENT" if development else said


def name_of(verdict: Mapping[str, Any]) -> str:
    """What a QR code holds: the record's hash and its place, for somebody to ask for the file by.

    It proves nothing by itself, and says so to nobody: whoever scans it needs file and trust file.
    """
    place = verdict.get("evidence_log", verdict["log"])
    record = verdict.get("evidence") or verdict["receipt"]
    return f"planetvault:{record}?log={place['origin']}&index={place['index']}"


def qr_in_terminal(text: str) -> str:
    """A QR code to print; needs segno, of the extra [kit]."""
    out = StringIO()
    _qr(text).terminal(out, compact=True)
    return out.getvalue()


def write_qr(text: str, path: Path) -> None:
    """A QR code as a file, SVG or PNG by its name."""
    _qr(text).save(str(path), scale=4)


def _qr(text: str) -> Any:
    require(("segno",), "kit", "The verdict itself needs none of it.")
    return import_module("segno").make(text, error="m", micro=False)
