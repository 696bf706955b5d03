"""The demonstration: a vault, partners and a development chain on one machine."""
