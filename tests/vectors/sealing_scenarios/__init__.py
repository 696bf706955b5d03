"""What the vectors in tests/vectors/sealing show, a file a theme."""
