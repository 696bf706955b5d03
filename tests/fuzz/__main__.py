"""Fuzz every parser for some seconds each, and name what was found: ``make fuzz SECONDS=60``.

Inputs that reached new code stay in build/fuzz, so that the next run begins where this one
ended. A find is written there too, and the run ends with 1.
"""

import re
import subprocess
import sys
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from tests.fuzz.targets import TARGETS, Target

BUILD = Path("build/fuzz")
SECONDS = 20
INPUT_BYTES_MAX = 1 << 16
MEGABYTES_MAX = 1024
SLOW_SECONDS = 10
"""An input that takes longer is a find as well."""


@dataclass(frozen=True, slots=True)
class Fuzzed:
    """What became of one parser."""

    name: str
    runs: int
    found: bool
    words: str


def fuzz(name: str, target: Target, seconds: int) -> Fuzzed:
    """Search for so many seconds."""
    corpus, finds = BUILD / name, BUILD / f"{name}.finds"
    for folder in (corpus, finds):
        folder.mkdir(parents=True, exist_ok=True)
    for seed in target.seeds():
        (corpus / sha256(seed).hexdigest()).write_bytes(seed)
    limits = {
        "max_total_time": seconds,
        "max_len": INPUT_BYTES_MAX,
        "rss_limit_mb": MEGABYTES_MAX,
        "timeout": SLOW_SECONDS,
        "artifact_prefix": f"{finds}/",
    }
    command = [
        sys.executable,
        "-m",
        "tests.fuzz.target",
        name,
        *(f"-{key}={value}" for key, value in limits.items()),
    ]
    done = subprocess.run(
        [*command, str(corpus)], capture_output=True, text=True, errors="replace", check=False
    )
    runs = re.findall(r"^Done (\d+) (?:runs|in)", done.stderr, re.MULTILINE) or re.findall(
        r"#(\d+)\s", done.stderr
    )
    return Fuzzed(name, int(runs[-1]) if runs else 0, done.returncode != 0, done.stderr[-2000:])


def main() -> int:
    """Zero if nothing was found; the last line is the figure."""
    seconds = int(sys.argv[1]) if len(sys.argv) > 1 else SECONDS
    done = []
    for name, target in TARGETS.items():
        one = fuzz(name, target, seconds)
        done.append(one)
        sys.stdout.write(
            f"{name:18} {one.runs:>10,} inputs  {'FOUND something' if one.found else 'nothing found'}\n"
        )
        sys.stdout.write(one.words if one.found else "")
        sys.stdout.flush()
    found = sum(one.found for one in done)
    total = sum(one.runs for one in done)
    sys.stdout.write(f"fuzz: {len(done)} parsers, {total:,} inputs, {found} found something\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
