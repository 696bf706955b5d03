"""Evidence logs: businesses put digests on record in logs of their own, which the vault's log covers."""
