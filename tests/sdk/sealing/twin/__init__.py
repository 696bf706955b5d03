"""A second implementation of the two primitives, written from the published pages.

It is slow, it shares no code with the first, and its randomness is given, which
is what vectors need. Where the two agree, neither agrees only with itself.
"""
