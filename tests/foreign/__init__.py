"""Programs by others, given what we write and a tampered twin of it."""
