"""What a hostile vault tries, one test an attack, against the clients as they are."""
