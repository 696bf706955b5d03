"""The floor: what anyone can check.

A receipt is a signed record; its hash is an entry of an append-only log; the
log's checkpoints are signed, cosigned by witnesses and written to a chain. This
package holds those formats and the verifier that reads them, and knows nothing
of HTTP servers, SQL or users. Start reading at ``anchor/verify.py``.
"""
