"""A witness that another organisation runs, on the standard library: ``planetvault witness``."""
