"""The house's tests. README.md says which folder a test goes into."""
