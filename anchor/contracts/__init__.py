"""The contract of the floor: its source, and what the compiler made of it."""
