"""Verdicts as a table and as a QR code: no more than the verdicts say, for both kinds of proof."""

from io import StringIO
from pathlib import Path

import pytest
from planetvault.command import app
from planetvault.verdicts import name_of, table
from rich.console import Console
from typer.testing import CliRunner

from anchor.__main__ import PROVED, REFUSED, USAGE, check
from anchor.chain.header import read_header
from anchor.records.proof import read_proof
from tests.vectors.build_proofs import FOLDER

TRUST = FOLDER / "trust.json"
FILES = [FOLDER / f"{name}.tlog-proof" for name in ("use", "block_sealed", "closing", "price_not_granted")]


def shown(console_width: int = 160) -> str:
    console = Console(width=console_width, record=True, file=StringIO())
    console.print(table(check(FILES, TRUST)))
    return console.export_text()


def test_a_table_has_a_row_for_each_file_and_names_a_development_chain() -> None:
    rows = [line for line in shown().splitlines() if "tlog-proof" in line]
    assert len(rows) == len(FILES)
    assert "proved, DEVELOPMENT" in rows[1]
    assert "closes the chain" in rows[2]
    assert "NOT PROVED" in rows[3]
    assert "acme" not in rows[3], "of a file that is not proved nothing is repeated"


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["verify", "--trust", str(TRUST), *arguments])
    return result.exit_code, result.output


def test_the_command_shows_the_table_and_exits_as_without_it() -> None:
    code, said = run("--table", *map(str, FILES))
    assert (code, "NOT PROVED" in said) == (REFUSED, True)
    assert run("--table", *map(str, FILES[:3]))[0] == PROVED


def test_a_qr_code_names_the_proof_in_the_terminal_and_as_a_picture(tmp_path: Path) -> None:
    pytest.importorskip("segno")
    (verdict,) = check(FILES[:1], TRUST)
    code, said = run("--qr", "-", str(FILES[0]))
    assert (code, name_of(verdict) in said, "█" in said) == (PROVED, True, True)
    picture = tmp_path / "proof.svg"
    assert run("--qr", str(picture), str(FILES[0]))[0] == PROVED
    assert "<svg" in picture.read_text()
    assert run("--qr", str(tmp_path / "none" / "proof.svg"), str(FILES[0]))[0] == USAGE
    assert not (tmp_path / "refused.svg").exists()
    run("--qr", str(tmp_path / "refused.svg"), str(FILES[3]))
    assert not (tmp_path / "refused.svg").exists()


def test_a_block_on_the_command_line_is_believed() -> None:
    file = FOLDER / "block_named_by_the_vault.tlog-proof"
    chain = read_proof(file.read_bytes()).materials.chain
    assert chain is not None
    trust = ["verify", "--trust", str(FOLDER / "trust_in_no_block.json"), str(file)]
    without = CliRunner().invoke(app, trust).output
    block = read_header(chain.header).hash.hex()
    believed = CliRunner().invoke(app, [*trust, "--block", f"0x{block}"]).output
    assert "the vault's word alone" in without
    assert "names this very block" in believed
    assert CliRunner().invoke(app, [*trust, "--block", "no hash"]).exit_code == USAGE
