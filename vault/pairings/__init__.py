"""The key that each partner knows an owner by."""
