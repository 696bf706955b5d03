"""The chain: where a log's root is written so that its operator cannot take it back.

``port`` is the whole promise of a chain, as the worker sees it. ``evm`` keeps it
over JSON-RPC, ``memory`` keeps it inside the process and can be told to fail.
``outbox`` brings one anchor onto a chain exactly once, through crashes, lost
answers and reorganised blocks; ``standing`` is how a stranger asks whether it is
there. Start reading at ``port``, then ``decision``.

Only ``evm`` and what signs beside it need the extra ``[evm]``; nothing is imported here.
"""
