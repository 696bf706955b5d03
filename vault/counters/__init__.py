"""Counter-offers: what owners would agree to instead, for the partner to accept or refuse."""
