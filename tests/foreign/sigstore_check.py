"""Runs in sigstore's own environment: FOLDER good|bad. Exits 0 if its Merkle check accepts the entry.

The function is private there, and takes Rekor's kind of entry; here it gets what it reads of one.
"""

import json
import sys
from pathlib import Path
from types import SimpleNamespace

from sigstore._internal.merkle import (  # type: ignore[import-not-found] # it runs in an environment of its own
    verify_merkle_inclusion,
)

facts = json.loads((Path(sys.argv[1]) / f"{sys.argv[2]}.entry.facts.json").read_text())
proof = SimpleNamespace(
    log_index=facts["index"],
    tree_size=facts["size"],
    hashes=[bytes.fromhex(one) for one in facts["path"]],
    root_hash=bytes.fromhex(facts["root"]),
)
inner = SimpleNamespace(inclusion_proof=proof, canonicalized_body=bytes.fromhex(facts["entry"]))
verify_merkle_inclusion(SimpleNamespace(_inner=inner))
