"""Random business at a vault that keeps failing; and its books, read by somebody else."""
