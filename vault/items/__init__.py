"""Sealed items and the journal of their manifests."""
