"""The partner directory, and requests signed by its keys."""
