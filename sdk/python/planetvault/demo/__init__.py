"""The demonstration: one vault, two owners, three partners and a development chain on one machine.

``planetvault demo`` plays it (``story``), with real processes (``processes``, ``anvil``), and ends
with a table. Every step is checked; the exit code is 0 only if all of them did what they say.
"""
