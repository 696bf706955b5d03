"""Compile ``AnchorLog.vy`` into the committed ``AnchorLog.json``.

Run it when the source changes, with the pinned compiler in its own environment::

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
EVM_VERSION = "paris"
"""The newest code that also runs on older consortium chains; +13 gas an anchor."""


def compile_contract(vyper: str) -> str:
    """The text of ``AnchorLog.json``, as the compiler at path ``vyper`` makes it."""
    abi, creation, runtime = _run(
        vyper, "-f", "abi,bytecode,bytecode_runtime", "--evm-version", EVM_VERSION, SOURCE.name
    ).splitlines()
    artifact = {
        "contract": SOURCE.stem,
        "source_sha256": sha256(SOURCE.read_bytes()).hexdigest(),
        "compiler": "vyper " + _run(vyper, "--version").strip(),
        "evm_version": EVM_VERSION,
        "code_hash": "0x" + keccak256(bytes.fromhex(runtime[2:])).hex(),
        "abi": json.loads(abi),
        "creation_bytecode": creation,
        "runtime_bytecode": runtime,
    }
    return json.dumps(artifact, indent=2) + "\n"


def _run(vyper: str, *arguments: str) -> str:
    # The compiler runs beside the source, so that no path can enter the output.
    command = [str(Path(vyper).absolute()), *arguments]
    return subprocess.run(command, cwd=SOURCE.parent, check=True, capture_output=True, text=True).stdout  # noqa: S603 the caller names the compiler


if __name__ == "__main__":
    ARTIFACT.write_text(compile_contract(sys.argv[1]))
