"""What was deleted: the vault's signed word for it, kept for the owner's devices."""
