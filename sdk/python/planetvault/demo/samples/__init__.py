"""Exports of two invented people, to try the vault with. ``make.py`` writes them anew, byte for byte."""
