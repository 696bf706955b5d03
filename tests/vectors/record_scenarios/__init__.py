"""What the vectors in tests/vectors/records show, a file a theme."""
