"""Follow a log that somebody else runs: ``planetvault monitor``."""
