"""Money on its way out: claims, what became of them, and the brakes before them."""
