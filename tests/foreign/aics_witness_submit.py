"""Runs in aics-witness's own environment: ``URL VKEY NOTE OLD PATH…`` submits a checkpoint as a log would."""

import base64
import sys
from pathlib import Path

import aics_witness  # type: ignore[import-not-found] # it runs in an environment of its own

url, vkey, note, old, *path = sys.argv[1:]
proof = (int(old), [base64.b64decode(one) for one in path])
lines = aics_witness.submit_checkpoint(
    url, Path(note).read_bytes(), proof, witness_vkey=vkey, old_size=int(old)
)
sys.exit(0 if lines else 1)
