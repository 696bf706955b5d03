"""Reading a chain needs the base installation and nothing of the extra that signs."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
PROGRAM = """
import sys
import anchor.chain.evm_reader, anchor.chain.standing
print(sorted({name.split(".")[0] for name in sys.modules} & {"eth_account", "eth_abi", "eth_utils", "web3"}))
"""


def test_asking_a_chain_loads_no_signing_library() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert ran.stdout.strip() == "[]"
