"""What is too large for a field: sealed bytes that come and go in parts, and lie in an object store."""
