"""Thousands of uses race one revocation, at processes of a real vault."""
