"""The vectors: one scenario a file, read by every implementation."""
