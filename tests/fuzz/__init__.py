"""Coverage-guided search for bytes that a parser does not expect: ``make fuzz``."""
