"""What a vault in test mode has beside: owners that answer, money for nothing, a clock to push."""
