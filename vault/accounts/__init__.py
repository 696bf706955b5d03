"""Owners: accounts, lockers, sessions, and the key each partner knows them by."""
