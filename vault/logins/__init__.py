"""How an owner shows who she is: a signed challenge, and the session that follows."""
