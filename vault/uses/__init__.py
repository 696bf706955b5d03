"""The heart: a partner opens items under a grant."""
