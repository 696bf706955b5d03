"""The formats, one page each: see docs/spec."""
