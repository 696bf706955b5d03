"""The command: a stranger's verdict in words, as JSON and by exit code; and the door to the vault."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from anchor.__main__ import main as stranger
from anchor.records.anchored import Anchor
from anchor.records.proof import read_proof, write_proof
from anchor.records.signed import sign
from anchor.records.trust import ChainTrust
from tests.sdk.client.scene import Scene, scene

DEVELOPMENT = ChainTrust(id=31337, name="anvil", development=True, contract=bytes(20), code_hash=bytes(32))


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    python = [sys.executable, "-m", "planetvault", *arguments]
    return subprocess.run(python, capture_output=True, text=True, check=False, timeout=60)


def a_proof(here: Scene, folder: Path, *, closing: bool = False) -> tuple[str, str]:
    """The paths of a proof file and of the trust file for it."""
    here.used(1)
    if closing:
        here.owner.revoke(here.given[-1])
    proof, trust = folder / "receipt.proof", folder / "vault.trust"
    proof.write_bytes(here.owner.proof(here.owner.receipts()[-1]).raw)
    trust.write_bytes(bytes(here.vault.trust))
    return str(proof), str(trust)


def anchored(here: Scene, proof: Path, trust: Path, chain: ChainTrust) -> None:
    """Put an anchor into a proof, as the vault would once the chain holds the checkpoint."""
    read = read_proof(proof.read_bytes())
    entry = here.vault.given[here.given[-1].hash].chain[-1].receipt.entry
    checkpoint = read.inclusion.verify(entry, here.vault.trust.policy).checkpoint
    anchor = Anchor(
        log=checkpoint.origin,
        size=checkpoint.size,
        root=checkpoint.root,
        chain_id=chain.id,
        chain=chain.name,
        development=chain.development,
        contract=chain.contract,
        transaction=bytes(32),
        block=7,
        block_hash=bytes(32),
        finality="depth:2",
        time=here.clock(),
    )
    materials = replace(read.materials, anchor=sign(anchor, here.vault.key).text)
    index, path, note = read.inclusion.index, read.inclusion.path, read.inclusion.checkpoint
    proof.write_bytes(bytes(write_proof(materials, index=index, path=path, checkpoint=note)))
    trust.write_bytes(bytes(replace(here.vault.trust, chain=chain)))


def test_a_proof_is_proved_and_says_what_it_does_not_prove(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    proof, trust = a_proof(scene(), tmp_path)
    assert stranger(["verify", proof, "--trust", trust]) == 0
    said = capsys.readouterr().out
    assert "PROVED" in said
    assert "music.example was given the keys to 3 items for dpv:ServicePersonalisation" in said
    assert "price 0.12 USD, of which 0.012 USD fee; receipt number 1 of the grant" in said
    assert "cosigned by no witness" in said
    assert "not anchored on a chain" in said
    assert "- that the data is true" in said


def test_a_closing_receipt_says_that_the_grant_was_revoked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    proof, trust = a_proof(scene(), tmp_path, closing=True)
    assert stranger(["verify", proof, "--trust", trust]) == 0
    assert "music.example's grant was revoked by its owner" in capsys.readouterr().out


def test_a_development_chain_is_called_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    here = scene()
    proof, trust = a_proof(here, tmp_path)
    anchored(here, Path(proof), Path(trust), DEVELOPMENT)
    assert stranger(["verify", proof, "--trust", trust]) == 0
    said = capsys.readouterr().out
    assert "block 7 of anvil (chain 31337), finality depth:2" in said
    assert "DEVELOPMENT chain" in said


def test_a_chain_of_consequence_is_the_vaults_word_until_a_node_is_asked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    here = scene()
    proof, trust = a_proof(here, tmp_path)
    anchored(here, Path(proof), Path(trust), replace(DEVELOPMENT, id=1, name="mainnet", development=False))
    assert stranger(["verify", proof, "--trust", trust]) == 0
    said = capsys.readouterr().out
    assert "DEVELOPMENT" not in said
    assert "the vault says: anchored" in said
    assert "ask a node" in said


def test_an_altered_proof_is_refused_with_exit_code_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    proof, trust = a_proof(scene(), tmp_path)
    other = tmp_path / "other.proof"
    other.write_bytes(Path(proof).read_bytes().replace(b"index 0", b"index 1"))
    assert stranger(["verify", proof, str(other), "--trust", trust]) == 1
    said = capsys.readouterr().out
    assert said.count("PROVED\n") == 1
    assert "NOT PROVED:" in said


def test_the_trust_file_of_another_vault_refuses_everything(tmp_path: Path) -> None:
    proof, _ = a_proof(scene(), tmp_path)
    trust = tmp_path / "other.trust"
    trust.write_bytes(bytes(scene().vault.trust))
    assert stranger(["verify", proof, "--trust", str(trust)]) == 1


def test_json_has_one_line_for_each_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    here = scene()
    proof, trust = a_proof(here, tmp_path)
    anchored(here, Path(proof), Path(trust), DEVELOPMENT)
    bad = tmp_path / "bad.proof"
    bad.write_bytes(b"no proof")
    assert stranger(["verify", proof, str(bad), "--trust", trust, "--json"]) == 1
    first, second = map(json.loads, capsys.readouterr().out.splitlines())
    assert (first["proved"], first["partner"], first["price"]) == (True, "music.example", 120_000)
    assert (first["anchor"]["development"], first["anchor"]["said_by"]) == (True, "vault")
    assert first["not_proved"]
    assert (second["proved"], second["error"]) == (False, "FormatError")


@pytest.mark.parametrize("missing", ["receipt.proof", "vault.trust"])
def test_a_file_that_is_not_there_is_exit_code_2(
    tmp_path: Path, missing: str, capsys: pytest.CaptureFixture[str]
) -> None:
    proof, trust = a_proof(scene(), tmp_path)
    (tmp_path / missing).unlink()
    assert stranger(["verify", proof, "--trust", trust]) == 2
    assert "cannot check" in capsys.readouterr().err


def test_a_trust_file_that_is_none_is_exit_code_2(tmp_path: Path) -> None:
    proof, trust = a_proof(scene(), tmp_path)
    Path(trust).write_bytes(b"{}")
    assert stranger(["verify", proof, "--trust", trust]) == 2


def test_no_arguments_at_all_are_exit_code_2() -> None:
    with pytest.raises(SystemExit) as usage:
        stranger(["verify"])
    assert usage.value.code == 2


def test_the_command_gives_the_same_verdict_as_the_stranger(tmp_path: Path) -> None:
    proof, trust = a_proof(scene(), tmp_path)
    shown = run("verify", proof, "--trust", trust)
    assert (shown.returncode, "PROVED" in shown.stdout) == (0, True)
    facts = run("verify", proof, "--trust", trust, "--json")
    assert json.loads(facts.stdout)["proved"] is True
    assert run("verify", trust, "--trust", trust).returncode == 1
    assert run("verify", proof, "--trust", proof).returncode == 2


def test_the_command_becomes_the_vaults_process_and_hands_everything_on() -> None:
    handed_on = run("serve", "--help")
    assert handed_on.returncode == 0
    assert handed_on.stdout.startswith("usage: python -m vault serve")


def test_without_its_extra_the_command_says_what_to_install() -> None:
    program = (
        "import sys; sys.modules['typer'] = None\nimport planetvault.__main__\nplanetvault.__main__.main()"
    )
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert told.returncode == 2
    assert "install planetvault[cli]" in told.stderr
    assert "python -m anchor verify" in told.stderr
