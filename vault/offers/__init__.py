"""Offers: what partners propose to everybody, and the money that stands behind each."""
