"""The signed records: pages, vectors, and what an attacker would try."""
