"""Double-entry money in whole micros."""
