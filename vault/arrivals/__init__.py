"""Owners who come from another vault, with everything they had there."""
