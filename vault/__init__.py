"""The service: one folder per noun, on the floor of ``anchor``.

It stores what it cannot open, checks who signed what, moves the money and writes
the receipts. Start reading at ``vault/uses/flow.py``.
"""
