"""Logs that a lying vault rewrote, and who notices."""
