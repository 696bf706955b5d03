"""The JSON of merkletools: ``[{"left": …}, {"right": …}]`` in hex, from the leaf to the root.

Its own hash of a node has no prefix; ours has. Its users set ``hash_function`` as ``node_hash`` says.
"""

import json

from anchor.exports.included import Included
from anchor.merkle import leaf_hash


def to_merkletools(included: Included) -> bytes:
    """The proof as merkletools' ``validate_proof`` takes it, and what to compare."""
    proof = [{"left" if step.left else "right": step.sibling.hex()} for step in included.steps()]
    told = {
        "leaf_hash": "SHA-256(00 ‖ entry)",
        "node_hash": "SHA-256(01 ‖ left ‖ right)",
        "entry": included.entry.hex(),
        "target_hash": leaf_hash(included.entry).hex(),
        "merkle_root": included.root.hex(),
        "proof": proof,
    }
    return json.dumps(told, ensure_ascii=False, indent=1).encode() + b"\n"
