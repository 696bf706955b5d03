"""The log: entries in their order, signed checkpoints, proofs, and anchors on a chain."""
