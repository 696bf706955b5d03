"""Disputes about uses, and the vault's decisions."""
