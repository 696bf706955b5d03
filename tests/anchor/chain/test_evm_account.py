"""What signing transactions must not bring along."""

import subprocess
import sys

PROGRAM = """
import sys
before = sys.getrecursionlimit()
import anchor.chain.evm_deployment
raise SystemExit(sys.getrecursionlimit() != before)
"""


def test_the_recursion_limit_stays_as_it_was() -> None:
    assert subprocess.run([sys.executable, "-c", PROGRAM], check=False).returncode == 0
