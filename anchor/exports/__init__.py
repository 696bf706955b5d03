"""A proof in the words of others: what a proof file shows, as far as each other format can say it.

Each keeps the path from a record's hash to the log's root. None can carry the whole of a proof file:
the signatures of owner, partner and witnesses stay behind, and ``docs/spec/exports.md`` says for each
what is left. So a proof is verified before it is exported, and the file itself is the thing to keep.
"""
