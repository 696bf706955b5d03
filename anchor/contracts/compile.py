"""Compile ``AnchorLog.vy`` and ``PayoutDistributor.vy`` into the committed ``.json`` beside each.

Run it when a source changes, with the pinned compiler in its own environment::

    python3.11 -m venv .venv-vyper
    .venv-vyper/bin/pip install --require-hashes -r requirements/contracts.txt
    python -m anchor.contracts.compile .venv-vyper/bin/vyper

Vyper is called as a program and never imported: its pinned dependencies do not
fit beside the vault's. Nothing at run time needs a compiler.
"""

import json
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

from anchor.chain.keccak import keccak256

SOURCE = Path(__file__).with_name("AnchorLog.vy")
ARTIFACT = SOURCE.with_suffix(".json")
SOURCES = (SOURCE, SOURCE.with_name("PayoutDistributor.vy"))
EVM_VERSION = "paris"
"""The newest code that also runs on older consortium chains; +13 gas an anchor."""


def compile_contract(vyper: str, source: Path = SOURCE) -> str:
    """The text of a ``.json``, as the compiler at path ``vyper`` makes it of ``source``."""
    abi, creation, runtime = _run(
        source, vyper, "-f", "abi,bytecode,bytecode_runtime", "--evm-version", EVM_VERSION, source.name
    ).splitlines()
    artifact = {
        "contract": source.stem,
        "source_sha256": sha256(source.read_bytes()).hexdigest(),
        "compiler": "vyper " + _run(source, vyper, "--version").strip(),
        "evm_version": EVM_VERSION,
        "code_hash": "0x" + keccak256(bytes.fromhex(runtime[2:])).hex(),
        "abi": json.loads(abi),
        "creation_bytecode": creation,
        "runtime_bytecode": runtime,
    }
    return json.dumps(artifact, indent=2) + "\n"


def _run(source: Path, vyper: str, *arguments: str) -> str:
    # The compiler runs beside the source, so that no path can enter the output.
    command = [str(Path(vyper).absolute()), *arguments]
    return subprocess.run(command, cwd=source.parent, check=True, capture_output=True, text=True).stdout  # noqa: S603 the caller names the compiler


if __name__ == "__main__":
    for one in SOURCES:
        one.with_suffix(".json").write_text(compile_contract(sys.argv[1], one))
