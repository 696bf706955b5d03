"""Sealing: the only place that opens anything.

Two primitives carry it: ``seal`` under a key and ``hseal`` to a public key. On
them stand the key tree, items, grant keys, envelopes and blobs, one file each.
Every function that opens raises or returns what was sealed. Start reading at
``seal.py``; the exact bytes are in docs/spec/sealing.md, keys.md, item.md and
envelope.md.
"""
