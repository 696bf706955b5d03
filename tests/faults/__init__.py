"""Twenty faults the log must survive, and the tests that play them."""
